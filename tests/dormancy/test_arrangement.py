"""Policies taken away and put in another order: whoever had one falls to the next whose population she meets."""

from datetime import datetime, timedelta

import pytest

from relance.core import database
from relance.core.errors import InputError, NotFoundError
from relance.dormancy import arrangement, policies, presets, returning, scoring
from relance.dormancy.models import Estimate, Profile
from tests.dormancy.base import cover, did, known

COMPANIES, BUYERS, OTHERS = range(1, 4), range(4, 8), range(8, 10)


@pytest.fixture
def _shop(db: None, now: datetime) -> None:
    """Three companies that bought, four people who did, two who never did; all silent for 400 days."""
    for name in ("b2b", "ecommerce", "newsletter"):
        policies.apply(presets.preset(name).document, now)
    cover(now, "order_placed", "store_purchase", "message_clicked", "logged_in", "site_visited")
    known([*COMPANIES, *BUYERS, *OTHERS], now - timedelta(days=1000))
    database.execute("UPDATE contact SET kind = 'b2b' WHERE id < 4")
    for contact in (*COMPANIES, *BUYERS):
        did(contact, "order_placed", now - timedelta(days=400), amount=9)
    scoring.run(now)


def _by_policy() -> dict[str, int]:
    return {name: Profile.objects.filter(policy=name).count() for name in ("b2b", "ecommerce", "newsletter")}


@pytest.mark.usefixtures("_shop")
def test_the_people_of_a_policy_removed_fall_to_the_next_they_belong_to(now: datetime) -> None:
    Estimate.objects.create(kind=returning.KIND, policy="b2b", as_of=now, accepted=True, figures={})
    found = arrangement.moved(now, arrangement.without(policies.in_force(), "b2b"))
    assert [(one.before, one.after, one.people) for one in found.passages] == [("b2b", "ecommerce", 3)]
    assert (found.reassigned, found.moved) == (3, 3)  # 400 days are long for a shop, not for a company
    assert _by_policy() == {"b2b": 3, "ecommerce": 4, "newsletter": 2}
    arrangement.remove("b2b")
    scoring.run(now + timedelta(days=1))
    assert _by_policy() == {"b2b": 0, "ecommerce": 7, "newsletter": 2}
    assert not Estimate.objects.filter(policy="b2b").exists()


@pytest.mark.usefixtures("_shop")
def test_the_first_policy_in_the_order_counts(now: datetime) -> None:
    found = arrangement.moved(now, arrangement.ordered(policies.in_force(), ["ecommerce"]))
    assert [(one.before, one.after, one.people) for one in found.passages] == [("b2b", "ecommerce", 3)]
    assert arrangement.arrange(["ecommerce"]) == ["ecommerce", "b2b", "newsletter"]
    scoring.run(now + timedelta(days=1))
    assert _by_policy() == {"b2b": 0, "ecommerce": 7, "newsletter": 2}


@pytest.mark.usefixtures("_shop")
def test_a_policy_for_everybody_stays_last_and_wrong_names_are_refused() -> None:
    assert arrangement.arrange(["newsletter", "ecommerce"]) == ["ecommerce", "b2b", "newsletter"]
    with pytest.raises(NotFoundError, match="In force are: ecommerce, b2b, newsletter"):
        arrangement.arrange(["b2c"])
    with pytest.raises(NotFoundError, match="No policy is called b2c"):
        arrangement.remove("b2c")
    with pytest.raises(InputError, match="b2b is named twice"):
        arrangement.arrange(["b2b", "b2b"])


@pytest.mark.usefixtures("_shop")
def test_without_any_policy_people_fall_to_none(now: datetime) -> None:
    found = arrangement.moved(now, [])
    assert {one.before: one.people for one in found.passages if one.after == ""} == {
        "b2b": 3,
        "ecommerce": 4,
        "newsletter": 2,
    }
