"""Ways out of the house: one file each, one Protocol, one conformance suite in tests/delivery/channels."""
