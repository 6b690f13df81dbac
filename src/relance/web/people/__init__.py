"""People: the list, and each person's page."""
