"""`relance silences` and `relance bill`, from a base to what they say."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

import relance as package
from relance.core import database
from relance.core.definitions import read
from relance.dormancy import policies, scoring
from relance.dormancy.models import Estimate
from relance.events import hot
from relance.events.hot import NewEvent
from relance.intake import sources
from tests.cli.running import Runner

pytestmark = pytest.mark.slow

POLICY = Path(package.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"


def shop(now: datetime) -> None:
    """150 buyers, who bought 700 days ago; a hundred of them again after 10 to 109 days."""
    policies.apply(read(POLICY), now)
    sources.cover(sources.source_id("shop", now), {"order_placed": now - timedelta(days=1500)})
    database.execute(
        "INSERT INTO contact (id, first_seen_at) SELECT generate_series(1, 150), %s", [now - timedelta(days=900)]
    )
    days = [(c, 700) for c in range(1, 151)] + [(c, 690 - c) for c in range(1, 101)]
    hot.insert(
        NewEvent(c, 1, "order_placed", now - timedelta(days=d), 20 + c % 9, reference=f"{c}-{d}") for c, d in days
    )
    scoring.run(now)


def test_silences_say_when_and_whom(relance: Runner, now: datetime) -> None:
    shop(now)
    found = relance("silences", "--as-of", now.isoformat(), "--days", "400", "--policy", "ecommerce", "--json")
    (row,) = found.data["populations"]
    assert row["dormant_from"]["code"] == "nine_in_ten"
    assert 90 <= row["dormant_from"]["days"] <= 101
    assert row["dormant_from"]["low"] <= row["dormant_from"]["days"] <= row["dormant_from"]["high"]
    assert row["in_force"] == 365
    assert (row["asked"][0]["silent"], row["asked"][0]["becomes_dormant"]) == (150, 0)
    assert row["sentence"].startswith("Count people as dormant from")
    assert "neuf sur dix" in row["sentence_fr"]
    told = relance("silences")
    assert told.code == 0
    assert "recommended" in told.out
    assert "in force" in told.out


def test_a_look_back_is_shown_and_not_kept(relance: Runner, now: datetime) -> None:
    shop(now)
    relance("silences", "--as-of", now.isoformat(), "--json")
    back = relance("silences", "--as-of", (now - timedelta(days=30)).isoformat(), "--json")
    assert back.code == 0
    assert {row["as_of"][:10] for row in back.data["populations"]} == {"2026-06-27"}
    assert set(Estimate.objects.values_list("as_of", flat=True)) == {now}


def test_refusals_are_sentences(relance: Runner, now: datetime) -> None:
    before = relance("silences", "--json")
    assert (before.code, "relance score" in before.data["error"]) == (1, True)
    assert "relance score" in relance("bill", "--json").data["error"]
    shop(now)
    asked = relance("silences", "--policy", "food", "--json")
    assert (asked.code, "everybody, ecommerce" in asked.data["error"]) == (1, True)
    day = relance("silences", "--days", "-3", "--json")
    assert (day.code, "choose from 0" in day.data["error"]) == (1, True)


def test_the_bill_is_made_and_kept(relance: Runner, now: datetime) -> None:
    shop(now)
    Estimate.objects.create(
        kind="bill", as_of=now - timedelta(days=1), accepted=True, figures={"months": []}
    )  # an older one gives way
    found = relance("bill", "--refresh", "--as-of", now.isoformat(), "--json")
    assert found.code == 0, found.err
    assert (found.data["people"], found.data["silent"]) == (150, 150)
    assert found.data["rates"]["all"]["clicked"] is None
    assert Estimate.objects.get(kind="bill").as_of == now
    told = relance("bill")
    assert "150 of 150 people are silent" in told.out
    assert "no source tells" in told.out
    assert "no mail" not in told.out


def test_no_mail_is_told_from_no_source(relance: Runner, now: datetime) -> None:
    shop(now)
    sources.cover(sources.source_id("shop", now), {"message_clicked": now - timedelta(days=1500)})
    told = relance("bill", "--as-of", now.isoformat())
    assert (told.code, "no mail" in told.out, "no source tells" in told.out) == (0, True, True)


def test_a_bill_from_before_the_last_scoring_is_refused(relance: Runner, now: datetime) -> None:
    shop(now)
    back = relance("bill", "--as-of", "2026-06-27", "--json")
    assert back.code == 1
    assert "last scored as of 2026-07-27" in back.data["error"]
    assert "relance score --as-of 2026-06-27T00:00 --dry-run" in back.data["error"]
    assert not Estimate.objects.filter(kind="bill").exists()
