"""The preview says what the gate then says, whoever the people are, and leaves no trace."""

import random
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from relance.contacts.models import Contact, ContactPoint
from relance.core import database
from relance.eligibility import gate, preview
from relance.eligibility.models import CommercialPeriod, PressureReservation, VerdictRecord
from relance.eligibility.preview import Sample
from relance.intake.models import OptOutDeclaration
from tests.eligibility.people import anna, consent, message, person, suppress

DAY = timedelta(days=1)


def previewed(now: datetime, purpose: str) -> dict[int, str]:
    with transaction.atomic():
        database.execute("CREATE TEMP TABLE everyone ON COMMIT DROP AS SELECT id AS contact_id FROM contact")
        return dict(database.rows(preview.judge("everyone", Sample("email", purpose, now))))


def crowd(now: datetime, seed: int) -> None:
    """People of every sort the checks tell apart, several things at once."""
    draw = random.Random(seed)
    bases = (None, "opt_in", "existing_customer", "contract", "business")
    for number in range(120):
        name = f"p{number}"
        one = person(
            name, now, basis=draw.choice(bases), state=draw.choice(("active", "dormant")), kind=draw.choice(("b2c", "b2b")),
            country=draw.choice(("", "FR", "BE")), objected_at=now if draw.random() < 0.1 else None,
            erased_at=now if draw.random() < 0.05 else None,
            paused_until=draw.choice((None, None, None, None, now, now + DAY)), fewer_since=draw.choice((None, None, now)),
        )  # fmt: skip
        database.execute(
            "UPDATE profile SET unreachable = %s, out_of_target = %s, last_legal_contact_at = %s WHERE contact_id = %s",
            [draw.random() < 0.1, draw.random() < 0.1, now - draw.choice((10, 900, 1200)) * DAY, one.pk],
        )
        if draw.random() < 0.3:
            consent(
                one,
                now - draw.choice((1, 200)) * DAY,
                given=draw.random() < 0.5,
                expires_at=draw.choice((None, now - DAY, now + DAY)),
            )
        if draw.random() < 0.3:
            valid = draw.choice((None, True, False))
            ContactPoint.objects.create(contact=one, channel="email", value=f"{name}@second.example.org", valid=valid)
        if draw.random() < 0.1:
            ContactPoint.objects.filter(contact=one).delete()
        if draw.random() < 0.2:
            suppress(
                f"{name}@example.org", draw.choice(("bounced", "not_theirs", "unsubscribed", "complained")), now - DAY
            )
        for place in range(draw.choice((0, 0, 1, 2, 3))):
            at = now - timedelta(hours=draw.choice((2, 30, 80, 150)))
            PressureReservation.objects.create(
                contact_id=one.pk, place=place + 1, message_id=10_000 + number * 10 + place, at=at
            )
        if draw.random() < 0.1:
            message(one, now, "reactivation", state="deferred", not_before=now + draw.choice((0, 2)) * DAY)


@pytest.mark.parametrize("purpose", ["reactivation", "promotion", "relationship", "notice"])
def test_the_preview_says_what_the_gate_says(db: None, now: datetime, purpose: str) -> None:
    OptOutDeclaration.objects.create(by="Camille", at=now)
    CommercialPeriod.objects.create(country="BE", name="fair", starts_at=now - DAY, ends_at=now + DAY)
    crowd(now, seed=len(purpose))
    foreseen = previewed(now, purpose)
    contacts = list(Contact.objects.order_by("id"))
    said = gate.check([message(one, now, purpose).pk for one in contacts], now)
    assert foreseen == {one.pk: verdict.code for one, verdict in zip(contacts, said, strict=True)}
    assert len(set(foreseen.values())) > 3


def test_without_the_former_opt_outs_nobody_passes(db: None, now: datetime) -> None:
    one = person("boris", now)
    assert previewed(now, "reactivation") == {one.pk: "opt_outs_unknown"}


def test_a_preview_leaves_no_trace(db: None, now: datetime) -> None:
    one = anna(now)
    assert previewed(now, "reactivation") == {one.pk: "allowed"}
    assert not VerdictRecord.objects.exists()
    assert not PressureReservation.objects.exists()


def test_the_preview_judges_at_its_instant(db: None, now: datetime) -> None:
    one = anna(now)
    PressureReservation.objects.create(contact_id=one.pk, place=1, message_id=1, at=now - timedelta(hours=2))
    assert previewed(now, "promotion") == {one.pk: "pressure"}
    assert previewed(now + 2 * DAY, "promotion") == {one.pk: "allowed"}
