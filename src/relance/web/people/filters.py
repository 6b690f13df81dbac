"""What a list of people is narrowed by: read from the address, told as chips, asked of the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils.translation import gettext as _

from relance.contacts import reach
from relance.contacts.models import Channel, ContactPoint
from relance.core import database
from relance.dormancy.models import State
from relance.eligibility.models import VerdictRecord
from relance.journeys.models import Enrolment, Journey
from relance.measurement.models import HealthSnapshot
from relance.outbox.models import Message
from relance.segments.models import Membership, Segment
from relance.web import titles
from relance.web.people import words
from relance.web.tags import STATES

FLAGS = ("false_inactive", "out_of_target", "unreachable")  # of the profile
MISTYPED = "mistyped"  # of an address: a correction is suggested


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the parameter that carries it."""

    name: str
    value: str
    label: str


@dataclass(frozen=True)
class Filters:
    """The filters of the address; empty ones ask nothing. `verdict` goes with the journey of `entered`, if one is named."""

    state: tuple[str, ...] = ()
    band: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    permitted: tuple[str, ...] = ()
    flag: tuple[str, ...] = ()
    language: str = ""
    segment: str = ""
    policy: str = ""
    entered: str = ""
    verdict: str = ""
    due: bool = False
    search: str = ""

    @property
    def any(self) -> bool:
        """Tell whether anything is asked."""
        return self != Filters()


def read(fields: QueryDict) -> Filters:
    """Return the filters of an address; values that do not exist are left out."""
    return Filters(
        state=_chosen(fields, "state", State.values),
        band=_chosen(fields, "band", words.BANDS),
        reachable=_chosen(fields, "reachable", Channel.values),
        permitted=_chosen(fields, "permitted", Channel.values),
        flag=_chosen(fields, "flag", (*FLAGS, MISTYPED)),
        language=fields.get("language", "")[:2],
        due=fields.get("due") == "1",
        search=fields.get("q", "").replace("\0", "").strip()[:200],
        **{name: fields.get(name, "").replace("\0", "")[:200] for name in ("segment", "policy", "entered", "verdict")},
    )


def _chosen(fields: QueryDict, name: str, known: Any) -> tuple[str, ...]:
    """Return the values of a parameter that may be given several times, or with commas."""
    given = [value for text in fields.getlist(name) for value in text.split(",")]
    return tuple(dict.fromkeys(value for value in given if value in known))


def chips(filters: Filters) -> list[Chip]:
    """Return the filters in force in words."""
    return list(_chips(filters))


def _chips(filters: Filters) -> Iterator[Chip]:
    if filters.search:
        yield Chip("q", "", _("“%s”") % filters.search)
    yield from (Chip("state", value, _("State: %s") % STATES[value][0]) for value in filters.state)
    yield from (Chip("band", value, _("Value: %s") % words.BANDS[value]) for value in filters.band)
    yield from (Chip("reachable", value, _("Reachable: %s") % words.channel(value)) for value in filters.reachable)
    yield from (
        Chip("permitted", value, _("May be written to: %s") % words.channel(value)) for value in filters.permitted
    )
    yield from (Chip("flag", value, str(words.FLAGS[value])) for value in filters.flag)
    if filters.due:
        yield Chip("due", "", _("Due for erasure"))
    if filters.language:
        yield Chip("language", "", _("Language: %s") % words.word(words.LANGUAGES, filters.language))
    if filters.segment:
        yield Chip("segment", "", _("Segment: %s") % titles.segment(filters.segment))
    if filters.policy:
        yield Chip("policy", "", _("Policy: %s") % titles.policy(filters.policy))
    if filters.entered:
        yield Chip("entered", "", _("Journey: %s") % titles.journey(filters.entered))
    if filters.verdict:
        yield Chip("verdict", "", _("Verdict: %s") % words.word(words.VERDICTS, filters.verdict))


def conditions(filters: Filters, now: datetime) -> Q:
    """Return what the filters ask of a contact; the search is not among them."""
    asked = Q(erased_at=None)
    for field, values in (("profile__state", filters.state), ("profile__value_band", filters.band)):
        if values:
            asked &= Q(**{f"{field}__in" if len(values) > 1 else field: values if len(values) > 1 else values[0]})
    for name in filters.flag:
        asked &= Q(Exists(SUGGESTED)) if name == MISTYPED else Q(**{f"profile__{name}": True})
    if filters.language:
        asked &= Q(language=filters.language)
    if filters.policy:
        asked &= Q(profile__policy=filters.policy)
    if filters.due:
        asked &= _due(now)
    for channel in filters.reachable:
        asked &= Q(addressed(channel, now))
    for channel in filters.permitted:
        asked &= Q(permitted(channel, now))
    return asked & _belonging(filters)


SUGGESTED = ContactPoint.objects.filter(contact=OuterRef("pk"), channel="email").exclude(suggestion="")


# Few are found by what is kept of each clock; whoever came in since the last scoring counts from the day first seen.
DUE = """
    "contact"."id" IN (
        SELECT contact_id FROM profile WHERE last_legal_contact_at <= %s
        UNION ALL
        SELECT contact_id FROM profile p JOIN contact c ON c.id = p.contact_id
        WHERE p.last_legal_contact_at IS NULL AND c.first_seen_at <= %s
        UNION ALL
        SELECT c.id FROM contact c WHERE c.id > (SELECT coalesce(max(contact_id), 0) FROM profile) AND c.first_seen_at <= %s)
"""


def _due(now: datetime) -> Q:
    """Return who gave no sign since the legal years began, as the gate and the health of the base count them."""
    before, night = reach.kept_since(now), _night()
    if night and night["health"].get("due_for_erasure", 0) <= RARE * night["health"]["people"]:
        return Q(RawSQL(DUE, [before] * 3, output_field=BooleanField()))  # noqa: S611  a constant query with parameters
    none_known = Q(profile__last_legal_contact_at=None, first_seen_at__lte=before)
    return none_known | Q(profile__last_legal_contact_at__lte=before)


RARE = 0.05  # of everybody; below it, asking one person after the other would go through the base for a page


def addressed(channel: str, now: datetime) -> RawSQL:
    """Return whether a person has a usable address on a channel, as the health of the base counts everybody."""
    return _told(channel, now, "addressed")


def permitted(channel: str, now: datetime) -> RawSQL:
    """Return whether a reactivation may go to a person on a channel, as the health of the base counts everybody."""
    return _told(channel, now, "permitted")


def _told(channel: str, now: datetime, count: str) -> RawSQL:
    """Ask `reach` of a channel.

    Where the count is of many, the query is narrowed to the row at hand, and the list reads as many people as its page
    needs; where of few, it is asked once for all who have something on the channel.
    """
    common = _common(channel, count, now)
    who = 'contact_id = "contact"."id"' if common else _having(channel, count)
    only = "point.permitted AND " if count == "permitted" else ""
    asked = f"({reach.points(now, who).replace('%', '%%')}) AS point WHERE {only}point.channel = %s"
    there = f"EXISTS (SELECT FROM {asked})" if common else f'"contact"."id" IN (SELECT point.contact_id FROM {asked})'
    return RawSQL(there, [channel], output_field=BooleanField())  # noqa: S611  a constant query; the channel is a parameter


# Who may have something on a channel; a number for texts rings too, and anybody may have an e-mail address.
HAVING = {
    **{
        channel: f"contact_id IN (SELECT contact_id FROM contact_point WHERE channel IN ({kinds}))"
        for channel, kinds in (("sms", "'sms'"), ("push", "'push'"), ("phone", "'phone', 'sms'"))
    },
    "postal": "contact_id IN (SELECT id FROM contact WHERE street <> '' AND city <> '')",
}
GIVEN = "contact_id IN (SELECT contact_id FROM consent WHERE channel = '{channel}' AND given)"


def _having(channel: str, count: str) -> str:
    """Return the condition under which somebody may be of the count at all: nothing is permitted that nobody ever gave."""
    asked = [HAVING[channel]] if channel in HAVING else []
    asked += [GIVEN.format(channel=channel)] if count == "permitted" else []
    return " AND ".join(asked) or "true"


def _common(channel: str, count: str, now: datetime) -> bool:
    """Tell whether the last night counted many such people on a channel; before the first one, whether some people drawn say so."""
    night = _night()
    if not night:
        return _drawn(channel, count, now) > RARE
    counted = {one["channel"]: one.get(count, 0) for one in night["channels"]}
    return bool(counted.get(channel, 0) > RARE * night["health"]["people"])


def _night() -> dict[str, Any]:
    """Return what the last night counted of the base; empty before the first one."""
    return HealthSnapshot.objects.order_by("-day").values_list("figures", flat=True).first() or {}


# Ids as if by chance, always the same ones.
DRAWN = """
    SELECT id FROM contact WHERE erased_at IS NULL AND id IN (
        SELECT 1 + (hashint8extended(n, 0) & 9223372036854775807) % (SELECT max(id) FROM contact) FROM generate_series(1, 500) n)
"""


def _drawn(channel: str, count: str, now: datetime) -> float:
    """Return the share of such people among some that are drawn."""
    drawn = [contact for (contact,) in database.rows(DRAWN)]
    who = f"contact_id = ANY(ARRAY{drawn}::bigint[])"
    only = "permitted AND " if count == "permitted" else ""
    query = f"SELECT count(*) FROM ({reach.points(now, who).replace('%', '%%')}) AS point WHERE {only}channel = %s"
    ((found,),) = database.rows(query, [channel])
    return found / len(drawn) if drawn else 0.0


def _belonging(filters: Filters) -> Q:
    """Return what the filters ask of segments, journeys and verdicts; an unknown name is nobody's."""
    asked = Q()
    if filters.segment:
        segment = Segment.objects.filter(name=filters.segment).values_list("pk", flat=True).first()
        asked &= Q(Exists(Membership.objects.filter(segment=segment or 0, contact=OuterRef("pk"))))
    journey = 0
    if filters.entered:
        journey = Journey.objects.filter(name=filters.entered).values_list("pk", flat=True).first() or 0
    if filters.verdict:
        given = VerdictRecord.objects.filter(contact_id=OuterRef("pk"), code=filters.verdict)
        if filters.entered:
            given = given.filter(Exists(Message.objects.filter(pk=OuterRef("message_id"), journey_id=journey)))
        asked &= Q(Exists(given))
    elif filters.entered:
        asked &= Q(Exists(Enrolment.objects.filter(contact=OuterRef("pk"), journey=journey)))
    return asked
