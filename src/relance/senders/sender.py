"""One sender as headers, envelopes, signatures and templates need it."""

from __future__ import annotations

import re
from typing import Any, NamedTuple, Self

from django.conf import settings

from relance.core import addresses

DEFAULT = "default"  # the sender of the settings, and of what was written over them
EXAMPLE = "example.org"  # the domain of the settings nobody has set


class Sender(NamedTuple):
    """A sender: hashable, so that what mails have in common is made once for each."""

    name: str
    address: str
    titles: tuple[tuple[str, str], ...]  # language and name people see; "" stands for every language
    reply_to: str = ""
    unsubscribe_address: str = ""
    bounce_address: str = ""
    dkim_keys: str = ""  # selector=file, separated by commas, as the setting of that name
    dkim_selectors: str = ""
    relays: str = ""  # its name among RELANCE_SENDER_RELAYS; empty: it leaves as the installation's mails do
    shop_url: str = ""
    postal_address: str = ""

    @property
    def domain(self) -> str:
        """The domain its mails come from: the one that signs, and that mailbox providers know it by."""
        return addresses.domain(self.address)

    def title(self, language: str) -> str:
        """Return the name people see in a language; in another where that one is missing."""
        known = dict(self.titles)
        return known.get(language) or known.get("") or next(iter(known.values()), "")

    def address_after_name(self, language: str) -> str:
        """Return the postal address as it stands behind the name at the foot of a mail: the name is not said twice."""
        found = re.match(
            rf"{re.escape(self.title(language))}(?:\s*[,;\n]\s*|\s+[–-]\s+)(?=\S)", self.postal_address, re.IGNORECASE
        )
        return self.postal_address[found.end() :] if found else self.postal_address

    @classmethod
    def of_settings(cls) -> Self:
        """Return the sender of the settings alone; `register.default` is the one in force."""
        ours = settings.RELANCE
        return cls(
            DEFAULT, ours.mail_from, (("", ours.mail_from_name),), ours.mail_reply_to, ours.unsubscribe_address,
            ours.bounce_address, ours.dkim_keys, ours.dkim_selectors, "", ours.shop_url, ours.postal_address,
        )  # fmt: skip

    @classmethod
    def of_definition(cls, plain: dict[str, Any]) -> Self:
        """Return the sender as `definition.plain` keeps it, with nothing where it says nothing."""
        names = plain["name"]
        keys = ",".join(f"{selector}={file}" for selector, file in dict(plain["dkim_keys"]).items())
        return cls(
            plain["sender"], plain["from"], (("", names),) if isinstance(names, str) else tuple(dict(names).items()),
            plain["reply_to"], plain["unsubscribe_address"], plain["bounce_address"], keys,
            ",".join(plain["dkim_selectors"]), plain["relays"], plain["shop_url"], plain["postal_address"],
        )  # fmt: skip

    def over(self, other: Self) -> Self:
        """Return this sender with everything it does not say taken from another."""
        said = {field: value for field, value in self._asdict().items() if value and value != (("", ""),)}
        return other._replace(**said)

    def of_the_shop(self, other: Self) -> Self:
        """Return this sender with the shop's site and postal address of another where it has none."""
        return self._replace(
            shop_url=self.shop_url or other.shop_url, postal_address=self.postal_address or other.postal_address
        )
