"""What people did: hot rows in PostgreSQL, history in the lake, one view of both."""
