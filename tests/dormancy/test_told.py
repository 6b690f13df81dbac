"""Where a source stopped telling, silence is unknown: nobody turns dormant by a file that ended."""

from datetime import datetime, timedelta

import pytest

from relance.core import database
from relance.dormancy import explanation, scoring
from relance.dormancy.models import Profile
from relance.intake import sources
from relance.measurement import telling
from relance.rules import contacts_sql, parse
from relance.segments import preview

from .base import ANNA, BORIS, CHLOE, did, known, policy, states

pytestmark = pytest.mark.usefixtures("db")

DAY = timedelta(days=1)
SHOP = """
policy: shop
criteria:
  no_purchase: {without: [order_placed, store_purchase], for: 12 months, points: 60}
states: {cooling: {points: 30}, dormant: {points: 60}}
"""


@pytest.fixture
def shop(now: datetime) -> datetime:
    """Let Anna buy 100 days before the file's end, Boris 400 days before it; return the end."""
    policy(SHOP, now)
    end = now - 300 * DAY
    known([ANNA, BORIS, CHLOE], end - 1000 * DAY)
    sources.cover(sources.source_id("shop", now), {"order_placed": end - 1500 * DAY}, end)
    did(ANNA, "order_placed", end - 100 * DAY)
    did(BORIS, "order_placed", end - 400 * DAY)
    did(CHLOE, "order_placed", end - 2 * DAY)
    return end


def test_at_the_end_of_the_file_silence_is_known(shop: datetime) -> None:
    assert states(shop + DAY) == {ANNA: "active", BORIS: "dormant", CHLOE: "active"}


def test_long_after_the_file_nobody_is_dormant_by_it(now: datetime, shop: datetime) -> None:
    assert states(now) == {ANNA: "undetermined", BORIS: "undetermined", CHLOE: "active"}


def test_the_next_file_makes_it_known_again(now: datetime, shop: datetime) -> None:
    sources.cover(sources.source_id("shop", now), {"order_placed": shop}, now - 2 * DAY)
    assert states(now) == {ANNA: "dormant", BORIS: "dormant", CHLOE: "active"}


def test_nightly_files_flip_nobody(now: datetime, shop: datetime) -> None:
    seen = []
    for night in range(4):
        sources.cover(sources.source_id("shop", now), {"order_placed": shop}, now + night * DAY)
        scoring.score(now + night * DAY + timedelta(hours=18))
        seen.append(Profile.objects.get(contact_id=BORIS).state)
    assert seen == ["dormant"] * 4


def test_a_store_that_stopped_telling_leaves_purchases_unknown(now: datetime, shop: datetime) -> None:
    sources.cover(sources.source_id("web", now), {"order_placed": shop - 1500 * DAY})
    assert states(now)[BORIS] == "dormant"
    sources.cover(sources.source_id("till", now), {"store_purchase": shop - 1500 * DAY}, shop)
    assert states(now)[BORIS] == "undetermined"


def test_the_explanation_names_the_day(now: datetime, shop: datetime) -> None:
    (line,) = explanation.explain(BORIS, now)
    assert line["verdict"] == "?"
    assert line["sentence"].endswith(f"unknown, since nobody told of it after {shop:%Y-%m-%d}.")
    (line,) = explanation.explain(BORIS, now, "fr")
    assert line["sentence"].endswith(f"inconnu, car plus rien n’en est dit après le {shop:%Y-%m-%d}.")


def test_the_explanation_says_once_why_a_state_cannot_be_told(now: datetime, shop: datetime) -> None:
    found = explanation.whole(BORIS, now)
    assert found is not None
    assert found["untold"] == {
        "sentence": f"Nobody can tell whether this person is silent: the files that would tell end on {shop:%Y-%m-%d}.",
        "sentence_fr": "Nul ne peut dire si cette personne est silencieuse\u00a0: les fichiers qui le diraient s’arrêtent le "
        f"{shop:%Y-%m-%d}.",
    }
    certain = explanation.whole(CHLOE, now)
    assert certain is not None
    assert certain["untold"] is None


def test_silence_alone_turns_nobody_dormant_by_what_is_no_longer_told(now: datetime, shop: datetime) -> None:
    found = explanation.whole(CHLOE, now)
    assert found is not None
    assert [change["to"] for change in found["changes"]] == ["undetermined"]


def test_a_warning_says_until_when_in_both_languages(now: datetime, shop: datetime) -> None:
    assert telling.warning(shop) is None
    found = telling.warning(now)
    assert found is not None
    assert found["ended"] == {"order_placed": shop}
    assert "Order on the web shop (until 30 September 2025)" in found["sentence"]
    assert "Commande en ligne (jusqu’au 30 septembre 2025)" in found["sentence_fr"]


def test_conditions_and_the_preview_of_segments_know_it_too(now: datetime, shop: datetime) -> None:
    silent = parse({"without": ["order_placed"], "for": "2 days"}, "here")
    for at, people in ((shop + 3 * DAY, 3), (now, 0)):
        assert len(database.rows(contacts_sql(silent, now=at))) == people
        assert preview.uncovered(silent, at) == ([] if people else ["order_placed"])
