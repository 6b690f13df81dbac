"""Numbers, money and dates as people of each language write them."""

from datetime import date

import pytest

from relance.core import dates
from relance.measurement import formats


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (1234.5, "fr", "1\u202f234,50\u202f€"),
        (1234.5, "en", "€1,234.50"),
        (-3, "en", "\u2212\u2060€3.00"),
        (-3, "fr", "\u22123,00\u202f€"),
        (-0.001, "fr", "0,00\u202f€"),
    ],
)
def test_money(value: float, language: str, text: str) -> None:
    assert formats.money(value, language, "EUR") == text


def test_a_currency_without_symbol_keeps_its_code() -> None:
    assert formats.money(10, "en", "CHF") == "10.00\xa0CHF"


def test_shares_and_differences_of_shares() -> None:
    assert formats.percent(0.1234, "fr") == "12,3\u202f%"
    assert formats.percent(0.1234, "en") == "12.3%"
    assert formats.points(0.0123, "en") == "+1.23\u202fpts"
    assert formats.points(0.0, "fr") == "0,00\u202fpt"


def test_the_first_of_a_month_in_french() -> None:
    assert dates.day(date(2026, 8, 1), "fr") == "1er août 2026"
    assert dates.day(date(2026, 8, 1), "en") == "1 August 2026"


def test_french_punctuation_keeps_to_its_word() -> None:
    assert formats.typography("Pourquoi ? L'effet : nul", "fr") == "Pourquoi\u202f? L’effet\xa0: nul"
