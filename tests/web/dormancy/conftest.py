"""A shop with two policies, scored and counted."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from relance.dormancy import policies, presets, scoring
from relance.events import hot
from relance.events.hot import NewEvent
from relance.measurement import relaunch
from tests.dormancy.base import cover, known
from tests.prepared import prepared

BUYERS, SUBSCRIBERS = range(1, 61), range(61, 71)


@pytest.fixture
def _policies(db: None) -> None:
    """A shop's policy and one for everybody else."""
    _define()


@pytest.fixture
def _shop(db: None, tmp_path: Path) -> Iterator[None]:
    """Sixty buyers, each silent ten days longer than the one before, and ten subscribers; all scored."""
    with prepared("buyers and subscribers", tmp_path, _score):
        yield


@pytest.fixture
def _counted(db: None, tmp_path: Path) -> Iterator[None]:
    """The same, with silences and returns counted."""
    with prepared("buyers and subscribers, counted", tmp_path, _count):
        yield


def _define() -> None:
    for name in ("ecommerce", "newsletter"):
        policies.apply(presets.preset(name).document, timezone.now() - timedelta(days=1))


def _score() -> None:
    _define()
    now = timezone.now()
    cover(now, "order_placed", "store_purchase", "message_clicked", "logged_in")
    known([*BUYERS, *SUBSCRIBERS], now - timedelta(days=1500))
    hot.insert(
        NewEvent(contact, 1, "order_placed", now - timedelta(days=10 * contact + 40 * n, hours=1), amount=50, reference=f"{contact}-{n}")
        for contact in BUYERS
        for n in range(8)
    )  # fmt: skip
    scoring.run(now)


def _count() -> None:
    _score()
    relaunch.refresh(timezone.now())
