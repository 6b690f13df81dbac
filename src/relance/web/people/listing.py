"""The list of people: whom the filters leave, in which order, and what a row shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import OperationalError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from relance.contacts.models import Contact, ContactPoint, Suppression
from relance.core import database
from relance.core.ids import digest
from relance.dormancy.models import Profile
from relance.web import keyset
from relance.web.people import filters, search, silences
from relance.web.people.filters import Filters
from relance.web.people.silences import Silence

COUNTED = 10_000  # beyond this the number of matches is not told
PATIENCE = "300ms"  # for finding them by plans that stop early
LAST_PATIENCE = "2s"  # and then by any plan; people met rarely in any order cost more
WHOLE = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")  # plans that begin by reading a table whole


@dataclass(frozen=True)
class Order:
    """A way to sort: the fields of an index, the last one unique."""

    label: Any
    fields: tuple[str, str]
    descending: bool = False
    scored: bool = True  # only people scored have what it sorts by


ORDERS = {
    "name": Order(_("Name"), ("name_key", "id"), scored=False),
    "purchase": Order(_("Last purchase, latest first"), ("profile__last_purchase_at", "profile__pk"), descending=True),
    "oldest_purchase": Order(_("Last purchase, oldest first"), ("profile__last_purchase_at", "profile__pk")),
    "since": Order(_("In this state, newest first"), ("profile__state_since", "profile__pk"), descending=True),
    "longest": Order(_("In this state, longest first"), ("profile__state_since", "profile__pk")),
}


@dataclass(frozen=True)
class Address:
    """An address as a row shows it; `good`: not known to be wrong, and not suppressed."""

    channel: str
    value: str
    good: bool
    point: int = 0
    meant: str = ""  # the address probably meant, where this one looks mistyped


@dataclass(frozen=True)
class Row:
    """One person of the list."""

    contact: Contact
    profile: Profile | None
    email: str
    channels: Sequence[Address]  # the best address of each channel
    mistyped: Sequence[Address] = ()
    silence: Silence | None = None  # by which policy the state is told

    @property
    def name(self) -> str:
        """Return what the person is called here."""
        return called(self.contact) or self.email or self.contact.external_id or ""


@dataclass(frozen=True)
class Listing:
    """People asked for, in an order; `count` is None where they are more than COUNTED, or counting them takes long."""

    people: QuerySet[Contact]
    order: Order
    count: int | None = None


def called(contact: Contact) -> str:
    """Return first and last name; empty where neither is known."""
    return f"{contact.first_name} {contact.last_name}".strip()


def asked(wanted: Filters, order: str, now: datetime) -> Listing:
    """Return the people the filters leave.

    Few people are found first and sorted then; many are met soon by walking the index of the order. So the cost is
    bounded either way, whatever the filters have to do with each other and the planner believes.
    """
    chosen = ORDERS.get(order, ORDERS["name"])
    people = Contact.objects.filter(filters.conditions(wanted, now))
    if wanted.search:
        people = people.filter(search.condition(wanted.search))
    few = _few(people)
    found = people if few is None else Contact.objects.filter(search.among(few))
    if chosen.scored:
        found = found.filter(profile__isnull=False)
    return Listing(found.select_related("profile"), chosen, None if few is None else len(few))


def _few(people: QuerySet[Contact]) -> list[int] | None:
    """Return the people's ids; None where they are more than COUNTED, or cannot be found in time."""
    # `pk > 0` gives an index to walk where nothing else does.
    first = people.filter(pk__gt=0).order_by().values_list("pk", flat=True)[: COUNTED + 1]
    for within in (hurried, patient):
        try:
            with within():
                found = list(first)
        except OperationalError:
            continue
        return found if len(found) <= COUNTED else None
    return None


def hurried() -> AbstractContextManager[None]:
    """Let statements run for a short time, and by plans that stop at a LIMIT: a hash join reads a whole table first."""
    return _set({"statement_timeout": PATIENCE, **dict.fromkeys(WHOLE, "off")})


def patient() -> AbstractContextManager[None]:
    """Let statements run somewhat longer, by any plan."""
    return _set({"statement_timeout": LAST_PATIENCE})


@contextmanager
def _set(values: dict[str, str]) -> Iterator[None]:
    """Put these settings in force, and back afterwards."""
    with transaction.atomic():
        for name, value in values.items():
            database.rows("SELECT set_config(%s, %s, true)", [name, value])
        yield
        for name in values:  # should a transaction be around this one
            database.execute(f"SET LOCAL {name} = DEFAULT")


def page(listing: Listing, after: str, size: int = 50) -> keyset.Page[Contact]:
    """Return the page after the cursor; a cursor of another order is taken for none."""
    order = listing.order
    nullable = order.fields[0] == "profile__last_purchase_at"
    try:
        return keyset.page(
            listing.people, after, fields=order.fields, descending=order.descending, size=size, nullable=nullable
        )
    except (ValidationError, ValueError, TypeError):
        return page(listing, "", size)


def rows(people: Sequence[Contact]) -> list[Row]:
    """Return what the list shows of these people."""
    addresses = _addresses([person.pk for person in people])
    policies = silences.every()
    return [_row(person, addresses[person.pk], policies) for person in people]


def everybody(listing: Listing, size: int = 2_000) -> Iterator[Row]:
    """Go through all people asked for, a page at a time: memory holds one page."""
    found = page(listing, "", size)
    while True:
        yield from rows(found.rows)
        if not found.following:
            return
        found = page(listing, found.following, size)


def _row(person: Contact, addresses: list[Address], policies: Mapping[str, Silence]) -> Row:
    best: dict[str, Address] = {}
    for address in sorted(addresses, key=lambda one: not one.good):
        best.setdefault(address.channel, address)
    email = best["email"].value if "email" in best else ""
    shown = [best[channel] for channel in ("email", "sms", "phone", "postal", "push") if channel in best]
    mistyped = [address for address in addresses if address.meant]
    profile = getattr(person, "profile", None)
    return Row(person, profile, email, shown, mistyped, policies.get(profile.policy) if profile else None)


def _addresses(contacts: Sequence[int]) -> dict[int, list[Address]]:
    points = list(ContactPoint.objects.filter(contact__in=contacts).order_by("id"))
    stopped = suppressed(points)
    found: dict[int, list[Address]] = defaultdict(list)
    for point in points:
        good = point.valid is not False and point.pk not in stopped
        found[point.contact_id].append(Address(point.channel, point.value, good, point.pk, point.suggestion))
    return found


def suppressed(points: Sequence[ContactPoint]) -> dict[int, Suppression]:
    """Return the suppressions of these addresses, by the address's id: of its channel, else of every channel."""
    hashes = {point.pk: digest(point.value) for point in points}
    known = {
        (row.channel, bytes(row.digest)): row for row in Suppression.objects.filter(digest__in=set(hashes.values()))
    }
    keys = ((point.pk, (channel, hashes[point.pk])) for point in points for channel in ("all", point.channel))
    return {point: known[key] for point, key in keys if key in known}
