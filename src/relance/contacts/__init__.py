"""People: contact, addresses per channel, consents, suppressions; match and merge."""
