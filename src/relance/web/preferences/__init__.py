"""The recipient's own page, reached from mails without an account: what they get, less of it, a pause, the way out."""
