"""What a dispatch asks before each slice: is anything stopped, or is an answer to be judged?"""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from relance.core import definitions
from relance.eligibility.breaker import counting, door, openings, stage
from relance.eligibility.breaker.door import Asked
from relance.eligibility.breaker.models import BreakerCohort
from relance.senders import keeping
from tests.eligibility.breaker.sending import bounce, journey, send

pytestmark = pytest.mark.usefixtures("db")


def test_calm_is_one_question(now: datetime) -> None:
    back = journey("back", now)
    (one,) = send(1, now, back)
    with CaptureQueriesContext(connection) as asked:
        assert door.caught([Asked(one.pk, back.pk, "p@gmail.com", "reactivation", counting.sender())], now) == set()
    assert len([query for query in asked if "breaker_" in query["sql"]]) == 1


def test_a_bad_answer_ends_the_calm_until_it_is_judged_and_a_stop_until_it_is_closed(now: datetime) -> None:
    back = journey("back", now)
    sent = send(100, now, back)
    assert openings.calm()
    bounce(sent[:1], now)
    assert not openings.calm()
    stage.run(now)
    assert openings.calm()
    bounce(sent[1:20], now)
    late = Asked(sent[50].pk, back.pk, "p@gmail.com", "reactivation", counting.sender())
    assert door.caught([late], now) == {late.message}  # judged on the way
    assert not openings.calm()
    for stop in openings.open_now():
        openings.close(stop.id, by="Marie", reason="the list was cleaned", now=now + timedelta(hours=1))
    assert openings.calm()


def test_what_is_sent_counts_for_the_domain_written_for_the_default_sender(now: datetime) -> None:
    document = definitions.parse("sender: default\nfrom: hello@bücher.example\n", "default.yaml")
    keeping.apply([document], now, by="Marie")
    send(3, now, journey("back", now))
    stage.run(now)
    assert {row.sender for row in BreakerCohort.objects.all()} == {"xn--bcher-kva.example"} == {counting.sender()}
