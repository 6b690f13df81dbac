"""Numbers, money and dates as people read them: 1 234,5 € in French, €1,234.50 in English."""

from __future__ import annotations

from decimal import Decimal

NARROW = "\u202f"  # narrow no-break space: groups thousands and stands before % and € in French
MINUS = "\u2212"
JOINER = "\u2060"  # no line break between a sign and its currency
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


def number(value: float | Decimal, language: str, digits: int = 0, *, signed: bool = False) -> str:
    """Return the number with thousands grouped, and its sign also where it is positive if `signed`."""
    text = f"{abs(value):,.{digits}f}"
    if language == "fr":
        text = text.replace(",", NARROW).replace(".", ",")
    zero = not any(figure in text for figure in "123456789")
    return (MINUS if value < Decimal(0) and not zero else "+" if signed and not zero else "") + text


def percent(rate: float, language: str, digits: int = 1) -> str:
    """Return a share as a percentage."""
    return number(rate * 100, language, digits) + (f"{NARROW}%" if language == "fr" else "%")


def hundredths(difference: float, language: str, digits: int = 2, *, signed: bool = False) -> str:
    """Return a difference of two shares in percentage points, without their unit."""
    return number(difference * 100, language, digits, signed=signed)


def points(difference: float, language: str, digits: int = 2) -> str:
    """Return a difference of two shares in percentage points, with its sign."""
    unit = "pt" if language == "fr" else "pts"
    return f"{hundredths(difference, language, digits, signed=True)}{NARROW}{unit}"


def money(amount: float | Decimal, language: str, currency: str, *, signed: bool = False, digits: int = 2) -> str:
    """Return an amount in its currency."""
    text = number(amount, language, digits, signed=signed)
    symbol = SYMBOLS.get(currency, currency)
    if language == "fr" or symbol == currency:
        return f"{text}{NARROW if language == 'fr' else chr(160)}{symbol}"
    sign = text[0] if text[0] in {MINUS, "+"} else ""
    return f"{sign}{JOINER if sign else ''}{symbol}{text.removeprefix(sign)}"


def typography(text: str, language: str) -> str:
    """Return the text with curled apostrophes, and in French no-break spaces before double punctuation."""
    text = text.replace("'", "’")
    if language == "fr":
        for sign in ";?!»%":
            text = text.replace(f" {sign}", NARROW + sign).replace(f"\u00a0{sign}", NARROW + sign)
        text = text.replace(" :", "\u00a0:").replace("« ", f"«{NARROW}").replace("«\u00a0", f"«{NARROW}")
    return text
