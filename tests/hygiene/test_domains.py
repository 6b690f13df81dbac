"""Mistyped domains get a suggestion; a real other provider never does."""

from pathlib import Path

import pytest

from relance.hygiene import domains


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gmial.com", "gmail.com"), ("gmail.con", "gmail.com"), ("gmailcom", "gmail.com"), ("gmail.fr", "gmail.com"),
        ("hotmal.fr", "hotmail.fr"), ("hotmail.cm", "hotmail.com"), ("ornage.fr", "orange.fr"), ("wanadoo.ft", "wanadoo.fr"),
        ("laposte.ner", "laposte.net"), ("yahoo.ft", "yahoo.fr"), ("atelier-lea.con", "atelier-lea.com"),
    ],
)  # fmt: skip
def test_a_slip_is_recognised(written: str, meant: str) -> None:
    assert domains.judge(written) == domains.Domain(written, "mistyped", meant)


@pytest.mark.parametrize(
    "name",
    "gmx.fr gmx.de gmx.at free.fr free.it yahoo.de hotmail.be live.it mail.com ymail.com email.com cloud.com aon.com fred.fr "  # noqa: SIM905
    "orange.com laposte.fr sfr.net atelier-lea.fr example.org xn--caf-dma.fr tree.fr line.fr mon.co".split(),
)
def test_a_real_domain_is_left_alone(name: str) -> None:
    assert domains.judge(name).reason == ""


@pytest.mark.parametrize("name", ["", "localdomain", "a..fr", "-a.fr", "a_b.fr", "1.2.3.4", "a" * 64 + ".fr"])
def test_a_malformed_domain_is_said_to_be(name: str) -> None:
    assert domains.judge(name).reason == "syntax"


def test_a_disposable_domain_is_known_and_so_is_one_below_it() -> None:
    assert domains.judge("yopmail.com").reason == "disposable"
    assert domains.judge("x.yopmail.com").reason == "disposable"


@pytest.mark.data
def test_no_real_domain_of_the_public_list_is_called_a_slip(public_data: Path) -> None:
    names = (public_data / "addresses" / "domain_typos_invalid.txt").read_text().split()
    assert [name for name in names if domains.meant_by(name)] == []


@pytest.mark.data
def test_most_slips_of_the_public_list_are_found_and_none_is_misread(public_data: Path) -> None:
    lines = (public_data / "addresses" / "domain_typos_valid.txt").read_text().splitlines()
    pairs = [tuple(line.split(",")) for line in lines if line and not line.startswith("#")]
    found = [(written, meant, domains.meant_by(written)) for written, meant in pairs]
    assert sum(meant == said for _, meant, said in found) / len(found) > 0.75
    assert [entry for entry in found if entry[2] not in ("", entry[1])] == []
