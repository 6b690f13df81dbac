"""A journey with both arms, to which tests add people and what they did."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from relance.contacts.models import Contact
from relance.core import database, place
from relance.events import hot
from relance.intake import sources
from relance.journeys import publishing
from relance.journeys.models import Enrolment, Journey, Version
from relance.measurement import waterfall
from relance.rehearsal import demonstration
from tests.conftest import NOW

_numbers = count(1)


@pytest.fixture(scope="module")
def shop(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A small sample shop with its journey published, not started."""
    folder = tmp_path_factory.mktemp("shop")
    with database.scratch(), place.elsewhere(data=folder, lake=str(folder / "lake")):
        files = demonstration.files(waterfall.quiet, contacts=700)
        demonstration.load(files, waterfall.quiet, NOW)
        publishing.pause(demonstration.JOURNEY)
        yield


@dataclass(frozen=True)
class Running:
    """A published journey, the shop that tells of orders, and the instant of the test."""

    journey: Journey
    version: Version
    shop: int
    now: datetime

    def enrol(self, *, control: bool, days_ago: float, times: int = 1) -> list[int]:
        """Let `times` people enter and return their ids."""
        at = self.now - timedelta(days_ago)
        people = Contact.objects.bulk_create(Contact(first_name="Anna", first_seen_at=at) for _ in range(times))
        Enrolment.objects.bulk_create(
            Enrolment(
                contact=person,
                journey=self.journey,
                version=self.version,
                occasion=1,
                control=control,
                entered_at=at,
                position="0",
            )
            for person in people
        )
        return [person.pk for person in people]

    def happened(self, person: int, kind: str, *, days_ago: float, amount: str | None = None) -> None:
        """Record an event that the shop tells of."""
        at = self.now - timedelta(days_ago)
        money = None if amount is None else Decimal(amount)
        hot.insert([hot.NewEvent(person, self.shop, kind, at, money, reference=f"r{next(_numbers)}")])


def definition_of(**changes: object) -> dict[str, object]:
    """Return a small journey as people write it."""
    return {
        "journey": "wake-up",
        "purpose": "reactivation",
        "goal": {"event": "order_placed", "within": "30 days"},
        "entry": {"segment": "dormant-buyers"},
        "holdout": "10%",
        "steps": [
            {"send": {"id": "hello", "channel": "email", "template": "hello-no-offer"}},
            {"wait": "7 days"},
            {"sunset": {}},
        ],
    } | changes


def publish(now: datetime, **changes: object) -> Running:
    """Publish the journey, with a shop that covers orders, visits and logins since two years ago."""
    journey = Journey.objects.create(name="wake-up", running=True)
    version = Version.objects.create(journey=journey, number=1, definition=definition_of(**changes), published_at=now)
    shop = sources.source_id("shop", now)
    long_ago = now - timedelta(730)
    sources.cover(shop, dict.fromkeys(("order_placed", "refund", "site_visited", "logged_in"), long_ago))
    return Running(journey, version, shop, now)


@pytest.fixture
def running(db: None, now: datetime) -> Running:
    """The small journey, published."""
    return publish(now)
