"""What a recipient decides by their preference page: what they get, how much of it, a pause, that it is not them."""
