"""Whether addresses and people can be written to."""
