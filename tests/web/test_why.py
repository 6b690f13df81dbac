"""Why somebody did not get something: what the gate, the journey and its launch say, in sentences."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from relance.contacts.models import Contact
from relance.eligibility import gate
from relance.intake.models import OptOutDeclaration
from relance.journeys import launches
from relance.journeys.models import Enrolment, Journey, Launch, LaunchPerson, LaunchPlan, Version
from relance.segments.models import Membership, Segment
from tests.conftest import NOW
from tests.eligibility.people import anna, message, person, suppress
from tests.web.conftest import SignIn


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The pages read their clock on a morning outside every commercial period."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return NOW


def test_why_a_message_did_not_come(sign_in: SignIn, now: datetime) -> None:
    contact, client = anna(now), sign_in(language="fr")
    suppress("anna@example.org", "unsubscribed", now)
    held = message(contact, now, step="hello")
    gate.check([held], now)
    type(held).objects.filter(pk=held.pk).update(state="blocked", reason="suppressed")
    page = client.get(f"/people/{contact.uuid}/why?about=message/{held.pk}").text
    assert "le garde-fou l’a retenu" in page
    assert "sur la liste d’opposition depuis le" in page
    other = message(person("boris", now), now)
    assert client.get(f"/people/{contact.uuid}/why?about=message/{other.pk}").status_code == 404


DEFINITION = {
    "journey": "back", "purpose": "reactivation", "goal": {"event": "order_placed", "within": "30 days"},
    "entry": {"segment": "sleepers", "again_after": "180 days"}, "exit_when": ["order_placed"],
    "steps": [{"send": {"id": "hello", "channel": "email", "template": "hello"}}, {"wait": "7 days"}, {"sunset": {}}],
}  # fmt: skip


def test_why_somebody_is_not_in_a_journey(sign_in: SignIn, now: datetime) -> None:
    contact, client = anna(now), sign_in()
    journey = Journey.objects.create(name="back", running=True)
    version = Version.objects.create(journey=journey, number=1, definition=DEFINITION, published_at=now)
    path = f"/people/{contact.uuid}/why?about=journey/back"
    assert "Not in the segment “sleepers”" in client.get(path).text
    Membership.objects.create(
        segment=Segment.objects.create(name="sleepers", definition={}), contact=contact, since=now
    )
    assert "Nothing keeps this person out" in client.get(path).text
    Enrolment.objects.create(
        contact=contact, journey=journey, version=version, occasion=1, control=False, entered_at=now, position="", ended_at=now,
        end_reason="sunset",
    )  # fmt: skip
    page = client.get(path).text
    assert "was put to sleep" in page
    assert "too recently" in page
    assert "Was put to sleep by an earlier journey" in page


def launched(now: datetime, start: datetime) -> tuple[Contact, Contact, str]:
    """A journey whose canary was approved, with Anna drawn for it and Boris behind her."""
    journey = Journey.objects.create(name="back", running=True)
    titled = DEFINITION | {"title": {"en": "Wake them", "fr": "Les réveiller"}}
    version = Version.objects.create(journey=journey, number=1, definition=titled, published_at=now)
    sleepers = Segment.objects.create(name="sleepers", definition={"title": {"en": "Sleepers", "fr": "Endormis"}})
    first, second = anna(now), person("boris", now)
    Membership.objects.bulk_create(Membership(segment=sleepers, contact=who, since=now) for who in (first, second))
    made = LaunchPlan.objects.create(
        journey=journey, version=version, start_at=start, canary=1, asked_at=now, by="Denis", made_at=now,
        figures={"counts": {"canary": 1, "waiting": 1, "permission_unknown": 1}},
    )  # fmt: skip
    LaunchPerson.objects.create(plan=made, contact_id=first.pk, code="canary")
    LaunchPerson.objects.create(plan=made, contact_id=second.pk, code="waiting")
    launches.approve(made, by="Denis <denis@example.org>", now=now, checklist=[])
    OptOutDeclaration.objects.create(by="Denis", at=now)
    return first, second, "why?about=journey/back"


def test_why_tells_of_an_approved_canary(sign_in: SignIn, now: datetime) -> None:
    inside, behind, why = launched(now, now)
    client = sign_in()
    assert "Nothing keeps this person out" in client.get(f"/people/{inside.uuid}/{why}").text
    page = client.get(f"/people/{behind.uuid}/{why}").text
    assert "Is not in the canary (1 person, approved by Denis on" in page
    assert "waits until a named person lets the others follow" in page
    LaunchPerson.objects.filter(contact_id=behind.pk).update(code="permission_unknown")
    assert "would have held the message back: no consent known" in client.get(f"/people/{behind.uuid}/{why}").text
    launches.release(Journey.objects.get(), by="Denis", now=now, figures={})
    assert "Nothing keeps this person out" in client.get(f"/people/{behind.uuid}/{why}").text


def test_why_tells_of_the_hour_of_a_launch(sign_in: SignIn, now: datetime) -> None:
    inside, _behind, why = launched(now, now + timedelta(days=3))
    page = sign_in().get(f"/people/{inside.uuid}/{why}").text
    assert "Nobody enters yet: approved by Denis on" in page
    assert "Nothing keeps this person out" not in page


def test_why_tells_a_stop_from_a_pause(sign_in: SignIn, now: datetime) -> None:
    inside, behind, why = launched(now, now)
    client, journey = sign_in(), Journey.objects.get()
    launches.pause(journey, by="Denis", now=now)
    assert "the journey is paused until somebody resumes it" in client.get(f"/people/{inside.uuid}/{why}").text
    launches.resume(journey, by="Denis", now=now)
    launches.stop(journey, by="Chloe <chloe@example.org>", now=now)
    assert "the journey was stopped by Chloe on" in client.get(f"/people/{inside.uuid}/{why}").text
    assert "waits until" not in client.get(f"/people/{behind.uuid}/{why}").text, "nothing to wait for"


def test_why_tells_what_makes_everybody_wait(sign_in: SignIn, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, _behind, why = launched(now, now)
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 27, 9, tzinfo=UTC))
    client = sign_in()
    Launch.objects.update(start_at=datetime(2026, 7, 1, tzinfo=UTC))
    page = client.get(f"/people/{inside.uuid}/{why}").text
    assert "the messages would meet a commercial period (" in page
    assert "Entries open again on 29 December 2026" in page


def test_why_tells_that_the_former_opt_outs_are_missing(sign_in: SignIn, now: datetime) -> None:
    inside, _behind, why = launched(now, now)
    OptOutDeclaration.objects.all().delete()
    assert "the opt-outs of the former tool are not known yet" in sign_in().get(f"/people/{inside.uuid}/{why}").text


def test_a_message_of_a_paused_journey_is_said_to_be_held(sign_in: SignIn, now: datetime) -> None:
    contact, journey = anna(now), Journey.objects.create(name="back", running=False)
    held = message(contact, now, journey_id=journey.pk, state="ready")
    assert (
        "its journey is paused, and holds it"
        in sign_in().get(f"/people/{contact.uuid}/why?about=message/{held.pk}").text
    )


def test_journeys_and_segments_go_by_their_titles(sign_in: SignIn, now: datetime) -> None:
    contact, _behind, _why = launched(now, now)
    journey, version = Journey.objects.get(), Version.objects.get()
    Enrolment.objects.create(
        contact=contact, journey=journey, version=version, occasion=1, control=False, entered_at=now, position="0",
        ended_at=now, end_reason="exit",
    )  # fmt: skip
    message(contact, now, journey_id=journey.pk)
    client = sign_in(language="fr")
    for path in ("", "timeline", "why?about=journey/back"):
        page = client.get(f"/people/{contact.uuid}/{path}").text
        assert "Les réveiller" in page, path
        assert ">back<" not in page
        assert "Entrée dans back" not in page
    page = client.get("/people/?segment=sleepers&entered=back").text
    assert page.count("Endormis") == 3, "the choice, its chip and the button that removes it"
    assert "Les réveiller" in page
