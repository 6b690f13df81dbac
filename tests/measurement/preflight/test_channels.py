"""What is known before a start of a journey whose messages may leave by several channels: who gets one, by which, for how much."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction
from typer.testing import CliRunner

from relance.contacts.models import Contact
from relance.core import database
from relance.eligibility import house_rules
from relance.events import hot
from relance.intake import sources
from relance.journeys.models import LaunchPlan, Version
from relance.journeys.steps import send
from relance.measurement import before, waterfall
from relance.measurement.preflight import audience, judging, plain
from tests.command_line import app
from tests.eligibility.channels import BOTH, PRICES, journey, named
from tests.journeys.people import running

pytestmark = pytest.mark.usefixtures("db")
TWICE = f"{BOTH}}}\n  - wait: 7 days\n  - send: {{id: bye, channel: email, template: offer"


@pytest.fixture
def people(now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Contact]:
    monkeypatch.setattr(send, "LEAVING", frozenset({"email", "sms"}))
    file = tmp_path / "house.yaml"
    file.write_text(f"rules: shop\n{PRICES}")
    house_rules.apply(file, now)
    return named(now)


@pytest.fixture
def version(people: dict[str, Contact], now: datetime) -> Version:
    return running(journey(TWICE), now)


def test_the_cost_is_of_the_channels_that_would_be_chosen(version: Version, now: datetime) -> None:
    found = judging.judge(version, now + timedelta(hours=1), now)
    assert found.audience.reachable == 6
    assert found.audience.ways == {"hello": {"sms": 3, "email": 3}}
    assert found.volumes == {"sms": 3, "email": 9}  # and six times the second message
    assert (found.messages, found.cost) == (12, 3 * Decimal("0.05") + 9 * Decimal("0.001"))
    assert plain.kept(found)["expected"]["channels"] == {"sms": 3, "email": 9}


def test_people_without_a_mail_address_are_at_no_mailbox_provider_that_has_a_name(
    version: Version, now: datetime
) -> None:
    seen = audience.gather(version, now + timedelta(hours=1), now)
    assert {name for counts in seen.people.values() for name in counts} == {"other"}
    assert seen.unverified == 0


def test_who_was_written_to_lately_is_told_by_the_last_90_days_alone(
    version: Version, people: dict[str, Contact], now: datetime
) -> None:
    shop, (one, other, third) = sources.source_id("shop", now), [*_reached(version, now)][:3]
    hot.insert(
        hot.NewEvent(who, shop, kind, now - timedelta(days), reference=f"{who}-{kind}")
        for who, kind, days in (
            (one, "message_delivered", 30), (one, "message_clicked", 120), (other, "message_delivered", 20),
            (other, "message_clicked", 19), (third, "message_delivered", 120), (third, "message_clicked", 1),
        )
    )  # fmt: skip
    seen = audience.gather(version, now + timedelta(days=60), now)
    assert (seen.delivered_before, seen.never_clicked, seen.answer_days) == (2, 1, 90)


def _reached(version: Version, now: datetime) -> list[int]:
    with transaction.atomic():
        audience.gather(version, now + timedelta(days=60), now)
        return [one for (one,) in database.rows("SELECT contact_id FROM flight_person ORDER BY 1")]


def test_who_would_get_it_is_asked_by_the_channel_each_would_take(version: Version, now: datetime) -> None:
    plan = LaunchPlan.objects.create(
        journey=version.journey, version=version, start_at=now + timedelta(hours=1), canary=3, asked_at=now, by="Anna"
    )
    counts = waterfall.work_out(plan, now).figures["counts"]
    assert counts.pop("permission_unknown") == 2  # no address, and no yes anywhere
    assert sum(counts.values()) == 6
    assert before.expected("wake", now).held_back == 2


def test_the_command_line_says_how_many_go_by_each_channel(version: Version) -> None:
    told = " ".join(CliRunner().invoke(app, ["journey", "preflight", "wake"]).stdout.split())
    assert "If each leaves by the channel that would be chosen at the start: sms (3), email (9)." in told
    french = " ".join(CliRunner().invoke(app, ["journey", "preflight", "wake", "--language", "fr"]).stdout.split())
    assert "Si chacun part par le canal qui serait choisi au départ : sms (3), email (9)." in french
