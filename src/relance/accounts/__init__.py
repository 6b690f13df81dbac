"""The people who work with Relance: accounts, roles, what each role may do."""
