"""What a check or an import of a file comes to, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relance.measurement import formats
from relance.web import tags
from relance.web.language import current

ORDERS = ("order_placed", "store_purchase")


def gist(found: Mapping[str, Any], kind: str) -> str:
    """Return the sentence of these totals: how many there are of what the file holds, and what somebody must know of it."""
    parts = [*_held(found, kind), *_without_customer(found), *_known(found), *_rejected(found)]
    return formats.typography(_("; ").join(parts) + ".", current())


def _held(found: Mapping[str, Any], kind: str) -> list[str]:
    """Return how many people, orders, mails, opt-outs or consents the file tells of."""
    if kind == "events":
        return [", ".join(_events(found))]
    count = found.get("loaded", 0) + found.get("known", 0)
    if kind == "contacts":
        said = ngettext("%(count)s person", "%(count)s people", count)
    elif kind == "suppressions":
        said = ngettext("%(count)s opt-out", "%(count)s opt-outs", count)
    else:
        said = ngettext("%(count)s consent", "%(count)s consents", count)
    return [_counted(said, count)]


def _events(found: Mapping[str, Any]) -> list[str]:
    """Return the orders with their money, the mails with their clicks, and the number of other events."""
    counts = found.get("events") or {}
    orders = sum(counts.get(name, 0) for name in ORDERS)
    sent, clicked = counts.get("message_sent", 0), counts.get("message_clicked", 0)
    others = sum(counts.values()) - orders - sent - clicked
    parts = []
    if orders:
        classes = found.get("classes") or {}
        money = sum((Decimal(classes[name]["money"]) for name in ORDERS if name in classes), Decimal())
        parts += [
            _counted(ngettext("%(count)s order", "%(count)s orders", orders), orders),
            *([tags.money(money)] if money else []),
        ]
    if sent:
        parts.append(_counted(ngettext("%(count)s mail sent", "%(count)s mails sent", sent), sent))
    if clicked:
        parts.append(_counted(ngettext("%(count)s click", "%(count)s clicks", clicked), clicked))
    if not parts:
        return [_counted(ngettext("%(count)s event", "%(count)s events", others), others)]
    return [
        *parts,
        *([_counted(ngettext("%(count)s other event", "%(count)s other events", others), others)] if others else []),
    ]


def _without_customer(found: Mapping[str, Any]) -> list[str]:
    """Return how much of the revenue names nobody, where any does."""
    nobodys = Decimal((found.get("classes") or {}).get("anonymous", {}).get("money", 0))
    whole = Decimal(found.get("money", 0))
    if not whole / 200 < nobodys <= whole:  # less is 0 % once rounded
        return []
    share = formats.percent(float(nobodys / whole), current(), 0)
    return [_("%(share)s of the revenue names no customer") % {"share": share}]


def _known(found: Mapping[str, Any]) -> list[str]:
    """Return how many of them the base had before, new things about them or none; where it had all, that it had."""
    known = found.get("known", 0) or found.get("events_known", 0)
    if not known:
        return []
    if not (found.get("loaded", 0) or found.get("events_new", 0)):
        return [_("all in the base already")]
    return [_counted(_("%(count)s in the base already"), known)]


def _rejected(found: Mapping[str, Any]) -> list[str]:
    count = found.get("rejected", 0)
    return [_counted(ngettext("%(count)s line rejected", "%(count)s lines rejected", count), count)] if count else []


def _counted(said: str, count: int) -> str:
    return said % {"count": tags.number(count)}
