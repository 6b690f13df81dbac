"""The health of the base: the first page."""
