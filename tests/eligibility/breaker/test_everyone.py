"""A journey over all its mailbox providers: harm spread thinly stops it as a whole, that of one provider does not."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from relance.eligibility import gate
from relance.eligibility import verdicts as verdicts_of
from relance.eligibility.breaker import curves, openings, providers, quarantine, stage, told
from relance.eligibility.breaker.models import (
    BreakerAlert,
    BreakerCohort,
    BreakerOpening,
    BreakerScope,
    QuarantinedBounce,
)
from relance.eligibility.breaker.providers import EVERYONE
from relance.eligibility.ramp import standing, stops
from relance.eligibility.ramp.evidence import Evidence
from relance.journeys.models import Journey
from relance.outbox.models import Message
from tests.eligibility.breaker.sending import bounce, journey, send, stopped
from tests.eligibility.people import anna, message

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)
DOMAINS = ("gmail.com", "hotmail.fr", "orange.fr", "yahoo.fr", "free.fr")


def spread(
    of: Journey, at: datetime, *, sends: int = 20, bad: int = 2, domains: Iterable[str] = DOMAINS
) -> list[Message]:
    """Send as many messages to each domain, of which as many bounce; return the others."""
    fine = []
    for domain in domains:
        sent = send(sends, at, of, domain)
        bounce(sent[:bad], at)
        fine += sent[bad:]
    return fine


def scope(of: Journey, provider: str, signal: str = "hard_bounce") -> BreakerScope:
    return BreakerScope.objects.get(journey_id=of.pk, provider=provider, signal=signal)


@pytest.fixture
def back(now: datetime) -> Journey:
    return journey("back", now)


@pytest.fixture
def whole(back: Journey, now: datetime) -> BreakerOpening:
    """The journey is stopped as a whole: 2 of 20 messages bounced at each of five providers."""
    spread(back, now)
    stage.run(now)
    return BreakerOpening.objects.get()


def test_harm_too_thin_for_any_provider_stops_the_journey_as_a_whole(back: Journey, whole: BreakerOpening) -> None:
    assert stopped() == [(back.pk, EVERYONE, "hard_bounce", 1)]
    assert (whole.sends, whole.bad) == (100, 10)
    assert whole.evidence >= whole.threshold


def test_nothing_of_everyone_is_counted_twice(whole: BreakerOpening) -> None:
    assert not BreakerCohort.objects.filter(provider=EVERYONE).exists()
    assert not BreakerScope.objects.filter(journey_id=0, provider=EVERYONE).exists()
    assert sum(BreakerCohort.objects.filter(journey_id=0).values_list("sends", flat=True)) == 100


@pytest.mark.parametrize("bad", [12, 60])
def test_one_bad_provider_stops_alone_however_bad_it_is(back: Journey, now: datetime, bad: int) -> None:
    spread(back, now, sends=65, bad=0, domains=DOMAINS[1:])
    spread(back, now, sends=100, bad=bad, domains=DOMAINS[:1])
    stage.run(now)
    assert stopped() == [(back.pk, "gmail", "hard_bounce", 1)]
    assert (scope(back, EVERYONE).sends, scope(back, EVERYONE).bad) == (260, 0)


def test_a_provider_bad_but_not_yet_stopped_needs_a_witness_elsewhere(back: Journey, now: datetime) -> None:
    """Nine of 120 are enough for the whole, but not where eight of them came from one provider."""
    spread(back, now, sends=5, bad=0, domains=DOMAINS[1:4])
    spread(back, now, sends=5, bad=1, domains=DOMAINS[4:])
    spread(back, now, sends=100, bad=8, domains=DOMAINS[:1])
    stage.run(now)
    assert stopped() == []
    one = scope(back, EVERYONE)
    assert (one.sends, one.bad) == (120, 9)
    assert one.evidence < one.threshold


def test_a_journey_at_one_provider_only_is_that_providers(back: Journey, now: datetime) -> None:
    bounce(send(100, now, back)[:20], now)
    stage.run(now)
    assert stopped() == [(back.pk, "gmail", "hard_bounce", 1)]


def test_what_was_sent_to_a_provider_before_its_stop_was_closed_is_not_held_against_the_whole(
    back: Journey, now: datetime
) -> None:
    old = send(200, now, back)
    bounce(old[:20], now)
    stage.run(now)
    openings.close(BreakerOpening.objects.get().pk, by="Camille", reason="list cleaned", now=now + HOUR)
    bounce(old[20:60], now + 2 * HOUR)  # late answers
    spread(back, now + 2 * HOUR, bad=0)
    bounce(send(20, now + 2 * HOUR, back, "orange.fr")[:1], now + 2 * HOUR)
    stage.run(now + 2 * HOUR)
    assert stopped() == []
    assert (scope(back, EVERYONE).sends, scope(back, EVERYONE).bad) == (120, 1)


def test_the_gate_holds_the_journey_everywhere_and_nothing_else(
    back: Journey, whole: BreakerOpening, now: datetime
) -> None:
    who, other = anna(now), journey("other", now)
    who.contactpoint_set.update(value="anna@laposte.net")  # where nothing was sent yet
    asked = [
        message(who, now, "reactivation", journey_id=back.pk),
        message(who, now, "transactional", journey_id=back.pk),
        message(who, now, "promotion", journey_id=other.pk),
    ]
    verdicts = gate.check([one.pk for one in asked], now)
    assert [one.code for one in verdicts] == ["breaker_open", "allowed", "allowed"]
    assert "this journey at all mailbox providers together on" in verdicts[0].sentence
    told_in_french = verdicts_of.sentence("breaker_open", verdicts[0].details, language="fr")
    assert "ce parcours chez toutes les messageries ensemble le" in told_in_french
    assert openings.of_journey(back.pk)[0].providers == providers.PROVIDERS
    assert openings.of_journey(other.pk) == []


def test_what_the_journey_is_stopped_for_is_not_held_against_the_sender(
    back: Journey, whole: BreakerOpening, now: datetime
) -> None:
    bounce(spread(back, now + HOUR, bad=0)[:30], now + HOUR)
    stage.run(now + HOUR)
    assert stopped() == [(back.pk, EVERYONE, "hard_bounce", 1)]
    of_sender = BreakerScope.objects.filter(journey_id=0, signal="hard_bounce")
    assert [(one.sends, one.bad) for one in of_sender] == [(0, 0)] * len(DOMAINS)
    assert all(one.sends for one in BreakerScope.objects.filter(journey_id=0, signal="unsubscribe"))


def test_while_it_is_stopped_late_answers_stop_nothing_more(back: Journey, now: datetime) -> None:
    fine = spread(back, now, sends=30, bad=3)
    stage.run(now)
    bounce(fine, now + HOUR)
    stage.run(now + HOUR)
    assert stopped() == [(back.pk, EVERYONE, "hard_bounce", 1)]
    assert (scope(back, "gmail").sends, scope(back, "gmail").bad) == (30, 30)
    assert not BreakerAlert.objects.filter(scope__provider="gmail", scope__journey_id=back.pk).exists()


def test_closing_wakes_everything_and_each_provider_is_watched_anew(back: Journey, now: datetime) -> None:
    fine = spread(back, now, sends=30, bad=3)
    stage.run(now)
    held = send(1, now, back, "laposte.net")[0]
    Message.objects.filter(pk=held.pk).update(state="deferred", reason="breaker_open", not_before=now + 24 * HOUR)
    openings.close(BreakerOpening.objects.get().pk, by="Camille", reason="list cleaned", now=now + HOUR)
    assert Message.objects.get(pk=held.pk).not_before == now + HOUR
    assert {(scope(back, name).watch, scope(back, name).since) for name in ("gmail", EVERYONE)} == {(2, now + HOUR)}
    assert scope(back, "gmail", "complaint").watch == 1
    bounce(fine, now + 2 * HOUR)  # late answers to what was sent before
    spread(back, now + 2 * HOUR, bad=0)
    stage.run(now + 2 * HOUR)
    assert stopped() == []
    spread(back, now + 2 * HOUR, sends=40, bad=6)
    stage.run(now + 3 * HOUR)
    assert stopped() == [(back.pk, EVERYONE, "hard_bounce", 1)]
    assert BreakerOpening.objects.latest("id").bad == 30


def test_a_provider_stopped_by_itself_stays_so_when_the_whole_is_let_go(back: Journey, now: datetime) -> None:
    bounce(send(100, now, back)[:12], now)
    stage.run(now)
    spread(back, now, sends=25, bad=3, domains=DOMAINS[1:])
    stage.run(now)
    assert stopped() == [(back.pk, "gmail", "hard_bounce", 1), (back.pk, EVERYONE, "hard_bounce", 1)]
    openings.close(BreakerOpening.objects.latest("id").pk, by="Camille", reason="list cleaned", now=now + HOUR)
    assert stopped() == [(back.pk, "gmail", "hard_bounce", 1)]
    assert scope(back, "gmail").watch == 1
    assert scope(back, "orange").watch == 2


def test_the_bounces_of_all_providers_rest_those_that_come_later_too(
    back: Journey, whole: BreakerOpening, now: datetime
) -> None:
    assert quarantine.held(whole.pk)["held"] == 10
    late = send(3, now, back, "laposte.net")
    bounce(late[:2], now + HOUR)
    bounce(send(3, now, None, "laposte.net")[:1], now + HOUR)  # of no journey
    assert quarantine.held(whole.pk)["held"] == 12
    assert quarantine.decide(whole.pk, "restored", by="Camille", now=now) == 12


def test_bounces_that_a_providers_stop_holds_stay_with_it(back: Journey, now: datetime) -> None:
    bounce(send(100, now, back)[:12], now)
    stage.run(now)
    spread(back, now, sends=25, bad=3, domains=DOMAINS[1:])
    stage.run(now)
    held = [QuarantinedBounce.objects.filter(opening=one).count() for one in BreakerOpening.objects.order_by("id")]
    assert held == [12, 12]


def test_an_evergreen_journey_wakes_up_as_a_whole(now: datetime) -> None:
    back = journey("back", now, again_after="30 days")
    start = now - timedelta(days=20)
    BreakerCohort.objects.bulk_create(
        BreakerCohort(
            journey_id=back.pk, sender="example.org", provider=provider, cohort=start + day * timedelta(days=1),
            sends=2_000, told=0, hard_bounce=4, complaint=0, unsubscribe=0, block=0, trap=0,
        )
        for day in range(20)
        for provider in ("gmail", "microsoft", "orange", "yahoo", "free")
    )  # fmt: skip
    spread(back, now, sends=40, bad=4)
    stage.run(now)
    assert stopped() == [(back.pk, EVERYONE, "hard_bounce", 1)]
    assert scope(back, EVERYONE).evergreen


def test_good_sends_anywhere_count_for_everyone(back: Journey, now: datetime) -> None:
    spread(back, now, bad=0)
    stage.run(now + HOUR)
    send(4, now + 2 * HOUR, back)
    stage.run(now + 2 * HOUR)
    assert scope(back, "gmail").sends == 24
    assert scope(back, EVERYONE).sends == 100
    send(2, now + 3 * HOUR, back, "orange.fr")  # with those at Gmail more than a twentieth of all
    stage.run(now + 3 * HOUR)
    assert scope(back, EVERYONE).sends == 106


def test_the_ramp_lets_nobody_in_and_resumes_a_step_lower_everywhere(
    back: Journey, whole: BreakerOpening, now: datetime
) -> None:
    held = stops.of(back.pk)
    assert held.open == set(providers.PROVIDERS)
    nothing = Evidence(0, answered=True, lines=(), blind=(), over=())
    said = [standing.sentences(nothing, language, held=held)[0] for language in ("en", "fr")]
    assert said[0].startswith("The breaker stops this journey or its sender at all mailbox providers: nobody is let in")
    assert said[1].startswith("Le disjoncteur arrête ce parcours ou son expéditeur chez toutes les messageries")
    openings.close(whole.pk, by="Camille", reason="list cleaned", now=now + HOUR)
    closed = stops.of(back.pk)
    assert closed.open == set()
    assert closed.since(["gmail", "laposte"], now) == {"gmail": now + HOUR, "laposte": now + HOUR}


def test_the_team_is_told_in_both_languages(whole: BreakerOpening) -> None:
    alert = BreakerAlert.objects.get(kind="opened")
    assert told.subject(alert, "back", "en") == "The breaker stopped the journey back at all mailbox providers together"
    assert (
        told.subject(alert, "back", "fr")
        == "Le disjoncteur a arrêté le parcours back chez toutes les messageries ensemble"
    )
    assert "10 of 100 messages (10%), where 1.6% is allowed" in " ".join(told.sentences(alert, "back", "en"))


def test_faces_get_it_beside_the_providers(back: Journey, whole: BreakerOpening) -> None:
    listed = curves.scopes(back.pk)
    assert (listed[0]["provider"], listed[0]["state"]) == (EVERYONE, "open")
    assert listed[0]["nearness"] >= 1
    limits = [one for one in curves.table() if one["provider"] == EVERYONE]
    assert [one["signal"] for one in limits] == ["hard_bounce", "complaint", "unsubscribe", "trap"]
