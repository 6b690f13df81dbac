"""Results: what a journey brought, in words a director reads."""
