"""What everything else stands on: errors, ids, the database, where things are kept, the audit log."""
