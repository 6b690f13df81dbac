"""The breaker: stops what harms the sender, on evidence that may be looked at after every batch."""
