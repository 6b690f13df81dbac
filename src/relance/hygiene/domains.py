"""One verdict per mail domain: malformed, mistyped (with the one probably meant), disposable, or nothing to say."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

# Common mailbox providers, the more common first: a slip that fits two of them counts for the first.
PROVIDERS = tuple(
    """
    gmail.com hotmail.com hotmail.fr yahoo.com yahoo.fr orange.fr wanadoo.fr outlook.com outlook.fr laposte.net free.fr
    sfr.fr live.fr live.com icloud.com aol.com msn.com neuf.fr bbox.fr numericable.fr club-internet.fr aliceadsl.fr
    cegetel.net libertysurf.fr noos.fr 9online.fr dbmail.com gmx.fr gmx.com gmx.net gmx.de web.de t-online.de me.com mac.com
    protonmail.com proton.me googlemail.com rocketmail.com ymail.com mail.com zoho.com fastmail.com hotmail.co.uk
    yahoo.co.uk btinternet.com sky.com talktalk.net virginmedia.com ntlworld.com comcast.net verizon.net sbcglobal.net
    bellsouth.net cox.net att.net skynet.be telenet.be proximus.be bluewin.ch hotmail.it libero.it telefonica.net
    """.split()  # noqa: SIM905
)
# Real ones that differ from a provider by one letter.
REAL = frozenset("email.com mail.com ymail.com imail.com cloud.com grange.fr orage.fr photon.me".split())  # noqa: SIM905
_TYPED_FOR_COM = frozenset("con cmo ocm comm coom ccom cim vom xom cpm cok c0m".split())  # noqa: SIM905
_TYPOSQUATTED = frozenset(("co", "cm", "om"))  # countries, yet after a .com provider's name always a slip
_COUNTRIES = frozenset(region.lower() for region in phonenumbers.SUPPORTED_REGIONS) | {"uk", "eu"}
_LETTERS = string.ascii_lowercase + string.digits + "-."
_PLAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,24}|xn--[a-z0-9-]{2,59})")
SHORT_NAME = 5  # below so many letters, one slip too easily gives the name of somebody else


@dataclass(frozen=True)
class Domain:
    """A domain's verdict: `reason` is syntax, mistyped, disposable or empty."""

    name: str
    reason: str = ""
    meant: str = ""


def judge(name: str) -> Domain:
    """Return what is wrong with a lower-case domain."""
    if meant := meant_by(name):
        return Domain(name, "mistyped", meant)
    if not is_well_formed(name):
        return Domain(name, "syntax")
    if is_disposable(name):
        return Domain(name, "disposable")
    return Domain(name)


def meant_by(name: str) -> str:
    """Return the domain probably meant where `name` is a slip, else an empty text."""
    if name in PROVIDERS or name in REAL:
        return ""
    label, _, _ = name.partition(".")
    if label == "gmail":  # it exists under .com only
        return "gmail.com"
    if found := _slips().get(name):
        return found
    before, _, ending = name.rpartition(".")
    if not before or ending not in _TYPED_FOR_COM:
        return ""
    return meant_by(f"{before}.com") or f"{before}.com"


def is_disposable(name: str) -> bool:
    """Tell whether the domain, or one above it, gives addresses to throw away."""
    parts = name.split(".")
    return any(".".join(parts[start:]) in blocklist for start in range(len(parts) - 1))


def is_well_formed(name: str) -> bool:
    """Tell whether mail could be addressed to the domain, without asking the network."""
    if _PLAIN.fullmatch(name):
        return True
    try:
        validate_email(f"a@{name}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


@lru_cache(maxsize=1)
def _slips() -> dict[str, str]:
    """Return for each spelling one slip away from a provider the provider; the first provider wins."""
    slips: dict[str, str] = {}
    for provider in PROVIDERS:
        for spelling in _one_away(provider):
            if spelling not in PROVIDERS and spelling not in REAL and _is_slip(spelling, provider):
                slips.setdefault(spelling, provider)
    return slips


def _is_slip(spelling: str, provider: str) -> bool:
    """Tell whether a spelling near a provider is rather a slip than the name of another domain."""
    label, _, ending = provider.partition(".")
    written, _, written_ending = spelling.partition(".")
    if written == label:
        return written_ending in _TYPOSQUATTED or written_ending not in _COUNTRIES
    return len(label) >= SHORT_NAME and (written_ending == ending or "." not in spelling)


def _one_away(word: str) -> Iterator[str]:
    """Give the words at Damerau-Levenshtein distance 1: a letter missing, swapped with the next, changed or added.

    Damerau 1964, A technique for computer detection and correction of spelling errors.
    """
    for at in range(len(word) + 1):
        left, right = word[:at], word[at:]
        if right:
            yield left + right[1:]
            yield from (left + letter + right[1:] for letter in _LETTERS if letter != right[0])
        if len(right) > 1 and right[0] != right[1]:
            yield left + right[1] + right[0] + right[2:]
        yield from (left + letter + right for letter in _LETTERS)
