"""Mistyped addresses: the one probably meant beside them, where nothing speaks against it; each leaves a line in the audit log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from relance.contacts.models import STOPS_ADDRESS, Channel, Contact, ContactPoint, Suppression
from relance.core import audit
from relance.core.errors import NotFoundError, RefusedError
from relance.core.ids import digest
from relance.hygiene.addresses import is_well_formed
from relance.web.people import acts


@dataclass(frozen=True)
class Corrected:
    """How many addresses were corrected, and those that were left as they are, by the sentence that says why."""

    done: int
    left: Mapping[str, list[str]]


def correct(contact: Contact, point_id: int, *, now: datetime, actor: str) -> str:
    """Give the person the address probably meant beside a mistyped one, to be judged anew; return it."""
    point = ContactPoint.objects.filter(pk=point_id, contact=contact, channel="email").exclude(suggestion="").first()
    if point is None:
        raise NotFoundError(_("No correction is suggested for this address any more. Nothing was changed."))
    return _correct(point, now=now, actor=actor)


def correct_several(points: Collection[int], *, now: datetime, actor: str) -> Corrected:
    """Correct these addresses, each by itself: what one may not be given stops none of the others."""
    done, left = 0, defaultdict[str, list[str]](list)
    suggested = ContactPoint.objects.filter(pk__in=points, channel="email", contact__erased_at=None)
    for point in suggested.exclude(suggestion="").select_related("contact").order_by("pk"):
        try:
            _correct(point, now=now, actor=actor)
            done += 1
        except RefusedError as error:
            left[str(error)].append(point.value)
    return Corrected(done, dict(left))


def suggested(people: QuerySet[Contact]) -> QuerySet[ContactPoint]:
    """Return the mistyped addresses of these people that have one probably meant beside them."""
    return ContactPoint.objects.filter(contact__in=people.values("pk"), channel="email").exclude(suggestion="")


def correct_all(people: QuerySet[Contact], *, now: datetime, actor: str) -> Corrected:
    """Correct every mistyped address of these people by the same rules, each by itself: nobody waits for all of them."""
    points = suggested(people).order_by("pk").values_list("pk", flat=True)
    return correct_several(list(points), now=now, actor=actor)


def _correct(point: ContactPoint, *, now: datetime, actor: str) -> str:
    """Write the address meant and the line of the log together, or nothing. Errors: RefusedError where it may not be used."""
    meant = point.suggestion
    if not is_well_formed(meant):
        raise RefusedError(_("The address suggested is not well formed either. Ask the person for it."))
    try:
        with transaction.atomic():
            Contact.objects.select_for_update().filter(pk=point.contact_id).first()  # who suppresses takes it too
            _insist_on_unstopped(point.value, meant)
            _add(point, meant)
            subject = acts.subject(point.contact)
            audit.record("address corrected", subject, now=now, actor=actor, details={"channel": "email"})
    except IntegrityError as error:
        raise _another_has_it() from error
    return meant


def _add(point: ContactPoint, meant: str) -> None:
    """Give the person the address meant, to be judged, and stop suggesting it.

    The mistyped one stays beside it, known to be wrong: opt-outs, returned mails and files still name the person by it.
    """
    holder = ContactPoint.objects.filter(channel="email", value=meant).first()
    if holder is not None and holder.contact_id != point.contact_id:
        raise _another_has_it()
    if not ContactPoint.objects.filter(pk=point.pk, suggestion=meant).update(suggestion=""):
        raise RefusedError(_("Somebody has corrected this address meanwhile. Nothing was changed."))
    if holder is None:
        ContactPoint.objects.create(contact_id=point.contact_id, channel="email", value=meant)


def _another_has_it() -> RefusedError:
    return RefusedError(_("Another person has this address already: probably the same one. Nothing was changed."))


def _insist_on_unstopped(mistyped: str, meant: str) -> None:
    """Raise a sentence if the suppression list speaks against the correction."""
    if _stopped(mistyped).exclude(reason__in=STOPS_ADDRESS).exists():
        raise RefusedError(
            _(
                "The mistyped address is on the suppression list: its owner may not be written to under another spelling."
            )
        )
    if _stopped(meant).exists():
        raise RefusedError(_("The address probably meant is on the suppression list. Nothing was changed."))


def _stopped(address: str) -> QuerySet[Suppression]:
    """Return what stops e-mail to an address."""
    return Suppression.objects.filter(channel__in=[Channel.EMAIL, "all"], digest=digest(address))
