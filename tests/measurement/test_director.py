"""What the pages are told: proposals in their rank, risks at their limits, the director's figures; computed by hand."""

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings

from relance.measurement import director, proposals, risks
from relance.measurement.intervals import Interval
from relance.measurement.overview import Addresses, Mails, Overview, Sleepers
from relance.measurement.volumes import ExitVolume, StepVolume, VerdictVolume, Volumes
from tests.measurement.made_up import result


def base(**more: Any) -> Overview:
    """A base of 1,000 people who brought 10,000 in all: one person is worth 10."""
    health = {"people": 1_000, "states": {"dormant": 100, "very_dormant": 60}, "false_inactive": 0, "revenue": 10_000.0}
    return Overview(health | more.pop("health", {}), **more)


def codes(found: Overview) -> list[str]:
    return [proposal.code for proposal in proposals.ranked(found)]


def test_a_base_without_trouble_calls_for_nothing() -> None:
    assert codes(base()) == []


def test_waking_brings_a_half_to_two_hundredths_of_what_the_reachable_spent() -> None:
    (wake,) = proposals.ranked(base(sleepers=Sleepers(150, 120, 9_000.0, 8_000.0)))
    assert (wake.code, wake.people, wake.low, wake.high, wake.weight) == ("wake", 120, 40.0, 160.0, 100.0)


def test_sleepers_nobody_may_write_to_are_not_to_be_woken() -> None:
    assert codes(base(sleepers=Sleepers(150, 0, 9_000.0, 0.0))) == []


@pytest.mark.parametrize(("silent", "proposed"), [(199, []), (200, ["rest"])])
def test_mails_to_the_silent_are_to_stop_from_a_fifth_on(silent: int, proposed: list[str]) -> None:
    assert codes(base(mails=Mails(1_000, silent))) == proposed


@pytest.mark.parametrize(("unknown", "proposed"), [(99, []), (100, ["bring_history"])])
def test_history_is_missing_from_a_tenth_of_undetermined_on(unknown: int, proposed: list[str]) -> None:
    assert codes(base(health={"states": {"undetermined": unknown}})) == proposed


def test_three_are_proposed_the_most_valuable_first() -> None:
    found = base(
        health={"false_inactive": 50, "states": {"undetermined": 300}},  # weights 5 and 30
        addresses=Addresses(suggestions=40),  # 8
        sleepers=Sleepers(10, 10, 800.0, 800.0),  # 10
    )
    assert [(one.code, one.weight) for one in proposals.ranked(found)] == [
        ("bring_history", pytest.approx(30.0)), ("wake", pytest.approx(10.0)), ("mend_addresses", pytest.approx(8.0)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bounced", "level"), [(0, "low"), (7, "low"), (8, "medium"), (15, "medium"), (16, "high"), (1_000, "high")]
)
def test_hard_bounces_warn_from_8_and_alarm_from_16_in_a_thousand(bounced: int, level: str) -> None:
    found = {risk.code: risk for risk in risks.found(base(mails=Mails(0, 0, 1_000, bounced)))}
    assert (found["hard_bounces"].level, found["hard_bounces"].share) == (level, bounced / 1_000)


@pytest.mark.parametrize(("silent", "level"), [(19, "low"), (20, "medium"), (39, "medium"), (40, "high")])
def test_mails_to_the_silent_warn_from_a_fifth_and_alarm_from_two(silent: int, level: str) -> None:
    assert {risk.code: risk.level for risk in risks.found(base(mails=Mails(100, silent)))}["mails_to_silent"] == level


@pytest.mark.parametrize(("unverified", "level"), [(19, "low"), (20, "medium"), (49, "medium"), (50, "high")])
def test_unverified_addresses_warn_from_a_fifth_and_alarm_from_half(unverified: int, level: str) -> None:
    found = risks.found(base(addresses=Addresses(all=100, unverified=unverified)))
    assert {risk.code: risk.level for risk in found}["unverified"] == level


def test_where_nothing_tells_the_risk_is_unknown_and_never_low() -> None:
    assert {risk.level for risk in risks.found(base())} == {"unknown"}
    assert risks.level(base()) == "unknown"


def test_no_bounce_means_nothing_where_nothing_tells_of_bounces() -> None:
    found = {risk.code: risk for risk in risks.found(base(mails=Mails(0, 0, 524, 0, bounces_told=False)))}
    assert (found["hard_bounces"].level, found["hard_bounces"].share) == ("unknown", None)


def test_the_worst_sign_comes_first_and_is_the_level_of_all() -> None:
    found = base(mails=Mails(100, 20, 1_000, 16), addresses=Addresses(all=10))
    assert [risk.code for risk in risks.found(found)] == ["hard_bounces", "mails_to_silent", "unverified"]
    assert risks.level(found) == "high"


def volumes() -> Volumes:
    steps = [StepVolume("hello", "a", 100, {}, {"sent": 80}), StepVolume("offer", "", 30, {}, {"sent": 20})]
    verdicts = [
        VerdictVolume("allow", "allowed", 100, 100, 130),
        VerdictVolume("block", "suppressed", 9, 7, 130),
        VerdictVolume("block", "permission_unknown", 3, 3, 130),
        VerdictVolume("defer", "commercial_period", 40, 12, 130),
        VerdictVolume("block", "goal_reached", 2, 2, 130),
    ]
    exits = [ExitVolume("sunset", 25, 0), ExitVolume("goal", 5, 1)]
    return replace(result().volumes, steps=steps, verdicts=verdicts, exits=exits)


def test_the_directors_figures_are_counted_once_each() -> None:
    told = director.summary(replace(result(), volumes=volumes()), base(mails=Mails(1_000, 320)))
    assert (told.sent, told.cost) == (100, pytest.approx(100 * float(settings.RELANCE.mail_cost)))
    assert (told.let_go, told.mails_spared) == (25, pytest.approx(25 * 320 / 160))
    assert told.refusals == {"permission": 10, "period": 12, "other": 2}


def test_mails_spared_are_not_told_where_no_base_tells_them() -> None:
    told = director.summary(replace(result(), volumes=volumes()), None)
    assert told.mails_spared == 0.0


@pytest.mark.parametrize(
    ("low", "high", "finished", "proven"),
    [
        (10.0, 90.0, True, True),
        (-90.0, -10.0, True, True),
        (-1.0, 90.0, True, False),
        (0.0, 90.0, True, False),
        (10.0, 90.0, False, False),
    ],
)
def test_a_gain_is_proven_only_when_finished_and_away_from_zero(
    low: float, high: float, finished: bool, proven: bool
) -> None:
    measured = result(finished=finished)
    measured = replace(
        measured, revenue=replace(measured.revenue, incremental=50.0, incremental_interval=Interval(low, high))
    )
    assert director.summary(measured, None).proven is proven


def test_a_sign_keeps_what_it_is_a_share_of() -> None:
    (sign,) = [one for one in risks.found(base(mails=Mails(100, 25))) if one.code == "mails_to_silent"]
    assert (sign.part, sign.whole, sign.share) == (25, 100, 0.25)
