"""The gate: one verdict for each message, with its reason."""
