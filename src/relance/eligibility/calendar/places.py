"""Where a contact is, as law and calendars see it: the country, and in France the department or overseas territory."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from relance.core.errors import InputError

# Codes of their own (ISO 3166-1) for what is France here: the department's number.
OVERSEAS = {
    "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976", "BL": "977", "MF": "978", "WF": "986",
    "PF": "987", "NC": "988",
}  # fmt: skip
ISLANDS = {
    "97133": "977",
    "97150": "978",
    "97051": "978",
    "97080": "978",
}  # postcodes kept from when they were Guadeloupe's


MAINLAND = {f"{number:02d}" for number in range(1, 96)} - {"20"} | {"2A", "2B"}  # the official code of the INSEE
DEPARTMENTS = frozenset(MAINLAND | set(OVERSEAS.values()))


def check(country: str, department: str) -> None:
    """Raise InputError where this is no department of the country: only France has any here."""
    if country != "FR":
        raise InputError(f"Departments are those of France: {country} has none. Leave the department out.")
    if department not in DEPARTMENTS:
        raise InputError(f"`{department}` is no French department. Write one such as 57, 2A or 974.")


class Place(NamedTuple):
    """A country, and a department where there is one to know."""

    country: str
    department: str = ""


@lru_cache(maxsize=100_000)
def place(country: str, postcode: str = "") -> Place:
    """Return the place of an address; overseas codes count as France, with their department."""
    if country in OVERSEAS:
        return Place("FR", OVERSEAS[country])
    return Place(country, department(postcode) if country == "FR" else "")


def department(postcode: str) -> str:
    """Return the French department of a postcode: 2A, 57, 974; empty where the postcode is none."""
    code = postcode.strip().replace(" ", "")
    if len(code) != 5 or not code.isdigit():
        return ""
    if code in ISLANDS:
        return ISLANDS[code]
    if code[:2] in {"97", "98"}:
        return code[:3]
    if code[:2] == "20":
        return "2A" if code[2] in "01" else "2B"
    return code[:2]
