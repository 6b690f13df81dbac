"""Public holidays of a place, from the package `holidays`; in France with those of Alsace-Moselle and overseas."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

from relance.eligibility.calendar.places import Place

# What the package calls the parts of France that have holidays of their own. Good Friday counts in all of Alsace and
# Moselle here, though the law says where there is a Protestant church: nobody is called on it.
PARTS = {
    "57": "57", "67": "6AE", "68": "6AE", "971": "971", "972": "972", "973": "973", "974": "974", "975": "PM", "976": "976",
    "977": "BL", "978": "MF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip


def closed(day: date, place: Place) -> bool:
    """Tell whether a day is a public holiday in a place; a country the package does not know has none."""
    return day in _of_year(place.country, PARTS.get(place.department, ""), day.year)


@lru_cache(maxsize=4096)
def _of_year(country: str, part: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        return frozenset()


def known(country: str) -> bool:
    """Tell whether the holidays of a country are known."""
    return country in holidays.list_supported_countries(include_aliases=False)
