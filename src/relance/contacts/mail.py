"""Where a person's mail goes, for whatever counts people by mailbox provider before the gate has chosen an address."""

# Of a person's addresses, as the gate chooses: none found invalid, one found valid before one not judged yet. Whether it is
# suppressed only the gate asks, by its keyed hash.
DOMAIN = """
    SELECT lower(split_part(value, '@', 2)) AS domain FROM contact_point
    WHERE contact_id = {contact} AND channel = 'email' AND valid IS NOT FALSE ORDER BY valid IS NULL, id LIMIT 1
"""
