"""Telephone numbers as files write them, brought to +33612345678; whether a number exists is for hygiene to say."""

from __future__ import annotations

from phonenumbers import PhoneMetadata, country_code_for_region

# Prefixes of mobile numbers where they can be told from others: Arcep for France, and the national numbering plans.
MOBILE = "^\\+(33[67]|324|4479|447|417|49(15|16|17)|34[67]|393|3526|316|3519)"


def calling_code(country: str) -> tuple[str, str]:
    """Return the calling code of a country and the trunk prefix it replaces; two empty texts for no country."""
    code = country_code_for_region(country)
    metadata = PhoneMetadata.metadata_for_region(country) if code else None
    return (str(code), (metadata.national_prefix or "")) if metadata else ("", "")


def bare(column: str) -> str:
    """Return the SQL that takes off what people put between digits."""
    return f"translate(replace({column}, '(0)', ''), ' .-/()''’' || chr(160) || chr(8239), '')"


def whole(digits: str) -> str:
    """Return the SQL that brings bare digits to +33612345678; NULL where they are none. The row has its country's `calling` and `trunk`."""
    return f"""
        CASE WHEN NOT regexp_full_match({digits}, '[+]?[0-9]{{6,17}}') THEN NULL
            WHEN starts_with({digits}, '+') THEN CASE WHEN len({digits}) BETWEEN 9 AND 16 THEN {digits} END
            WHEN starts_with({digits}, '00') THEN '+' || {digits}[3:]
            WHEN calling = '' THEN NULL
            WHEN trunk <> '' AND starts_with({digits}, trunk) THEN '+' || calling || {digits}[len(trunk) + 1:]
            ELSE '+' || calling || {digits} END
    """
