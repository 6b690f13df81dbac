"""Who would get a first message, before a launch; and that a launch then does just that, canary first."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from relance.accounts.models import User
from relance.core import database
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.eligibility.models import PressureReservation, VerdictRecord
from relance.eligibility.ramp import ramping
from relance.eligibility.reasons import REASONS
from relance.journeys import launches, publishing
from relance.journeys.models import Enrolment, Launch, LaunchPerson, LaunchPlan, RampStep
from relance.measurement import before, launching, tallies, waterfall
from relance.outbox.models import Message
from relance.rehearsal import demonstration
from relance.workers import stages

JOURNEY = demonstration.JOURNEY
DAY = timedelta(days=1)
GATE = {"enter", "advance", "dispatch"}
SKIPPED = frozenset({"heed", "settle", "tally"})


@pytest.fixture
def clean(shop: None) -> Iterator[None]:
    """That shop, with nothing launched."""
    yield
    database.execute(
        "TRUNCATE launch, launch_plan, launch_person, launch_rehearsal, ramp_step, "
        "enrolment, message, verdict, pressure_reservation, journey_tally"
    )
    database.execute("DELETE FROM event WHERE properties ? 'journey'")
    database.execute("UPDATE journey SET running = false")
    User.objects.all().delete()


def planned(now: datetime, *, canary: int = 20, start: datetime | None = None) -> LaunchPlan:
    plan = launching.ask(publishing.latest(JOURNEY), start=start or now, canary=canary, by="Camille", now=now)
    return waterfall.work_out(plan, now)


def people(plan: LaunchPlan, *codes: str) -> set[int]:
    return set(LaunchPerson.objects.filter(plan=plan, code__in=codes).values_list("contact_id", flat=True))


def entered(*, control: bool) -> set[int]:
    return set(Enrolment.objects.filter(control=control).values_list("contact_id", flat=True))


def live(now: datetime) -> None:
    for _ in stages.run(now, nightly=False, skip=SKIPPED):
        pass


def test_every_member_stands_in_one_bar(clean: None, now: datetime) -> None:
    plan = planned(now)
    bars = launching.groups(plan)
    ((members,),) = database.rows(
        "SELECT count(*) FROM membership m JOIN segment s ON s.id = m.segment_id WHERE s.name = 'dormant-buyers'"
    )
    assert bars[0].people == members == LaunchPerson.objects.filter(plan=plan).count()
    assert bars[0].people - sum(bar.people for bar in bars[1:-1]) == bars[-1].people == bars[-1].left == 20
    assert [bar.name for bar in bars][:2] == ["segment", "inside"]


def test_who_dilutes_the_effect_is_who_the_bars_take_away_for_good(clean: None, now: datetime) -> None:
    plan = planned(now)
    bars = {bar.name: bar.people for bar in launching.groups(plan)}
    held = sum(bars[name] for name in before.HELD_BACK) - plan.figures["counts"].get("erased", 0)
    assert bars["suppressed"] + bars["unreachable"] > 0
    assert plan.figures["whole"]["held_back"] == held == before.expected(JOURNEY, now).held_back
    assert f"For {held} of these" in plan.figures["whole"]["sentences"]["en"]


def test_one_rate_of_those_who_come_back_by_themselves_is_shown_by_the_launch_and_by_its_pre_flight(
    clean: None, now: datetime
) -> None:
    plan = planned(now)
    told = plan.figures["preflight"]["expected"]["results"]
    alone = next(one["value"] for one in told["figures"] if one["code"] == "people_alone")
    assert plan.figures["base"]["rate"] == pytest.approx(alone / told["treated"])
    assert plan.figures["whole"]["effect"] == plan.figures["preflight"]["expected"]["smallest_effect"]


@pytest.mark.parametrize("hour", [0, 14])
@pytest.mark.parametrize("canary", [7, 20])
def test_bars_groups_and_the_steps_of_the_ramp_are_one_audience(
    clean: None, now: datetime, canary: int, hour: int
) -> None:
    plan = planned(now, canary=canary, start=now + timedelta(hours=hour))  # by night, quiet hours hold back most
    counts, whole, told = (plan.figures[name] for name in ("counts", "whole", "preflight"))
    bars = {bar.name: bar for bar in launching.groups(plan)}
    first, follow = bars["canary"].people, bars["waiting"].people
    assert (first, follow) == (counts["canary"], waterfall.following(counts))
    assert told["ramp"]["steps"][0]["people"] == first
    assert sum(step["people"] for step in told["ramp"]["steps"]) == told["ramp"]["people"] == first + follow
    assert told["audience"]["reachable"] == first + follow
    assert whole["treated"] + whole["control"] - whole["held_back"] == first + follow + bars["control"].people
    if hour:
        assert counts["quiet_hours"] > 0
        assert bars["waiting"].codes["quiet_hours"] == counts["quiet_hours"]
        assert counts["control_later"] > counts.get("canary_control", 0)
    approved = launching.approve(plan, by="Camille", now=now)
    known = ramping.waiting(plan.journey_id)
    assert known is not None
    assert ramping.following(*known, plan.start_at).waiting == follow, "the control group is nobody's step"
    assert approved.figures["counts"] == counts


def test_where_there_is_no_canary_nobody_comes_after_it() -> None:
    bars = {bar.name: bar.people for bar in waterfall.bars({"commercial_period": 40, "control": 5})}
    assert (bars["period"], bars["waiting"], bars["canary"]) == (40, 0, 0)


def test_every_refusal_of_the_gate_has_its_bar() -> None:
    later = {"expired", "goal_reached", "enrolment_ended"}  # of passages that began
    later |= {"budget_of_month_spent", "budget_spent"}  # money is counted when messages leave
    known = {code for codes in waterfall.BARS.values() for code in codes}
    assert set(REASONS) - later - {"allowed"} <= known


def test_what_was_foreseen_is_what_happens(clean: None, now: datetime) -> None:
    plan = planned(now, canary=10_000)
    assert not VerdictRecord.objects.exists()
    assert not PressureReservation.objects.exists()
    publishing.start(JOURNEY)
    live(now)
    said = dict(database.rows("SELECT contact_id, code FROM verdict"))
    assert Counter(said.values())["allowed"] > 50
    assert {who for who, code in said.items() if code == "allowed"} == people(plan, "canary")
    refused = {(who, code) for who, code in said.items() if code != "allowed"}
    assert refused <= set(LaunchPerson.objects.filter(plan=plan).values_list("contact_id", "code"))
    assert entered(control=True) >= people(plan, "canary_control")
    again = planned(now + timedelta(hours=1))
    assert set(again.figures["counts"]) <= {"in_journey", "too_recent"}


def test_only_the_canary_enters_at_its_hour(clean: None, now: datetime) -> None:
    plan = planned(now, start=now + DAY)
    launching.approve(plan, by="Camille <camille@example.org>", now=now)
    live(now)
    assert not Enrolment.objects.exists(), "before its hour nobody enters"
    live(now + DAY)
    assert entered(control=False) == people(plan, "canary")
    assert entered(control=True) == people(plan, "canary_control")
    assert Message.objects.filter(sent_at__isnull=False).count() == 20
    live(now + DAY + timedelta(hours=1))
    assert len(entered(control=False)) == 20


def test_a_person_lets_the_others_follow(clean: None, now: datetime) -> None:
    plan = planned(now)
    launching.approve(plan, by="Camille", now=now)
    live(now)
    journey = plan.journey
    steps = 1
    while launches.in_force(journey.pk).canary:  # type: ignore[union-attr]
        ramping.release(journey, by="Denis", reason="no bounce so far", now=now + DAY)
        steps += 1
    live(now + DAY)
    assert entered(control=False) >= people(plan, "canary", "waiting")
    assert 2 < steps == RampStep.objects.filter(plan=plan).count()
    with pytest.raises(RefusedError, match="waits for its release"):
        ramping.release(journey, by="Denis", reason="once more", now=now + DAY)
    kept = Launch.objects.order_by("id").values_list("approved_by", "canary")
    assert list(kept) == [("Camille", 20), ("Denis", None)]
    assert AuditEntry.objects.filter(action="canary released", actor="Denis").exists()


def test_a_stopped_journey_sends_nothing_more(clean: None, now: datetime) -> None:
    launching.approve(planned(now, canary=10_000), by="Camille", now=now)
    live(now)
    assert entered(control=True)
    launches.stop(launches.journey(JOURNEY), by="Denis", now=now)
    publishing.start(JOURNEY)
    live(now + 8 * DAY)
    assert set(Message.objects.values_list("step", flat=True)) == {"hello"}
    assert Enrolment.objects.filter(control=True, ended_at=None).exists(), "the comparison goes on"


def test_whoever_wrote_it_does_not_approve_it(clean: None, now: datetime) -> None:
    plan = planned(now)
    AuditEntry.objects.create(at=now, actor="Anna <anna@example.org>", action="publish journey", subject=f"{JOURNEY} 1")
    launching.approve(plan, by="anna@example.org <anna@example.org>", now=now)  # a single account: nobody else could
    plan = planned(now)  # a plan is approved once
    for name in ("anna", "denis"):
        User.objects.create(email=f"{name}@example.org", name=name, role="approver")
    with pytest.raises(RefusedError, match="somebody else"):
        launching.approve(plan, by="anna@example.org <anna@example.org>", now=now)
    assert launching.approve(plan, by="Denis <denis@example.org>", now=now).canary == 20
    AuditEntry.objects.filter(action="publish journey").delete()


def test_what_blocks_blocks(clean: None, now: datetime) -> None:
    plan = planned(now)
    with pytest.raises(RefusedError, match="worked out on"):
        launching.approve(plan, by="Camille", now=now + 3 * DAY)
    summer = planned(now, start=datetime(2026, 11, 24, 9, 0, tzinfo=now.tzinfo))
    with pytest.raises(RefusedError, match="Black Friday"):
        launching.approve(summer, by="Camille", now=now)
    assert not Launch.objects.exists()


def test_counts_are_kept_and_made_again_when_stale(clean: None, now: datetime) -> None:
    launching.approve(planned(now), by="Camille", now=now)
    live(now)
    journey = launches.journey(JOURNEY)
    first = tallies.of(journey, now)
    assert (first.figures["entered"], tallies.sent(first.figures)) == (20, 20)
    Message.objects.all().delete()
    assert tallies.sent(tallies.of(journey, now + timedelta(seconds=1)).figures) == 20
    assert tallies.sent(tallies.of(journey, now + timedelta(minutes=1)).figures) == 0


def test_plans_that_nothing_needs_are_forgotten(clean: None, now: datetime) -> None:
    first = planned(now)
    second = planned(now)
    assert list(LaunchPlan.objects.values_list("pk", flat=True)) == [second.pk]
    launching.approve(second, by="Camille", now=now)
    third = planned(now)
    assert set(LaunchPerson.objects.values_list("plan_id", flat=True)) == {second.pk, third.pk}
    assert first.pk not in LaunchPlan.objects.values_list("pk", flat=True)
