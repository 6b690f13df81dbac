"""Messages and their states."""
