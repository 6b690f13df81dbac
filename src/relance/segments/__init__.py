"""Named groups of contacts, kept by a condition."""
