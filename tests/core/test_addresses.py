"""Addresses as settings and definitions write them."""

import pytest

from relance.core import addresses


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x00", " ", "\u2028"])
def test_no_end_of_line_hides_behind_an_address_or_a_host(end: str) -> None:
    assert addresses.holds("a@example.org")
    assert not addresses.holds(f"a@example.org{end}")
    with pytest.raises(UnicodeError):
        addresses.host(f"example.org{end}")
