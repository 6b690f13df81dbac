"""The health of the base."""

PAGES = {"health": "/"}
