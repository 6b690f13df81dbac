"""Senders kept from their files, shown back, taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from relance.core import addresses, audit, database
from relance.core.definitions import Document
from relance.core.errors import NotFoundError, RefusedError
from relance.senders import definition, register
from relance.senders.models import SenderDefinition
from relance.senders.sender import DEFAULT, EXAMPLE, Sender


def find(name: str) -> Sender:
    """Return the sender of that name; NotFoundError names those there are."""
    senders = register.in_force()
    if name not in senders:
        raise NotFoundError(f"No sender is called {name}. There are: {', '.join(senders)}.")
    return senders[name]


def written(name: str) -> dict[str, Any]:
    """Return a sender as people write it, without the fields that are empty; NotFoundError where there is none."""
    return definition.written(_kept(name).definition)


@transaction.atomic
def apply(documents: Sequence[Document], now: datetime, *, by: str) -> list[str]:
    """Keep the senders of these files; a file with an error keeps everything as it is. Return their names."""
    found = [definition.read(document) for document in documents]
    for one in found:
        plain = definition.plain(one)
        domain = addresses.domain(one.address or Sender.of_settings().address)
        kept = SenderDefinition.objects.filter(name=one.sender).first()
        _keep_domain(one.sender, kept, domain)
        if kept is None or (kept.definition, kept.domain, kept.removed_at) != (plain, domain, None):
            fields = {"domain": domain, "definition": plain, "applied_at": now, "removed_at": None}
            SenderDefinition.objects.update_or_create(name=one.sender, defaults=fields)
            before = {} if kept is None or kept.removed_at else kept.definition
            audit.record("applied sender", one.sender, now=now, actor=by, details=plain | _formerly(before, plain))
    return [one.sender for one in found]


def _formerly(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields that changed said before, for the audit log."""
    changed = {field: value for field, value in before.items() if value != now.get(field)}
    found = {"from address" if field == "from" else field: value for field, value in changed.items()}
    return {"formerly": found} if found else {}


@transaction.atomic
def remove(name: str, now: datetime, *, by: str) -> None:
    """Take a sender away that no message waits for; `journeys.sender_uses.remove` asks who names it first.

    Of the default goes what was written for it: the settings hold again.
    """
    kept = _kept(name)
    if name == DEFAULT:
        _keep_domain(name, kept, Sender.of_settings().domain)
        kept.delete()
        audit.record("reset sender", name, now=now, actor=by, details=kept.definition)
        return
    waiting = "state IN ('ready', 'deferred', 'held', 'claimed', 'sending')"
    if database.rows(_borne(name, waiting), [name])[0][0]:
        raise RefusedError(
            f"Messages of the sender {name} wait to leave. Let them go, or stop their journey, and remove it then."
        )
    kept.removed_at = now
    kept.save(update_fields=["removed_at"])
    audit.record("removed sender", name, now=now, actor=by, details=kept.definition)


def _keep_domain(name: str, kept: SenderDefinition | None, domain: str) -> None:
    """Refuse another domain to a name that messages bear: their answers count for the domain they left under.

    From the domain of the examples nothing ever left for anybody.
    """
    before = register.default().domain if name == DEFAULT else addresses.domain(kept.domain) if kept else domain
    if before in (domain, EXAMPLE):
        return
    if database.rows(_borne(name), [name])[0][0]:
        raise RefusedError(
            f"Messages left as {name} from {before}, which their answers count for. "
            f"Give {domain} a sender of another name."
        )


def _borne(name: str, state: str = "true") -> str:
    """Return the query whether messages in such a state bear the name; of another than the default it reads an index."""
    others = "true" if name == DEFAULT else "sender <> 'default'"
    return f"SELECT EXISTS (SELECT FROM message WHERE sender = %s AND {others} AND {state})"


def _kept(name: str) -> SenderDefinition:
    found = SenderDefinition.objects.filter(name=name, removed_at=None).first()
    if found is None:
        find(name)  # says which there are
        raise NotFoundError(
            "Nothing is written for the default sender: the settings say it, RELANCE_MAIL_FROM and those beside it."
        )
    return found
