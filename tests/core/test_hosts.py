"""Which hosts are this machine, and which names are zones."""

import pytest

from relance.core import hosts, zones


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.0.1.1", "::1"])
def test_this_machine_goes_by_several_names(host: str) -> None:
    assert hosts.here(host)


@pytest.mark.parametrize(
    "host", ["localhost-shop.fr", "shop.localhost.fr", "127.0.0.1.example.org", "10.0.0.1", "", None]
)
def test_other_machines_do_not(host: str | None) -> None:
    assert not hosts.here(host)


def test_a_zone_is_had_by_its_name() -> None:
    assert zones.zone("Europe/Paris").key == "Europe/Paris"


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "..", "Europe", "x" * 300])
def test_what_is_no_zone_says_what_to_write(name: str) -> None:
    with pytest.raises(ValueError, match="write one such as Europe/Paris"):
        zones.zone(name)
