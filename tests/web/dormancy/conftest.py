"""A shop with two policies, scored and counted."""

from datetime import timedelta

import pytest
from django.utils import timezone

from relance.dormancy import policies, presets, scoring
from relance.events import hot
from relance.events.hot import NewEvent
from relance.measurement import relaunch
from tests.dormancy.base import cover, known

BUYERS, SUBSCRIBERS = range(1, 61), range(61, 71)


@pytest.fixture
def _policies(db: None) -> None:
    """A shop's policy and one for everybody else."""
    for name in ("ecommerce", "newsletter"):
        policies.apply(presets.preset(name).document, timezone.now() - timedelta(days=1))


@pytest.fixture
def _shop(_policies: None) -> None:
    """Sixty buyers, each silent ten days longer than the one before, and ten subscribers; all scored."""
    now = timezone.now()
    cover(now, "order_placed", "store_purchase", "message_clicked", "logged_in")
    known([*BUYERS, *SUBSCRIBERS], now - timedelta(days=1500))
    hot.insert(
        NewEvent(contact, 1, "order_placed", now - timedelta(days=10 * contact + 40 * n, hours=1), amount=50, reference=f"{contact}-{n}")
        for contact in BUYERS
        for n in range(8)
    )  # fmt: skip
    scoring.run(now)


@pytest.fixture
def _counted(_shop: None) -> None:
    relaunch.refresh(timezone.now())
