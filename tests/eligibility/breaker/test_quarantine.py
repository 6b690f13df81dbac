"""Bounces of a provider that jumped wait for a person, who may take them back."""

from datetime import datetime, timedelta

import pytest

from relance.contacts.models import ContactPoint, Suppression
from relance.core.errors import NotFoundError, RefusedError
from relance.core.ids import digest
from relance.core.models import AuditEntry
from relance.eligibility.breaker import quarantine, stage
from relance.eligibility.breaker.models import BreakerOpening
from tests.eligibility.breaker.sending import bounce, journey, send

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def jumped(now: datetime) -> BreakerOpening:
    """A journey stopped at Gmail for 12 bounces of 100; one at Orange bounced too."""
    back = journey("back", now)
    bounce(send(5, now, back, "orange.fr")[:1], now)
    bounce(send(100, now, back)[:12], now)
    stage.run(now)
    return BreakerOpening.objects.get()


def states() -> dict[str, int]:
    reasons = list(ContactPoint.objects.exclude(reason="").values_list("reason", flat=True))
    return {reason: reasons.count(reason) for reason in set(reasons)}


def test_the_bounces_of_the_jump_rest_and_their_suppressions_are_held_back(jumped: BreakerOpening) -> None:
    assert quarantine.held(jumped.pk) == {"held": 12, "restored": 0, "confirmed": 0}
    assert states() == {"quarantined": 12, "bounced": 1}
    orange = ContactPoint.objects.get(reason="bounced")
    assert [bytes(one.digest) for one in Suppression.objects.all()] == [digest(orange.value)]


def test_bounces_that_come_while_it_is_stopped_rest_as_well(jumped: BreakerOpening, now: datetime) -> None:
    late = send(3, now + timedelta(minutes=1), None, "orange.fr")
    from relance.outbox.models import Message

    journeys_own = list(Message.objects.filter(journey_id=jumped.scope.journey_id, state="sent")[:2])
    bounce([one for one in journeys_own if one.state == "sent"], now + timedelta(hours=1))
    bounce(late[:1], now + timedelta(hours=1))
    assert quarantine.held(jumped.pk)["held"] == 12 + sum(
        ContactPoint.objects.get(pk=one.contact_point_id).value.endswith("gmail.com") for one in journeys_own
    )


def test_a_person_restores_them(jumped: BreakerOpening, now: datetime) -> None:
    assert quarantine.decide(jumped.pk, "restored", by="Camille", now=now) == 12
    assert states() == {"bounced": 1}
    assert ContactPoint.objects.filter(valid=None).count() == 12
    assert quarantine.held(jumped.pk) == {"held": 0, "restored": 12, "confirmed": 0}
    assert AuditEntry.objects.get(action="bounces restored").details == {"addresses": 12}
    assert quarantine.decide(jumped.pk, "confirmed", by="Camille", now=now) == 0  # decided already


def test_a_person_confirms_them(jumped: BreakerOpening, now: datetime) -> None:
    quarantine.decide(jumped.pk, "confirmed", by="Camille", now=now)
    assert states() == {"bounced": 13}
    assert Suppression.objects.filter(reason="bounced").count() == 13


def test_a_decision_needs_a_name_a_word_and_a_stop(jumped: BreakerOpening, now: datetime) -> None:
    with pytest.raises(RefusedError, match="name of a person"):
        quarantine.decide(jumped.pk, "restored", by=" ", now=now)
    with pytest.raises(RefusedError, match="restored or confirmed"):
        quarantine.decide(jumped.pk, "forgotten", by="Camille", now=now)
    with pytest.raises(NotFoundError):
        quarantine.decide(jumped.pk + 1, "restored", by="Camille", now=now)
