"""What the page of the gate tells: how often it said what over all journeys, what waits until when, and which messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from relance.contacts import matrix
from relance.contacts.models import Contact
from relance.eligibility import records, verdicts, waiting
from relance.eligibility.models import VerdictRecord
from relance.outbox.models import Message
from relance.web import keyset, tags, titles
from relance.web.journeys import words as journey_words
from relance.web.people import words as people_words

Data = dict[str, Any]
WINDOWS, USUAL, SIZE = (7, 30, 90), 30, 50
COLOURS = {"allow": "green", "defer": "yellow", "block": "red"}


@dataclass(frozen=True)
class Asked:
    """What is looked at: the window's days, and one purpose or channel where named."""

    days: int = USUAL
    purpose: str = ""
    channel: str = ""

    def since(self, now: datetime) -> date:
        """Return the window's first day; today is its last."""
        return records.day_of(now) - timedelta(days=self.days - 1)

    @property
    def narrowed(self) -> dict[str, str]:
        """Return what narrows it."""
        return {"purpose": self.purpose, "channel": self.channel}


def read(given: Mapping[str, str]) -> Asked:
    """Return what an address asks for; what is none of the choices is left out."""
    days, purpose, channel = given.get("days", ""), given.get("purpose", ""), given.get("channel", "")
    return Asked(
        int(days) if days in {str(one) for one in WINDOWS} else USUAL,
        purpose if purpose in matrix.PURPOSES else "",
        channel if channel in matrix.CHANNELS else "",
    )


def board(asked: Asked, now: datetime) -> Data:
    """Return the verdicts of a window by decision and reason, what waits, and the choices."""
    since, until = asked.since(now), records.day_of(now)
    found = records.counts(since, until, purpose=asked.purpose, channel=asked.channel)
    rows = _by_reason(found)
    sums = {decision: sum(row["verdicts"] for row in rows if row["decision"] == decision) for decision in COLOURS}
    return {
        "asked": asked, "now": now, "windows": WINDOWS, "since": since, "rows": rows, "sums": sums, "all": sum(sums.values()),
        "chart": _chart(records.daily(since, until, purpose=asked.purpose, channel=asked.channel)) if rows else None,
        "waits": [
            {"one": one, "label": reason(one.code)} for one in waiting.waiting(now, purpose=asked.purpose, channel=asked.channel)
        ],
        **choices(),
    }  # fmt: skip


def page(asked: Asked, code: str, after: str, now: datetime) -> Data:
    """Return the verdicts of one reason in a window, the latest first, each with its person and message."""
    rows = VerdictRecord.objects.filter(code=code, pk__gte=records.first_since(asked.since(now)))
    if narrowed := {name: value for name, value in asked.narrowed.items() if value}:
        rows = rows.filter(Exists(Message.objects.filter(pk=OuterRef("message_id"), **narrowed)))
    found = keyset.page(rows, after, fields=("id",), descending=True, size=SIZE)
    messages = Message.objects.in_bulk([one.message_id for one in found.rows])
    people = Contact.objects.in_bulk([one.contact_id for one in found.rows])
    called = titles.journeys({one.journey_id for one in messages.values() if one.journey_id})
    lines = [_line(one, messages.get(one.message_id), people.get(one.contact_id), called) for one in found.rows]
    return {"asked": asked, "code": code, "label": reason(code), "page": found, "lines": lines}


def choices() -> Data:
    """Return the purposes and channels there are, each with its word."""
    return {
        "purposes": [(one, str(journey_words.PURPOSES[one][0])) for one in matrix.PURPOSES if one in journey_words.PURPOSES],
        "channels": [(one, people_words.channel(one)) for one in matrix.CHANNELS if one in people_words.CHANNELS],
    }  # fmt: skip


def reason(code: str) -> str:
    """Return what a reason is called."""
    return people_words.word(people_words.VERDICTS, code)


def _by_reason(found: list[dict[str, object]]) -> list[Data]:
    """Return the counts of each decision and reason with its shares by purpose and channel, the most frequent first."""
    rows: dict[tuple[str, str], Data] = {}
    for one in found:
        decision, code, number = str(one["decision"]), str(one["code"]), int(str(one["verdicts"]))
        word, colour = people_words.DECISIONS[decision]
        row = rows.setdefault((decision, code), {
            "decision": decision, "word": word, "colour": colour, "code": code, "label": reason(code), "verdicts": 0,
            "purposes": {}, "channels": {},
        })  # fmt: skip
        row["verdicts"] += number
        for kind, name in (("purposes", str(one["purpose"])), ("channels", str(one["channel"]))):
            row[kind][name] = row[kind].get(name, 0) + number
    named = dict(choices()["purposes"])
    for row in rows.values():
        row["purposes"] = [(named.get(name, name), number) for name, number in _sorted(row["purposes"])]
        row["channels"] = [(people_words.channel(name), number) for name, number in _sorted(row["channels"])]
    return sorted(rows.values(), key=lambda row: -row["verdicts"])


def _sorted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: -one[1])


def _chart(days: Mapping[date, Mapping[str, int]]) -> Data:
    """Return the decisions of each day as stacked bars."""
    series = [
        {"name": str(people_words.DECISIONS[one][0]), "values": [day[one] for day in days.values()], "colour": colour}
        for one, colour in COLOURS.items()
    ]
    return {"kind": "stacked", "categories": [tags.day(day) for day in days], "series": series}


def _line(one: VerdictRecord, message: Message | None, contact: Contact | None, called: Mapping[int, str]) -> Data:
    sentence = people_words.dated(verdicts.sentence(one.code, one.details, one.until))
    title = called.get(message.journey_id or 0, "") if message else ""
    return {
        "at": one.at,
        "sentence": sentence,
        "message": message,
        "contact": contact,
        "title": title,
        "until": one.until,
    }
