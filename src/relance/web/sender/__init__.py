"""The sender: what the breaker watches and stops, and how the world outside sees the sender."""
