"""What a person gets, by channel and topic: the ledger and the suppressions read as the gate reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from relance.contacts.matrix import AUDIENCE, MARKETING, TRACKING
from relance.contacts.models import OPT_OUTS, STOPS_ADDRESS, Channel, Consent, ContactPoint, Suppression
from relance.core.ids import digest
from relance.feedback.preferences.recipient import Recipient

# Topics of their own: no word on marketing speaks of them, and they are given for all channels at once.
APART = (TRACKING, AUDIENCE)
LIFTED_HERE = Channel.EMAIL.value  # who holds a mail to the person may take its opt-out back; no other channel's


@dataclass(frozen=True)
class Choice:
    """A topic on a channel, and whether the person gets it; `stopped`: why it cannot be asked for on this page."""

    channel: str
    topic: str
    on: bool
    stopped: str = ""

    @property
    def key(self) -> str:
        """Return what the form calls it."""
        return f"{self.channel}|{self.topic}"

    @property
    def comes_back(self) -> bool:
        """Tell whether asking for it takes back an opt-out that the person may take back here."""
        return self.channel == LIFTED_HERE and self.topic not in APART and not self.on and not self.stopped


def of(recipient: Recipient, now: datetime) -> list[Choice]:
    """Return every choice of the person: what their addresses allow, and whatever the ledger speaks of."""
    entries = ledger(recipient, now)
    points = list(ContactPoint.objects.filter(contact=recipient.contact_id))
    stops = _stops(points)
    listed = {point.channel for point in points if point.valid is not False} | {entry.channel for entry in entries}
    asked = {(channel, MARKETING) for channel in listed} | {
        (entry.channel, entry.topic) for entry in entries if entry.topic not in APART
    }
    apart = {topic: entry.channel for topic in APART for entry in entries if entry.topic == topic}
    order = list(Channel.values)
    pairs = sorted(asked, key=lambda pair: (order.index(pair[0]), pair[1] != MARKETING, pair[1]))
    return [_choice(channel, topic, entries, stops, now) for channel, topic in pairs] + [
        Choice(channel, topic, granted(entries, channel, topic, now)) for topic, channel in apart.items()
    ]


def _choice(
    channel: str, topic: str, entries: Sequence[Consent], stops: Sequence[tuple[str, str]], now: datetime
) -> Choice:
    reasons = [reason for where, reason in stops if where in (channel, "all")]
    lifted = channel == LIFTED_HERE and ("all" not in {where for where, _ in stops})
    lasting = next((reason for reason in reasons if not lifted or reason not in OPT_OUTS), "")
    return Choice(channel, topic, not reasons and granted(entries, channel, topic, now), lasting)


def ledger(recipient: Recipient, now: datetime) -> list[Consent]:
    """Return the person's entries of the ledger, the oldest first."""
    return list(Consent.objects.filter(contact=recipient.contact_id, at__lte=now).order_by("at", "id"))


def granted(entries: Sequence[Consent], channel: str, topic: str, now: datetime) -> bool:
    """Tell whether the word in force on a topic is a yes that has not run out, as the gate reads the ledger.

    A no to the topic itself holds until a yes to it; else the latest word on it or on marketing counts.
    """
    heard = [e for e in entries if e.topic == topic and (topic in APART or e.channel == channel)]
    general = [] if topic in APART else [e for e in entries if e.topic == MARKETING and e.channel == channel]
    own = min(heard, key=_latest, default=None)
    if own is not None and not own.given and topic != MARKETING:
        return False
    last = [entry for entry in (own, min(general, key=_latest, default=None)) if entry is not None]
    standing = min(last, key=lambda entry: (_expired(entry, now), *_latest(entry)), default=None)
    return standing is not None and standing.given and not _expired(standing, now)


def _latest(entry: Consent) -> tuple[bool, float, bool]:
    """Order as the gate does: a contract last, then the latest, then a no before a yes."""
    return (entry.given and entry.basis == "contract", -entry.at.timestamp(), entry.given)


def _expired(entry: Consent, now: datetime) -> bool:
    return entry.given and entry.expires_at is not None and entry.expires_at <= now


def _stops(points: Sequence[ContactPoint]) -> list[tuple[str, str]]:
    """Return channel and reason of each suppression that stops the person on the channel of one of the addresses."""
    own = {digest(point.value): point.channel for point in points}
    rows = Suppression.objects.filter(digest__in=list(own)).exclude(reason__in=STOPS_ADDRESS)
    return [
        (row.channel, row.reason)
        for row in rows
        if row.channel == "all" or row.channel in {point.channel for point in points} | {"phone"}
    ]
