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
    parts = [*_held(found, kind), *_without_customer(found), *_known(found), *_remarked(found), *_rejected(found)]
    return formats.typography(_("; ").join(parts) + ".", current())


def beside_base(found: Mapping[str, Any], kind: str) -> str:
    """Return how the people of a file of consents relate to the base, and what that means; nothing of other files."""
    known, created = found.get("contacts_known", 0), found.get("contacts_created", 0)
    if kind != "consents" or not known + created:
        return ""
    said = [_in_base(known, known + created)]
    if found.get("without_consent"):
        figures = {"people": tags.number(found["people"]), "without": tags.number(found["without_consent"])}
        said.append(
            _(
                "A commercial message goes only to people whose consent is known: of the %(people)s people of the base, "
                "%(without)s have none and get no such message."
            )
            % figures
        )
    return formats.typography(" ".join(said), current())


def _in_base(known: int, every: int) -> str:
    """Return how many of the people of a file the base had before."""
    figures = {"known": tags.number(known), "every": tags.number(every), "created": tags.number(every - known)}
    if known == every:
        said = ngettext(
            "The person of this file was in the base already.",
            "All %(every)s people of this file were in the base already.",
            every,
        )
    elif not known:
        said = ngettext(
            "The person of this file was not in the base, and is added with no purchase known. Look whether this file names "
            "people as the file of contacts does.",
            "None of the %(every)s people of this file was in the base: they are added with no purchase known. Look whether "
            "this file names people as the file of contacts does.",
            every,
        )
    else:
        said = ngettext(
            "Of the %(every)s people of this file, %(known)s were in the base already; %(created)s was not, and is added "
            "with no purchase known.",
            "Of the %(every)s people of this file, %(known)s were in the base already; %(created)s were not, and are added "
            "with no purchase known.",
            every - known,
        )
    return said % figures


def _held(found: Mapping[str, Any], kind: str) -> list[str]:
    """Return how many people, orders, mails, opt-outs or consents the file tells of."""
    if kind == "events":
        return [", ".join(_events(found))]
    count = found.get("loaded", 0) + found.get("known", 0)
    if kind == "contacts":
        return [_counted(ngettext("%(count)s person", "%(count)s people", count), count) + _merged(found)]
    if kind == "suppressions":
        said = ngettext("%(count)s opt-out", "%(count)s opt-outs", count)
    else:
        said = ngettext("%(count)s consent", "%(count)s consents", count)
    return [_counted(said, count)]


def _events(found: Mapping[str, Any]) -> list[str]:
    """Return the orders with their money, then every other kind by its name, a refund with its money; the rest as others."""
    counts = found.get("events") or {}
    orders = sum(counts.get(name, 0) for name in ORDERS)
    named = {name: count for name, count in counts.items() if count and name in _kinds(count)}
    others = sum(counts.values()) - orders - sum(named.values())
    parts = []
    if orders:
        money = _money(found, *ORDERS)
        parts += [
            _counted(ngettext("%(count)s order", "%(count)s orders", orders), orders),
            *([tags.money(money)] if money else []),
        ]
    for name in sorted(named, key=list(_kinds(2)).index):
        parts.append(_counted(_kinds(named[name])[name], named[name]))
        if name == "refund" and (back := _money(found, name)):
            parts[-1] += f" ({tags.money(-abs(back))})"
    if not parts:
        return [_counted(ngettext("%(count)s event", "%(count)s events", others), others)]
    return [
        *parts,
        *([_counted(ngettext("%(count)s other event", "%(count)s other events", others), others)] if others else []),
    ]


def _kinds(count: int) -> dict[str, str]:
    """Return what so many events of a kind are called, in the order they are named."""
    return {
        "refund": ngettext("%(count)s refund", "%(count)s refunds", count),
        "message_sent": ngettext("%(count)s mail sent", "%(count)s mails sent", count),
        "message_delivered": ngettext("%(count)s delivery", "%(count)s deliveries", count),
        "message_opened": ngettext("%(count)s open", "%(count)s opens", count),
        "message_clicked": ngettext("%(count)s click", "%(count)s clicks", count),
        "message_bounced": ngettext("%(count)s bounce", "%(count)s bounces", count),
        "message_unsubscribed": ngettext("%(count)s unsubscription", "%(count)s unsubscriptions", count),
        "message_complained": ngettext("%(count)s complaint", "%(count)s complaints", count),
        "site_visited": ngettext("%(count)s visit", "%(count)s visits", count),
    }


def _merged(found: Mapping[str, Any]) -> str:
    """Return in brackets how many lines of the file became one with another."""
    count = found.get("merged", 0)
    if not count:
        return ""
    return " " + _counted(
        ngettext("(%(count)s duplicate line merged)", "(%(count)s duplicate lines merged)", count), count
    )


def _remarked(found: Mapping[str, Any]) -> list[str]:
    """Return what somebody should know of these people's addresses and of these rows."""
    without, thrown, twice = (
        found.get(name, 0) for name in ("people_without_email", "people_disposable", "rows_repeated")
    )
    said = (
        (without, ngettext("%(count)s without a usable e-mail", "%(count)s without a usable e-mail", without)),
        (thrown, ngettext("%(count)s with a disposable address", "%(count)s with a disposable address", thrown)),
        (twice, ngettext("%(count)s line repeats another exactly", "%(count)s lines repeat another exactly", twice)),
    )
    return [_counted(words, count) for count, words in said if count]


def _money(found: Mapping[str, Any], *names: str) -> Decimal:
    """Return the money of the rows of these classes."""
    classes = found.get("classes") or {}
    return sum((Decimal(classes[name]["money"]) for name in names if name in classes), Decimal())


def _without_customer(found: Mapping[str, Any]) -> list[str]:
    """Return which share of the sales, refunds left aside, names nobody, where any does."""
    nobodys = Decimal(found.get("anonymous_sales") or _money(found, "anonymous"))
    whole = nobodys + _money(found, *ORDERS)
    if not whole / 200 < nobodys <= whole:  # less is 0 % once rounded
        return []
    share = formats.percent(float(nobodys / whole), current(), 0)
    return [_("%(share)s of all sales, before refunds, name no customer") % {"share": share}]


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
