"""The sender's standing outside: blocklists, and the records by which mailbox providers recognise a sender."""
