"""Watch: running journeys and their messages."""
