"""What a start is expected to bring: read from this base's history, added to only by what a control group measured."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from relance.contacts.models import Contact
from relance.core.durations import Duration
from relance.events import hot
from relance.events.schemas import PURCHASES
from relance.intake import sources
from relance.intake.models import Coverage
from relance.journeys.models import Enrolment, Journey, LaunchRehearsal, Version
from relance.measurement import snapshots
from relance.measurement.preflight import natural_return, results, results_words
from relance.measurement.preflight.natural_return import NEVER, Sums
from relance.measurement.preflight.results import Results
from tests.measurement.conftest import Running, definition_of, publish

MONTH = Duration(30, "day")


def people(now: datetime, count: int, *orders: tuple[float, int]) -> list[int]:
    """Let so many people be known, each with orders so many days ago of such amounts."""
    shop = sources.source_id("shop", now)
    who = Contact.objects.bulk_create(Contact(first_seen_at=now - timedelta(700)) for _ in range(count))
    hot.insert(
        hot.NewEvent(
            person.pk, shop, "order_placed", now - timedelta(days), Decimal(amount), reference=f"{person.pk}-{days}"
        )
        for person in who
        for days, amount in orders
    )
    return [person.pk for person in who]


def expected(running: Running, treated: list[int]) -> Results:
    return results.expected(running.version, treated, start=running.now, now=running.now)


def test_people_alike_tell_window_by_window(running: Running, now: datetime) -> None:
    treated = people(now, 200, (400, 50))
    people(now, 90, (430, 50), (10, 20))  # silent for 400 days at the last window's beginning, and came back in it
    people(now, 10, (430, 50), (12, 20), (11, 20))
    people(now, 500, (20, 40))  # bought for the first time in the last window
    found = natural_return.watch(PURCHASES, treated, MONTH, start=now, now=now)
    assert found.refusal == ""
    assert found.treated == {(7, 0): 200}
    assert len(found.windows) == 12
    latest = found.windows[0][7, 0]
    assert latest == Sums(300, 100, 110.0, 90 + 40.0, 90 * 20 + 10 * 40.0, 90 * 400 + 10 * 1600.0)
    assert found.windows[1][7, 0].returned == 0
    assert NEVER not in found.windows[0], "nobody of the treated has never come"


def test_who_a_reactivation_wrote_to_tells_nothing_of_coming_back_by_oneself(running: Running, now: datetime) -> None:
    treated, written = people(now, 200, (400, 50)), people(now, 50, (430, 50), (10, 20))
    Enrolment.objects.bulk_create(
        Enrolment(
            contact_id=one, journey=running.journey, version=running.version, occasion=1, control=one == written[0],
            entered_at=now - timedelta(20), position="0",
        )
        for one in written
    )  # fmt: skip
    found = natural_return.watch(PURCHASES, treated, MONTH, start=now, now=now)
    assert (found.windows[0][7, 0].watched, found.windows[0][7, 0].returned) == (201, 1), "the control group does"


def test_who_never_came_is_told_of_by_those_who_had_not(running: Running, now: datetime) -> None:
    treated = people(now, 150)
    people(now, 50, (10, 30))
    found = natural_return.watch(PURCHASES, treated, MONTH, start=now, now=now)
    assert found.treated == {NEVER: 150}
    assert (found.windows[0][NEVER].watched, found.windows[0][NEVER].returned) == (200, 50)
    assert found.windows[1][NEVER].returned == 0


def test_a_start_to_come_adds_to_the_silence(running: Running, now: datetime) -> None:
    treated = people(now, 150, (340, 30))
    later = natural_return.watch(PURCHASES, treated, MONTH, start=now + timedelta(60), now=now)
    assert later.treated == {(7, 0): 150}


def test_few_alike_are_joined_by_their_band_then_by_the_nearest() -> None:
    few, band, other, never = Sums(10, 5), Sums(100, 1), Sums(1000, 10), Sums(5, 0)
    pooled = {(3, 0): few, (3, 1): band, (4, 0): other, NEVER: never}
    assert natural_return.stand_in(pooled, (3, 1)) == band
    assert natural_return.stand_in(pooled, (3, 0)) == few + band
    assert natural_return.stand_in(pooled, (5, 0)) == other, (
        "silent for longer than anybody watched, but not like everybody"
    )
    assert natural_return.stand_in(pooled, (2, 0)) == few + band
    assert natural_return.stand_in(pooled, NEVER) == never + other


def test_silences_longer_than_any_watched_are_reckoned_like_the_longest_and_that_is_said(
    running: Running, now: datetime
) -> None:
    treated = people(now, 200, (380, 50)) + people(now, 100, (690, 50))
    people(now, 100, (430, 50), (10, 20))
    people(now, 300, (100, 50), (70, 20), (40, 20), (10, 20))  # who come every month tell nothing of the others
    later = natural_return.watch(PURCHASES, treated, MONTH, start=now + timedelta(60), now=now)
    assert later.treated == {(7, 0): 200, (9, 0): 100}
    assert later.longer == 100
    assert later.alike < later.watched
    assert later.rate < 0.1
    found = results.expected(running.version, treated, start=now + timedelta(60), now=now)
    english, french = (results_words.sentences(found, 0.02, language)[0] for language in ("en", "fr"))
    assert english.endswith("100 of them will have been silent for longer than anybody who could be watched: they are "
                            "reckoned like the longest silences watched.")  # fmt: skip
    assert "100 d’entre elles seront alors silencieuses depuis plus longtemps" in french


def test_nothing_measured_is_said_and_no_gain_is_foretold(running: Running, now: datetime) -> None:
    treated = people(now, 300, (400, 50))
    people(now, 100, (430, 50), (10, 20))
    found = expected(running, treated)
    assert {one.code for one in found.figures} == {"people_alone", "orders_alone", "revenue_alone"}
    alone = found.figure("people_alone")
    assert alone is not None
    assert alone.low < alone.value < alone.high
    assert {one.source for one in found.figures} == {"history"}
    english, french = (results_words.sentences(found, 0.02, language) for language in ("en", "fr"))
    assert english[0].startswith("Without the journey, about ")
    assert "of the 300 people of the treated group" in english[0]
    assert english[2].endswith("a rise of +2.00\u202fpts or more, if it is there: 6 people.")
    assert "n’a jamais été mesuré sur cette base" in french[2]
    assert results_words.sentences(found, None, "en")[2].endswith("too small to show any effect.")


def run_of(running: Running, now: datetime, *, treated: int, control: int) -> None:
    """Let 200 people into each arm 40 days ago, of whom so many ordered for 40 within their window; keep the result."""
    for is_control, orders in ((False, treated), (True, control)):
        for person in running.enrol(control=is_control, days_ago=40, times=200)[:orders]:
            running.happened(person, "order_placed", days_ago=35, amount="40")
    snapshots.keep(running.journey.name, now)


def test_a_run_of_its_own_with_a_control_group_is_taken_over_with_its_interval(running: Running, now: datetime) -> None:
    run_of(running, now, treated=60, control=20)
    found = expected(running, people(now, 1000, (400, 50)))
    added, spent = found.figure("people_added"), found.figure("revenue_added")
    assert added is not None
    assert spent is not None
    assert added.source == "own_run"
    assert added.value == pytest.approx(200)  # 20 points of a thousand
    assert 100 < added.low < added.value < added.high < 300
    assert spent.value == pytest.approx(8_000)
    alone, whole = found.figure("people_alone"), found.figure("people_in_all")
    assert alone is not None
    assert whole is not None
    assert whole.value == alone.value + added.value
    said = results_words.sentences(found, None, "en")[-1]
    assert "by the control group of its own run, which measured +20.00" in said
    assert f" In all, with and without the journey: {round(whole.value)} people (" in said
    assert "En tout, grâce au parcours ou sans lui" in results_words.sentences(found, None, "fr")[-1]


def test_another_reactivation_tells_where_this_one_was_never_measured(running: Running, now: datetime) -> None:
    run_of(running, now, treated=60, control=58)
    other = Journey.objects.create(name="come-back")
    definition = definition_of(journey="come-back", title={"en": "Come back", "fr": "Revenez"})
    version = Version.objects.create(journey=other, number=1, definition=definition, published_at=now)
    found = results.expected(version, people(now, 1000, (400, 50)), start=now, now=now)
    added = found.figure("people_added")
    assert added is not None
    assert added.source == "other_run"
    said = results_words.sentences(found, None, "en")[-1]
    assert "since this journey was never measured" in said
    assert "The interval holds zero: no effect is shown." in said
    whole = found.figure("people_in_all")
    assert whole is not None
    assert whole.low == 0, "fewer than nobody there is not"
    longer = {**definition, "goal": {"event": "order_placed", "within": "90 days"}}
    again = Version.objects.create(journey=other, number=2, definition=longer, published_at=now)
    assert results.expected(again, [1], start=now, now=now).run is None, "another window is another measure"


def test_a_rehearsal_stands_apart_and_is_marked_simulated(running: Running, now: datetime) -> None:
    effects = [{"outcome": "order", "treated": 0.05, "control": 0.03, "difference": 0.02, "low": -0.01, "high": 0.05}]
    told = {
        "treated": 500,
        "control": 50,
        "effects": effects,
        "revenue": 900.0,
        "revenue_low": -100.0,
        "revenue_high": 2000.0,
    }
    LaunchRehearsal.objects.create(
        journey=running.journey, version=running.version, start_at=now, days=60, rates={}, asked_at=now, by="Anna",
        made_at=now, result=told,
    )  # fmt: skip
    found = expected(running, people(now, 200, (400, 50)))
    shown = [one for one in results.as_dict(found)["figures"] if one["simulated"]]
    assert [(one["code"], one["value"], one["low"]) for one in shown] == [
        ("people_simulated", 10, -5), ("revenue_simulated", 900, -100),
    ]  # fmt: skip
    assert found.figure("people_added") is None, "what is simulated measures nothing"
    said = [results_words.sentences(found, None, language)[-1] for language in ("en", "fr")]
    assert said[0].startswith("Simulated: the rehearsal of 27 July 2026 ended with 10 people more")
    assert said[1].startswith("Simulé\u00a0: la répétition du 27 juillet 2026")


def test_what_is_not_covered_or_too_short_is_unknown_and_said(running: Running, now: datetime) -> None:
    treated = people(now, 150, (100, 30))
    assert expected(running, []).natural.refusal == "nobody"
    Coverage.objects.update(since=now - timedelta(days=200))
    short = expected(running, treated)
    assert (short.natural.refusal, short.figures) == ("short_history", ())
    assert "30 jours" in results_words.sentences(short, None, "fr")[0]
    Coverage.objects.all().delete()
    assert expected(running, treated).natural.refusal == "not_covered"


def test_a_single_window_says_that_it_knows_no_season(running: Running, now: datetime) -> None:
    treated = people(now, 150, (100, 30))
    Coverage.objects.update(since=now - timedelta(days=215))
    found = expected(running, treated)
    assert len(found.natural.windows) == 1
    assert "A single window says nothing of seasons" in results_words.sentences(found, None, "en")[0]


def test_a_goal_that_is_no_order_is_foretold_beside_orders(db: None, now: datetime) -> None:
    running = publish(now, goal={"event": "site_visited", "within": "30 days"})
    found = expected(running, people(now, 200, (400, 50)))
    assert found.outcome == "visit"
    assert found.figure("people_alone") is not None
    assert "auront visité le site" in results_words.sentences(found, None, "fr")[0]


def test_every_figure_and_source_has_its_words() -> None:
    for code in results_words.LABELS:
        for language in ("en", "fr"):
            assert "{" not in results_words.label(code, "order", language)
    assert {"history", "own_run", "other_run", "history_and_run", "simulated"} == set(results_words.SOURCES)


def test_of_a_large_base_some_are_watched(running: Running, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    treated = people(now, 150)
    people(now, 600, (430, 50), (10, 20))
    monkeypatch.setattr(natural_return, "ENOUGH", 150)
    found = natural_return.watch(PURCHASES, [*treated, *people(now, 5, (430, 50))], MONTH, start=now, now=now)
    assert found.treated == {NEVER: 150, (7, 0): 5}, "the treated are counted one and all"
    assert 60 < found.windows[0][7, 0].watched < 240
    assert found.windows[0][7, 0].returned in range(
        found.windows[0][7, 0].watched - 5, found.windows[0][7, 0].watched + 1
    )
