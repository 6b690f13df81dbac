"""The senders there are, by name and by domain: what everything that writes, counts or shows mails reads."""

from __future__ import annotations

from django.conf import settings
from django.db.models import QuerySet

from relance.core import addresses, database
from relance.core.unchanged import read_once
from relance.senders.models import SenderDefinition
from relance.senders.sender import DEFAULT, Sender

# SQL of the default sender's domain: that of the address written for it; %(settings_domain)s where none is.
DEFAULT_DOMAIN = f"""coalesce((
    SELECT domain FROM sender WHERE name = '{DEFAULT}' AND definition ->> 'from' <> ''), %(settings_domain)s)"""


def domain(name: str, default: str = "%(domain)s") -> str:
    """Return the SQL of the domain of the sender called `name` (an expression); `default` is that of the default."""
    return f"coalesce((SELECT s.domain FROM sender s WHERE s.name = {name} AND s.name <> '{DEFAULT}'), {default})"


DOMAIN = domain("m.sender")  # of a `message m`


def settings_domain() -> str:
    """Return the domain that the settings send from."""
    return addresses.domain(settings.RELANCE.mail_from)


def default() -> Sender:
    """Return the default sender: what was written for it, and the settings where that says nothing."""
    row = SenderDefinition.objects.filter(name=DEFAULT).first()
    return _default(row)


def default_domain() -> str:
    """Return the domain of the default sender, without reading the rest of it."""
    written = database.rows("SELECT definition ->> 'from' FROM sender WHERE name = %s", [DEFAULT])
    return addresses.domain(written[0][0]) if written and written[0][0] else settings_domain()


@read_once
def known() -> dict[str, Sender]:
    """Return every sender by its name, the default first: those removed too, since what they wrote is still answered."""
    return _all(SenderDefinition.objects.order_by("name"))


@read_once
def in_force() -> dict[str, Sender]:
    """Return the senders that may be chosen, by name: the default, then the others in the order of their names."""
    return _all(SenderDefinition.objects.filter(removed_at=None).order_by("name"))


def domains() -> dict[str, list[str]]:
    """Return the domains mails come from, the default's first, each with the names of its senders in force."""
    found: dict[str, list[str]] = {}
    for sender in in_force().values():
        found.setdefault(sender.domain, []).append(sender.name)
    return found


def names(domain: str) -> list[str]:
    """Return the names of the senders of a domain, removed ones too."""
    return [one.name for one in known().values() if one.domain == domain]


def title(name: str, language: str) -> str:
    """Return what people see as the name of a sender, one removed since too."""
    return of_name(name).title(language)


def of_name(name: str) -> Sender:
    """Return the sender of that name, one removed since too; the default where nobody knows the name."""
    found = known()
    return found.get(name) or found[DEFAULT]


def mails_leave() -> bool:
    """Tell whether mails of some sender go to people rather than into a folder here."""
    return settings.RELANCE.mails_leave or any(one.relays for one in in_force().values())


def _all(rows: QuerySet[SenderDefinition]) -> dict[str, Sender]:
    kept = {row.name: row for row in rows}
    first = _default(kept.pop(DEFAULT, None))
    others = {name: Sender.of_definition(row.definition).of_the_shop(first) for name, row in kept.items()}
    return {DEFAULT: first} | others


def _default(row: SenderDefinition | None) -> Sender:
    ours = Sender.of_settings()
    return Sender.of_definition(row.definition).over(ours) if row else ours
