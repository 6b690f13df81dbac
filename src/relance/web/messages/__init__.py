"""Messages: the templates and their editor."""
