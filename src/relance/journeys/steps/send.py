"""`send`: puts one message per person into the outbox; the gate and the delivery take it from there."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from pydantic import BeforeValidator, Field, model_validator

from relance.contacts.matrix import CHANNELS, MARKETING
from relance.core import database
from relance.core.definitions import Definition
from relance.core.durations import Duration
from relance.journeys import draws
from relance.journeys.steps.step import NAME, Due, Step
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


def _leaving(value: Any) -> Any:
    """Return the channel written, alone or as a list of one; a channel that no message leaves by yet is refused."""
    written = value if isinstance(value, list) else [value]
    for name in written:
        if name in CHANNELS and name not in LEAVING:
            raise ValueError(f"no message leaves by '{name}' yet; write 'email', the only channel that is built")
    return written[0] if len(written) == 1 else value


class Send(Step):
    """`{id, channel, template}`, with `subjects` to compare, an `offer`, a `topic` of consent, and perhaps `best_hour`."""

    kind: ClassVar[str] = "send"
    id: str = Field(pattern=NAME)
    title: Words = ""  # what people call it; empty means the subject of its message
    channel: Annotated[Literal["email"], BeforeValidator(_leaving)]
    template: str = Field(pattern=NAME)
    subjects: tuple[Annotated[str, Field(pattern=NAME)], ...] = ()
    offer: Annotated[Offer | None, BeforeValidator(_named)] = None
    topic: str = Field(MARKETING, pattern=NAME)  # of consent, which the gate asks about where the purpose is commercial
    best_hour: bool | None = (
        None  # whether it waits for the person's own hours, a day at most; None: as the settings say
    )

    @property
    def name(self) -> str:
        """The step's id."""
        return self.id

    def advance(self, due: Due) -> int:
        """Move every due row on and write its message, in one statement."""
        move, values = due.move(due.node.following)
        statement = f"""
            WITH moved AS (
                UPDATE enrolment e SET {move} WHERE {due.ROWS} RETURNING e.id, e.contact_id, e.occasion
            )
            INSERT INTO message (contact_id, channel, purpose, sender, topic, journey_id, version_id, enrolment_id, step,
                                 template_version_id, variant, send_key, not_before, expires_at, created_at)
            SELECT contact_id, %(channel)s, %(purpose)s, %(sender)s, %(topic)s, %(journey)s, %(version)s, id, %(step)s,
                   %(template)s, {self._variant()}, %(key)s || occasion, %(now)s, %(expires)s, %(now)s
            FROM moved
            ON CONFLICT (contact_id, send_key) DO NOTHING
        """
        return database.execute(statement, due.values | values | self._values(due))

    def _values(self, due: Due) -> dict[str, object]:
        """Return what all messages of this step share."""
        return {
            "channel": self.channel,
            "topic": self.topic,
            "purpose": due.version.definition["purpose"],
            "sender": due.version.definition.get("sender", DEFAULT),
            "journey": due.version.journey_id,
            "journey_name": due.version.definition["journey"],
            "step": self.id,
            "template": due.version.templates[self.template],
            "key": f"{due.version.pk}/{self.id}/",
            "expires": due.now + timedelta(days=settings.RELANCE.message_days),
        }

    def _variant(self) -> str:
        """Return the SQL that draws a subject for each person: equal shares, the same at every run."""
        drawn = draws.digest("%(journey_name)s", "contact_id", "occasion", "%(step)s")
        return draws.choice(drawn, self.subjects)
