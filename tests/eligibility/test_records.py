"""Verdicts written down and counted; the house's commands."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from relance.cli import gate as commands
from relance.core.errors import InputError, NotFoundError
from relance.eligibility import gate, records
from relance.eligibility.models import VerdictRecord
from relance.eligibility.verdicts import Defer
from relance.journeys.models import Journey
from tests.eligibility.people import anna, message, person

pytestmark = pytest.mark.usefixtures("db")


def run(*words: str) -> dict[str, object]:
    answer = CliRunner().invoke(commands.app, [*words, "--json"], catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def test_verdicts_are_counted_by_day_journey_channel_purpose_and_reason(now: datetime) -> None:
    contact, journey = anna(now), Journey.objects.create(name="back", running=True)
    gate.check(
        [message(contact, now), message(contact, now), message(contact, now, "notice", journey_id=journey.pk)], now
    )
    gate.check([message(contact, now)], now + timedelta(hours=15))  # the next day, in Paris
    today = records.day_of(now)
    kinds = [(row["code"], row["purpose"], row["verdicts"]) for row in records.counts(today, today)]
    assert kinds == [("allowed", "notice", 1), ("allowed", "promotion", 1), ("pressure", "promotion", 1)]
    assert sum(int(str(row["verdicts"])) for row in records.counts(today, today + timedelta(days=1))) == 4
    [mine] = records.counts(today, today, journey_id=journey.pk)
    assert (mine["code"], mine["channel"]) == ("allowed", "email")


def test_details_of_any_text_come_back_as_they_were(now: datetime) -> None:
    from relance.eligibility import facts

    contact = anna(now)
    sent = message(contact, now)
    [known] = facts.gather([sent.pk], now)
    odd = {"reason": 'tab\t, line\n, back\\slash, "quote", é, \\N'}
    records.store([known], {sent.pk: Defer(now, "pressure", odd)}, now)
    record = VerdictRecord.objects.get()
    assert (record.details, record.until, record.contact_id) == (odd, now, contact.pk)


def test_a_batch_takes_the_same_handful_of_statements_whatever_its_size(now: datetime) -> None:
    contacts = [anna(now), *(person(f"p{n}", now) for n in range(39))]
    few, many = [message(contacts[0], now).pk], [message(one, now, "relationship").pk for one in contacts[1:]]

    def statements(ids: Sequence[int]) -> int:
        with CaptureQueriesContext(connection) as seen:
            gate.check(ids, now)
        return len(seen)

    assert statements(few) == statements(many) <= 16


class TestCommands:
    def test_the_matrix_is_shown_cell_by_cell(self) -> None:
        cells = run("matrix")["cells"]
        assert isinstance(cells, list)
        [cell] = [
            c for c in cells if (c["basis"], c["channel"], c["purpose"]) == ("existing_customer", "email", "promotion")
        ]
        assert (cell["allowed"], cell["needs"]) == (True, "sale")
        assert "L34-5" in cell["source"]

    def test_counts_are_shown_and_an_unknown_journey_is_refused(self) -> None:
        assert run("counts", "--days", "3")["verdicts"] == []
        with pytest.raises(NotFoundError, match="no journey nowhere"):
            run("counts", "--journey", "nowhere")

    def test_rules_are_applied_and_volumes_priced(self, tmp_path: Path) -> None:
        file = tmp_path / "house.yaml"
        file.write_text("rules: shop\nprices: [{channel: email, cost: 0.001}]\nbudgets: [{month: 10}]\n")
        assert run("apply", str(file), "--by", "Camille")["rules"] == "shop"
        told = run("budget", "--volume", "email=20000")
        assert (told["cost"], told["affordable"]) == ("20.000", False)
        with pytest.raises(InputError, match="`email` is no volume"):
            run("budget", "--volume", "email")

    def test_people_read_the_same_in_words(self, tmp_path: Path) -> None:
        for words in (["matrix"], ["counts"], ["budget", "--volume", "sms=3"]):
            assert CliRunner().invoke(commands.app, words, catch_exceptions=False).exit_code == 0
