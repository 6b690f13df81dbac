"""A picture of a few bytes, for tests that bring one."""

# A PNG's head, 300 by 200, is all that is read of it.
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (300).to_bytes(4) + (200).to_bytes(4) + b"\x08\x06\x00\x00\x00"
