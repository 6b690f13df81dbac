"""Which domain the sender's pages speak of, where mails come from several; what a provider is called there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relance.eligibility.breaker import counting, providers
from relance.senders import register
from relance.web.language import current


def chosen(given: Mapping[str, str]) -> str:
    """Return the domain asked for, that of the settings where none is, or one that no mail comes from."""
    asked = given.get("sender", "")
    return asked if asked in register.domains() else counting.sender()


def offered(domain: str) -> list[dict[str, Any]]:
    """Return the domains to choose from, each with what its senders are called; none where there is but one."""
    senders = register.in_force()
    found = [
        {
            "domain": one,
            "names": ", ".join(dict.fromkeys(senders[name].title(current()) for name in names)),
            "chosen": one == domain,
        }
        for one, names in register.domains().items()
    ]
    return found if len(found) > 1 else []


def headed(provider: str) -> str:
    """Return a provider's name as it stands alone, not within a sentence."""
    name = providers.name(provider, current())
    return name if provider in providers.NAMES else name[:1].upper() + name[1:]
