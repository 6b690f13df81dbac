"""A launch that grows by steps, with the real stages: canary, proof, a person's word, the breaker, the allowance."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from relance.contacts.models import Contact, ContactPoint
from relance.core import database, place
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.delivery import folder_mark
from relance.eligibility.breaker import counting
from relance.eligibility.breaker.models import BreakerOpening, BreakerScope
from relance.eligibility.ramp import drawing, opening, plan, ramping, standing, stops, volumes
from relance.feedback import bounces
from relance.feedback.bounces import Bounce
from relance.journeys import launches
from relance.journeys.models import Enrolment, Journey, LaunchPerson, RampStep
from relance.measurement import launching
from relance.outbox.models import Message
from relance.segments.models import Membership
from relance.senders.sender import Sender
from relance.web.people import gates
from relance.workers import stages
from tests.conftest import NOW
from tests.emptied import taken_back
from tests.web import launched

DAY = timedelta(days=1)
ANSWERED = timedelta(days=3, hours=1)  # the slowest usual answer, where nobody tells of complaints
LENIENT = """
breaker: lenient
services:
  brevo: {hard_bounce: 0.45, unsubscribe: 0.45, complaint: 0.45}
signals:
  unsubscribe: {ours: 0.4}
  block: {ours: 0.4}
"""
SKIPPED = frozenset({"heed", "settle", "tally", "alert"})
SILENCES = """
    INSERT INTO profile (contact_id, state, state_since, scored_at, last_purchase_at)
    SELECT id, 'dormant', %(now)s, %(now)s, %(now)s - CASE WHEN id %% 2 = 0 THEN interval '9 months' ELSE interval '30 months' END
    FROM contact
"""
NEW = (
    """
    INSERT INTO contact (first_name, last_name, name_key, first_seen_at)
    SELECT 'New' || n, 'Come', 'come new' || n, %(at)s FROM generate_series(1, %(people)s) n
    """,
    """
    INSERT INTO contact_point (contact_id, channel, value, valid)
    SELECT id, 'email', 'n' || id || CASE WHEN id %% 3 = 0 THEN '@gmail.com' ELSE '@example.org' END, true
    FROM contact WHERE last_name = 'Come'
    """,
    "INSERT INTO consent (contact_id, channel, given, at) SELECT id, 'email', true, %(at)s FROM contact WHERE last_name = 'Come'",
    """
    INSERT INTO profile (contact_id, state, state_since, scored_at, last_purchase_at)
    SELECT id, 'dormant', %(at)s, %(at)s, %(at)s FROM contact WHERE last_name = 'Come'
    """,
    "INSERT INTO membership (segment_id, contact_id, since) SELECT %(segment)s, id, %(at)s FROM contact WHERE last_name = 'Come'",
)


@pytest.fixture(scope="module")
def base(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """400 people, half of them silent for 9 months, the others for 30; half of each at Gmail; nothing started."""
    folder = tmp_path_factory.mktemp("ramp")
    with database.scratch(), place.elsewhere(data=folder / "data", lake=str(folder / "lake")):
        launched.publish(NOW, people=400)
        database.execute("UPDATE contact_point SET value = 'p' || contact_id || '@gmail.com' WHERE contact_id % 8 < 4")
        database.execute(SILENCES, {"now": NOW})
        yield


@pytest.fixture
def db(base: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """That base, with limits so lenient that twenty messages prove something; as it was after each test."""
    (tmp_path / "limits.yaml").write_text(LENIENT)
    changed = {"mailing_service": "brevo", "breaker_limits": str(tmp_path / "limits.yaml")}
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=changed))
    with taken_back():
        yield
    (place.current().data / folder_mark.NAME).unlink(missing_ok=True)  # else the folder remembers what was taken back


@pytest.fixture
def journey(db: None) -> Journey:
    """The journey, its canary of 20 on the way."""
    made = launched.plan(NOW)
    launching.approve(made, by="Camille", now=NOW)
    live(NOW)
    return made.journey


def live(now: object) -> None:
    for _ in stages.run(now, nightly=False, skip=SKIPPED):  # type: ignore[arg-type]
        pass


def entered(*, control: bool = False) -> set[int]:
    return set(Enrolment.objects.filter(control=control).values_list("contact_id", flat=True))


def told(journey: Journey, now: object) -> dict[str, object]:
    found = standing.standing(journey, now)  # type: ignore[arg-type]
    assert found is not None
    return found


def stop(journey: Journey, provider: str = "gmail", at: datetime = NOW + 3 * DAY) -> BreakerOpening:
    scope, _ = BreakerScope.objects.get_or_create(
        journey_id=journey.pk, sender=counting.sender(), provider=provider, signal="hard_bounce"
    )
    return BreakerOpening.objects.create(scope=scope, opened_at=at, sends=9, bad=5, evidence=5, threshold=4)


def close(now: datetime) -> None:
    BreakerOpening.objects.filter(closed_at=None).update(closed_at=now, closed_by="Denis", reason="cleaned")


def test_one_canary_is_told_whatever_band_begins(journey: Journey) -> None:
    first = RampStep.objects.get()
    RampStep.objects.create(
        plan=first.plan,
        number=2,
        band="over_24_months",
        providers={"gmail": 20},
        released_at=NOW,
        released_by="Camille",
    )
    assert [step["canary"] for step in told(journey, NOW)["steps"]] == [True, False]  # type: ignore[attr-defined]


def test_the_canary_is_the_youngest_band_drawn_within_providers(journey: Journey) -> None:
    first = RampStep.objects.get()
    assert (first.number, first.band, first.released_by) == (1, "6_to_12_months", "Camille")
    assert sum(first.providers.values()) == 20 == len(entered())
    assert all(who % 2 == 0 for who in entered() | entered(control=True))
    band = drawing.left(first.plan_id)[first.band]
    whole = {name: band[name] + first.providers[name] for name in band}
    assert all(abs(first.providers[name] - 20 * people / sum(whole.values())) < 1 for name, people in whole.items())


def test_nothing_follows_until_it_is_answered_then_proof_releases(journey: Journey) -> None:
    live(NOW + 2 * DAY)
    assert RampStep.objects.count() == 1, "the answers may still come"
    assert not told(journey, NOW + 2 * DAY)["next"]["proved"]  # type: ignore[index]
    live(NOW + ANSWERED)
    live(NOW + ANSWERED + timedelta(minutes=1))
    second = RampStep.objects.get(number=2)
    assert (second.band, second.released_by, second.evidence["proved"]) == ("6_to_12_months", "", True)
    assert len(entered()) == 20 + sum(second.providers.values())
    assert AuditEntry.objects.get(action="ramp step released").actor == "Relance"
    assert RampStep.objects.count() == 2, "the second one is not answered yet"


def test_bad_answers_prove_nothing(journey: Journey) -> None:
    some = Message.objects.filter(sent_at__isnull=False).order_by("pk")[:4]
    bounces.record_many([Bounce(one.pk, "hard", "550 5.1.1 unknown") for one in some], NOW + DAY)
    live(NOW + ANSWERED)
    assert RampStep.objects.count() == 1
    sentences = told(journey, NOW + ANSWERED)["next"]["sentences"]  # type: ignore[index]
    assert any("4 in 20 answered sends" in one for one in sentences["en"])
    assert any("Aucun désabonnement sur 20 envois" in one for one in sentences["fr"])


def test_a_person_releases_with_a_reason_and_each_band_begins_with_a_canary(journey: Journey) -> None:
    with pytest.raises(RefusedError, match="a reason"):
        ramping.release(journey, by="Denis", reason="", now=NOW + DAY)
    with pytest.raises(RefusedError, match=r"Step 3 of .* came in meanwhile"):
        ramping.release(journey, by="Denis", reason="looked at another step", now=NOW + DAY, number=3)
    while ramping.waiting(journey.pk):
        ramping.release(journey, by="Denis", reason="few people, looked at by hand", now=NOW + DAY)
    steps = list(RampStep.objects.order_by("number"))
    sizes = [(step.band, sum(step.providers.values())) for step in steps]
    assert [size for band, size in sizes if band == "over_24_months"][:2] == [20, 60]
    assert [band for band, _ in sizes] == sorted(
        (band for band, _ in sizes), key=["6_to_12_months", "over_24_months"].index
    )
    assert steps[1].evidence["lines"][0]["sends"] == 0, "what was not known is kept"
    live(NOW + DAY)
    launch = launches.in_force(journey.pk)
    assert launch is not None
    assert launch.canary is None
    assert entered() | entered(control=True) == set(ContactPoint.objects.values_list("contact_id", flat=True)), (
        "nobody is lost"
    )
    assert max(Counter(Enrolment.objects.values_list("contact_id", flat=True)).values()) == 1, "nobody enters twice"
    assert not LaunchPerson.objects.filter(plan_id=launch.plan_id, step=0).exclude(band="").exists()
    with pytest.raises(RefusedError, match="waits for its release"):
        ramping.release(journey, by="Denis", reason="once more", now=NOW + DAY)


def test_a_stop_holds_the_ramp_at_its_provider_and_the_others_go_on_by_their_own_proof(journey: Journey) -> None:
    addresses = ContactPoint.objects.filter(value__endswith="@gmail.com").values("pk")
    gmail = Message.objects.filter(sent_at__isnull=False, contact_point_id__in=addresses).order_by("pk")
    bounces.record_many([Bounce(one.pk, "hard", "550 5.1.1 unknown") for one in gmail[:8]], NOW + DAY)
    counting.fold()
    assert ramping.release_by_proof(journey, NOW + ANSWERED) is None, "taken together they prove nothing"
    stop(journey)
    found = told(journey, NOW + ANSWERED)["next"]
    assert found["proved"]  # type: ignore[index]
    assert any("stops this journey or its sender at Gmail" in one for one in found["sentences"]["en"])  # type: ignore[index]
    step = ramping.release_by_proof(journey, NOW + ANSWERED)
    assert step is not None
    assert step.providers
    assert "gmail" not in step.providers
    left = drawing.left(opening_plan(journey))
    gmail_left = sum(counts.get("gmail", 0) for counts in left.values())
    assert told(journey, NOW + ANSWERED)["next"]["held"] == {"gmail": gmail_left}  # type: ignore[index]


def test_the_others_go_to_the_end_and_the_journey_opens_only_with_the_last(journey: Journey) -> None:
    opening = stop(journey)
    while any(set(counts) - {"gmail"} for counts in drawing.left(opening_plan(journey)).values()):
        ramping.release(journey, by="Denis", reason="by hand", now=NOW + 4 * DAY)
    with pytest.raises(RefusedError, match="breaker stops"):
        ramping.release(journey, by="Denis", reason="by hand", now=NOW + 4 * DAY)
    assert set(drawing.left(opening_plan(journey))) == {"6_to_12_months", "over_24_months"}
    assert {name for counts in drawing.left(opening_plan(journey)).values() for name in counts} == {"gmail"}
    launch = launches.in_force(journey.pk)
    assert launch is not None
    assert launch.canary is not None, "Gmail's people still wait"
    BreakerOpening.objects.filter(pk=opening.pk).update(closed_at=NOW + 5 * DAY, closed_by="Denis", reason="cleaned")
    while ramping.waiting(journey.pk):
        ramping.release(journey, by="Denis", reason="by hand", now=NOW + 6 * DAY)
    assert not drawing.left(opening_plan(journey))


def opening_plan(journey: Journey) -> int:
    plan_id = launches.in_force(journey.pk).plan_id  # type: ignore[union-attr]
    assert plan_id is not None
    return plan_id


def test_a_provider_resumes_a_step_lower_and_counts_what_was_sent_since(journey: Journey) -> None:
    ramping.release(journey, by="Denis", reason="by hand", now=NOW + DAY)
    last_of = RampStep.objects.get(number=2).providers
    stop(journey)
    assert stops.of(journey.pk).open == {"gmail"}
    close(NOW + 4 * DAY)
    launch, last = ramping.waiting(journey.pk)  # type: ignore[misc]
    following = ramping.following(launch, last, NOW + 5 * DAY)
    assert following.lowered
    assert following.providers["gmail"] <= last_of["gmail"] / plan.GROWTH + 1
    others = {name: people for name, people in following.providers.items() if name != "gmail"}
    assert sum(others.values()) > sum(people for name, people in last_of.items() if name != "gmail")
    since = stops.of(journey.pk).since(last_of, NOW)
    assert since == {name: NOW + 4 * DAY if name == "gmail" else NOW for name in last_of}
    ramping.release(journey, by="Denis", reason="by hand", now=NOW + 5 * DAY)
    third = RampStep.objects.get(number=3)
    assert stops.caps(third.plan_id, third.band, stops.of(journey.pk)) == {"gmail": third.providers["gmail"] * 3}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_stopped_and_closed_on_the_way_nobody_is_lost_and_nobody_enters_where_it_is_stopped(
    journey: Journey, seed: int
) -> None:
    chance, now, released = Random(seed), NOW + 4 * DAY, 0
    while ramping.waiting(journey.pk) and released < 60:
        now += timedelta(hours=30)
        if chance.random() < 0.3:
            close(now - timedelta(hours=1))
        held = stops.of(journey.pk).open
        if chance.random() < 0.4 and not held:
            stop(journey, chance.choice(["gmail", "other", "everyone"]), now)
            held = stops.of(journey.pk).open
        try:
            step = ramping.release(journey, by="Denis", reason="by hand", now=now)
        except RefusedError:
            close(now)
            continue
        released += 1
        assert not held & {name for name, people in step.providers.items() if people}
    assert ramping.waiting(journey.pk) is None
    steps = LaunchPerson.objects.exclude(band="").values_list("step", flat=True)
    assert 0 not in set(steps)


def test_no_provider_gets_more_than_it_grew_used_to(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LEAST_DAILY", 15)
    canary = RampStep.objects.get().providers
    room = volumes.room(canary, NOW + timedelta(hours=1), Sender.of_settings())
    assert room == {name: 15 - people for name, people in canary.items()}
    step = ramping.release(journey, by="Denis", reason="by hand", now=NOW + timedelta(hours=1))
    assert all(people <= room[name] for name, people in step.providers.items())
    with pytest.raises(RefusedError, match="used up"):
        ramping.release(journey, by="Denis", reason="by hand", now=NOW + timedelta(hours=2))
    assert any(volumes.room(canary, NOW + 2 * DAY, Sender.of_settings()).values()), "tomorrow there is room again"


def newcomers(people: int, now: datetime) -> None:
    """People who come into the segment, a third of them at Gmail, with consent and nine months of silence."""
    values = {
        "at": now - 400 * DAY,
        "people": people,
        "segment": Membership.objects.values_list("segment_id", flat=True)[0],
    }
    for statement in NEW:
        database.execute(statement, values)


@pytest.fixture
def opened(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> Journey:
    """The journey after its last step, at a sender that providers are used to get little from."""
    while ramping.waiting(journey.pk):
        ramping.release(journey, by="Denis", reason="by hand", now=NOW + DAY)
    live(NOW + DAY)
    Enrolment.objects.update(
        ended_at=NOW + 2 * DAY, due_at=None, end_reason="completed"
    )  # their later mails are not its matter
    monkeypatch.setattr(plan, "LEAST_DAILY", 12)
    return journey


def test_after_the_last_step_whoever_comes_enters_as_providers_grow_used_to_it(opened: Journey) -> None:
    before, now = entered(), NOW + 40 * DAY  # the ramp's own days are not of late any more
    newcomers(120, now)
    days = []
    while len(days) < 30 and (not days or days[-1]):
        room = volumes.room(["gmail", "other"], now, Sender.of_settings())
        already = entered()
        for minute in range(3):
            live(now + timedelta(minutes=minute))
        new = Counter(
            "gmail" if value.endswith("@gmail.com") else "other"
            for value in ContactPoint.objects.filter(contact_id__in=entered() - already).values_list("value", flat=True)
        )
        assert all(new[name] <= room[name] for name in room)
        days.append(sum(new.values()))
        now += DAY + timedelta(hours=1)
    assert days[0] == 24, "twelve at each"
    assert days[1] == 36, "half as much again, once that much was sent"
    assert sum(days) == len(entered() - before)
    assert len(entered() | entered(control=True)) == 520, "nobody is lost, and nobody enters twice"
    assert told(opened, now)["opening"] is None


def test_who_waits_for_the_allowance_is_told_in_both_languages(opened: Journey) -> None:
    newcomers(120, NOW + 40 * DAY)
    live(NOW + 40 * DAY)
    found = told(opened, NOW + 40 * DAY + timedelta(minutes=5))["opening"]
    assert found["room"]["gmail"] == 0  # type: ignore[index]
    assert any("wait to enter" in one for one in found["sentences"]["en"])  # type: ignore[index]
    assert any("Gmail" in one and "aujourd’hui" in one for one in found["sentences"]["fr"])  # type: ignore[index]


def test_why_somebody_is_not_in_the_journey_knows_the_allowance(opened: Journey) -> None:
    now = NOW + 40 * DAY
    newcomers(120, now)
    live(now)
    launch = launches.in_force(opened.pk)
    assert launch is not None
    waiting = Contact.objects.filter(last_name="Come").exclude(pk__in=entered() | entered(control=True)).first()
    assert waiting is not None
    [said] = gates.allowance(waiting, launch.version, launch, now + timedelta(minutes=5))
    assert "used up today" in said


def test_a_journey_without_a_ramp_lets_everybody_in(journey: Journey) -> None:
    launch = launches.in_force(journey.pk)
    assert launch is not None
    assert opening.room(launch.version, None, NOW) is None
    assert opening.room(launch.version, launch, NOW) is None, "its steps bound it"
