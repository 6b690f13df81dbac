"""`send`: puts one message per person into the outbox; the gate and the delivery take it from there."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter, model_validator

from relance.contacts.matrix import CHANNELS, MARKETING, Channel
from relance.core import database
from relance.core.definitions import Definition
from relance.core.durations import Duration
from relance.journeys import draws
from relance.journeys.models import Version
from relance.journeys.steps.step import NAME, Due, Step, Wish
from relance.journeys.titles import Words
from relance.senders.sender import DEFAULT

LEAVING = frozenset({"email"})  # channels that messages leave by; the others are built one by one


class Offer(Definition):
    """What the message offers; what templates call `offer.code`, `offer.amount`, `offer.minimum` and `offer.ends_on`.

    It ends on a date, or lasts a while from each person's message. Urgency needs such an end, or a stock, to be true.
    """

    code: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    amount: Decimal | None = Field(None, gt=0)
    minimum: Decimal | None = Field(None, ge=0)
    ends_on: date | None = None
    lasts: Duration | None = None
    stock: int | None = Field(None, ge=1)
    urgency: bool = False

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.ends_on and self.lasts:
            raise ValueError("an offer either ends on a date (`ends_on`) or lasts a while (`lasts`); keep one")
        return self

    def values(self, at: datetime) -> dict[str, object]:
        """Return what a message written at `at` says of the offer."""
        ends_on = (
            self.lasts.after(at).astimezone(ZoneInfo(settings.RELANCE.time_zone)).date() if self.lasts else self.ends_on
        )
        return {"code": self.code, "amount": self.amount, "minimum": self.minimum, "ends_on": ends_on}


def _named(value: Any) -> Any:
    """Return an offer written as its code alone in its long form."""
    return {"code": value} if isinstance(value, str) else value


class Way(NamedTuple):
    """How channel, template and variant stand in the statement, with their parameters; and the choice among channels."""

    channel: str
    template: str
    variant: str
    values: dict[str, object]
    choice: str = ""  # one more part of the WITH
    rows: str = "moved"


def _listed(value: Any) -> list[Any]:
    """Return the channels written, one or several in order of preference; refused where messages leave by none of them yet."""
    written = value if isinstance(value, list | tuple) else [] if value is None else [value]
    if not written:
        raise ValueError("no channel is written here; write one such as `email`, or several in order of preference")
    for index, name in enumerate(written):
        if name not in CHANNELS:
            raise ValueError(f"no channel is called '{name}'; write one of {', '.join(CHANNELS)} here")
        if name in written[:index]:
            raise ValueError(f"the channel '{name}' stands twice; name each once, the preferred first")
    if LEAVING.isdisjoint(written):
        raise ValueError(
            f"no message leaves by {', '.join(written)} yet; add {', '.join(sorted(LEAVING))}, by which messages leave"
        )
    return list(written)


def _templates(value: Any) -> Any:
    """Return the template written: a name for every channel, or one for each."""
    return (_NAMES if isinstance(value, dict) else _NAME).validate_python(value)


_NAME: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(pattern=NAME)])
_NAMES: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, Annotated[str, Field(pattern=NAME)]])


class Send(Step):
    """`{id, channel, template}`, with `subjects` to compare, an `offer`, a `topic` of consent, and perhaps `best_hour`.

    With several channels each person's message takes one of them, as `choose` says; `template` may name one for each.
    """

    kind: ClassVar[str] = "send"
    id: str = Field(pattern=NAME)
    title: Words = ""  # what people call it; empty means the subject of its message
    channel: Annotated[tuple[Channel, ...], BeforeValidator(_listed)]  # one or several, the preferred first
    choose: Literal["cheapest", "preferred"] | None = None  # among them; None: as the house rules say
    template: Annotated[str | Mapping[str, str], PlainValidator(_templates)]
    subjects: tuple[Annotated[str, Field(pattern=NAME)], ...] = ()
    offer: Annotated[Offer | None, BeforeValidator(_named)] = None
    topic: str = Field(MARKETING, pattern=NAME)  # of consent, which the gate asks about where the purpose is commercial
    best_hour: bool | None = (
        None  # whether it waits for the person's own hours, a day at most; None: as the settings say
    )

    @model_validator(mode="after")
    def _one_template_each(self) -> Self:
        if isinstance(self.template, str):
            return self
        if lacking := [channel for channel in self.channel if channel not in self.template]:
            raise ValueError(
                f"`template:` names no template for {', '.join(lacking)}; give one for each channel, or one name for all"
            )
        if besides := [channel for channel in self.template if channel not in self.channel]:
            raise ValueError(
                f"`template:` names a template for {', '.join(besides)}, which this step does not use; take it out"
            )
        return self

    @property
    def name(self) -> str:
        """The step's id."""
        return self.id

    @property
    def leaving(self) -> tuple[str, ...]:
        """The channels that messages leave by, the preferred first; the others are passed over until they are built."""
        return tuple(channel for channel in self.channel if channel in LEAVING)

    def ways(self, version: Version) -> tuple[str, ...]:
        """The channels that messages of a published version leave by: those that were built when it was published."""
        return tuple(channel for channel in self.channel if channel in version.channels)

    @property
    def templates(self) -> tuple[str, ...]:
        """The templates named, each once."""
        return tuple(dict.fromkeys(map(self.template_for, self.channel)))

    @property
    def headline(self) -> str:
        """The template whose subjects the step is called by and compares: of its mail, else of its first message."""
        return self.template_for("email" if "email" in self.leaving else self.leaving[0])

    def template_for(self, channel: str) -> str:
        """Return the template of the message that leaves by a channel."""
        return self.template if isinstance(self.template, str) else self.template[channel]

    def wish(self, version: Version) -> Wish:
        """Return what a version's message may leave by, and how that is chosen."""
        purpose = version.definition["purpose"]
        return Wish(self.ways(version), self.choose or "", purpose, self.topic, version.journey_id)

    def advance(self, due: Due) -> int:
        """Move every due row on and write its message, in one statement."""
        move, values = due.move(due.node.following)
        way = self._way(due)
        statement = f"""
            WITH moved AS (
                UPDATE enrolment e SET {move} WHERE {due.ROWS} RETURNING e.id, e.contact_id, e.occasion
            ){way.choice}
            INSERT INTO message (contact_id, channel, purpose, sender, topic, journey_id, version_id, enrolment_id, step,
                                 template_version_id, variant, send_key, not_before, expires_at, created_at)
            SELECT contact_id, {way.channel}, %(purpose)s, %(sender)s, %(topic)s, %(journey)s, %(version)s, id, %(step)s,
                   {way.template}, {way.variant}, %(key)s || occasion, %(now)s, %(expires)s, %(now)s
            FROM {way.rows}
            ON CONFLICT (contact_id, send_key) DO NOTHING
        """
        return database.execute(statement, due.values | values | self._values(due) | way.values)

    def _way(self, due: Due) -> Way:
        """Return the one channel, or the choice among several, made for all rows at once."""
        wish = self.wish(due.version)
        ways = {channel: due.version.templates[self.template_for(channel)] for channel in wish.channels}
        if len(ways) == 1:
            ((channel, template),) = ways.items()
            variant = self._variant() if channel == "email" else "''"  # only mails have subjects
            return Way("%(channel)s", "%(template)s", variant, {"channel": channel, "template": template})
        chosen, values = due.chooses(wish, "moved.contact_id", due.now)
        return Way(
            "channel",
            "(%(templates)s::jsonb ->> channel)::bigint",
            f"CASE channel WHEN 'email' THEN {self._variant()} ELSE '' END",
            values | {"templates": json.dumps(ways)},
            f", choice AS MATERIALIZED (SELECT moved.*, ({chosen})::text AS channel FROM moved)",
            "choice",
        )

    def _values(self, due: Due) -> dict[str, object]:
        """Return what all messages of this step share."""
        return {
            "topic": self.topic,
            "purpose": due.version.definition["purpose"],
            "sender": due.version.definition.get("sender", DEFAULT),
            "journey": due.version.journey_id,
            "journey_name": due.version.definition["journey"],
            "step": self.id,
            "key": f"{due.version.pk}/{self.id}/",
            "expires": due.now + timedelta(days=settings.RELANCE.message_days),
        }

    def _variant(self) -> str:
        """Return the SQL that draws a subject for each person: equal shares, the same at every run."""
        drawn = draws.digest("%(journey_name)s", "contact_id", "occasion", "%(step)s")
        return draws.choice(drawn, self.subjects)
