"""What the recipient decides, carried out: the ledger, the pause, the caps, the address; done twice it is done once.

Each act that changes something writes one event and one line of the audit log, in the same transaction; the row of the
contact is locked first, so that a thousand requests at once are one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from relance.contacts.matrix import MARKETING
from relance.contacts.models import OPT_OUTS, Consent, Contact, ContactPoint, Suppression
from relance.core import audit
from relance.core.durations import Duration
from relance.core.ids import digest
from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.eligibility import suppressing
from relance.feedback import deliveries
from relance.feedback.preferences import choices
from relance.feedback.preferences.recipient import Recipient
from relance.intake import sources

NOT_THEIRS = "not_theirs"
GIVEN = {"given": True, "withdrawn": False}
AFTER = timedelta(microseconds=1)  # the word on a topic is said after the one on marketing, which it is to outlast


def choose(recipient: Recipient, wanted: Collection[str], now: datetime) -> bool:
    """Get what is in `wanted` (keys of the choices shown) and nothing else; tell whether that changed anything."""
    with transaction.atomic():
        _lock(recipient)
        shown = choices.of(recipient, now)
        entries, said = choices.ledger(recipient, now), dict[str, bool]()
        back = any(choice.key in wanted and choice.comes_back for choice in shown)
        moved = {choices.LIFTED_HERE} if back else set[str]()
        for choice in shown:
            wish = choice.key in wanted and not choice.stopped
            stands = choices.granted(entries, choice.channel, choice.topic, now + AFTER)
            if wish != choice.on or (choice.channel in moved and wish != stands):
                entries.append(_say(recipient, choice, now, given=wish))
                moved |= {choice.channel} if choice.topic == MARKETING else set()
                said |= {choice.key: wish} if wish != choice.on else {}
        if back:
            _lift(recipient)
        words = {name: ", ".join(sorted(key for key in said if said[key] is given)) for name, given in GIVEN.items()}
        return _told(recipient, "choose", now, {name: keys for name, keys in words.items() if keys}) if said else False


def fewer(recipient: Recipient, now: datetime) -> bool:
    """Lower the person's caps; tell whether they were not lowered yet."""
    return _set(recipient, "fewer", now, fewer_since=now) if not recipient.fewer else False


def usual(recipient: Recipient, now: datetime) -> bool:
    """Give the person the caps of everybody again."""
    return _set(recipient, "usual", now, fewer_since=None) if recipient.fewer else False


def pause(recipient: Recipient, now: datetime) -> bool:
    """Send nothing commercial for some months; asked again on the same day it is the same pause."""
    until = pause_ends(now)
    if recipient.paused_until is not None and recipient.paused_until >= until:
        return False
    return _set(recipient, "pause", now, paused_until=until)


def resume(recipient: Recipient, now: datetime) -> bool:
    """End the pause now."""
    if recipient.paused_until is None or recipient.paused_until <= now:
        return False
    return _set(recipient, "resume", now, paused_until=None)


def disown(recipient: Recipient, now: datetime) -> bool:
    """Never write to this address again, which is somebody else's now; the person's permissions stay as they were."""
    if recipient.point_id is None or recipient.disowned:
        return False
    with transaction.atomic():
        _lock(recipient)
        point = ContactPoint.objects.filter(pk=recipient.point_id).exclude(reason=NOT_THEIRS)
        if not point.update(valid=False, reason=NOT_THEIRS, suggestion="", checked_at=now):
            return False
        Suppression.objects.bulk_create(
            [Suppression(channel="email", digest=digest(recipient.address), reason=NOT_THEIRS, at=now,
                         source_id=sources.own_id(now))],
            ignore_conflicts=True,
        )  # fmt: skip
        return _told(recipient, "disown", now, {}, event="address_disowned")


def leave(recipient: Recipient, now: datetime) -> bool:
    """Withdraw every permission on every channel and suppress every address for marketing."""
    with transaction.atomic():
        _lock(recipient)
        entries = choices.ledger(recipient, now)
        granted = [
            choice
            for choice in choices.of(recipient, now)
            if choices.granted(entries, choice.channel, choice.topic, now)
            or (choice.topic == MARKETING and not any(e.channel == choice.channel for e in entries))
        ]
        for choice in granted:
            _say(recipient, choice, now, given=False)
        points = ContactPoint.objects.filter(contact=recipient.contact_id)
        put = sum(suppressing.put(point.channel, point.value, suppressing.ASKED, now) for point in points)
        if not granted and not put:
            return False
        return _told(recipient, "leave", now, {}, event="message_unsubscribed")


def pause_ends(now: datetime) -> datetime:
    """Return when a pause asked for now ends: the midnight, in the installation's time zone, that begins its last day."""
    last = Duration(settings.RELANCE.pause_months, "month").after(now)
    local = last.astimezone(ZoneInfo(settings.RELANCE.time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


Act = Callable[[Recipient, datetime], bool]
ACTS: dict[str, Act] = {
    "fewer": fewer, "usual": usual, "pause": pause, "resume": resume, "disown": disown, "leave": leave
}  # fmt: skip


def _lock(recipient: Recipient) -> None:
    Contact.objects.select_for_update().get(pk=recipient.contact_id)


def _say(recipient: Recipient, choice: choices.Choice, now: datetime, *, given: bool) -> Consent:
    """Write a yes or no into the ledger, with the message it was said by as its proof."""
    at = now if choice.topic == MARKETING else now + AFTER
    return Consent.objects.create(
        contact_id=recipient.contact_id, channel=choice.channel, topic=choice.topic, given=given, basis="opt_in",
        proof=f"preference page of message {recipient.message_uuid}", at=at, source_id=sources.own_id(now),
    )  # fmt: skip


def _lift(recipient: Recipient) -> None:
    """Take the person's opt-outs by e-mail back, which only they may; other suppressions stay."""
    points = ContactPoint.objects.filter(contact=recipient.contact_id, channel=choices.LIFTED_HERE)
    own = [digest(value) for value in points.values_list("value", flat=True)]
    Suppression.objects.filter(channel=choices.LIFTED_HERE, digest__in=own, reason__in=OPT_OUTS).delete()


def _set(recipient: Recipient, act: str, now: datetime, **values: datetime | None) -> bool:
    """Change the person's row, unless somebody else was faster with the same."""
    with transaction.atomic():
        _lock(recipient)
        if not Contact.objects.filter(pk=recipient.contact_id).exclude(**values).update(**values, updated_at=now):
            return False
        until = values.get("paused_until")
        return _told(recipient, act, now, {"until": until.date().isoformat()} if until else {})


def _told(
    recipient: Recipient, act: str, now: datetime, details: dict[str, object], *, event: str = "preferences_changed"
) -> bool:
    """Write the event and the line of the audit log; a message in doubt that is answered did leave."""
    mark = f"/{act}/{now.isoformat()}" if event == "preferences_changed" else ""
    deliveries.arrived([recipient.message_id], now)
    happenings.record(event, [Happening(recipient.message_id, now, mark, {"act": act, **details})], now=now)
    audit.record(
        "preferences changed", f"person {recipient.contact_uuid}", now=now,
        actor=f"recipient of message {recipient.message_uuid}", details={"act": act} | details,
    )  # fmt: skip
    return True
