"""What keeps a sender from being removed: journeys that send as it, or may begin to."""

from datetime import datetime

import pytest

from relance.core.errors import RefusedError
from relance.journeys import sender_uses
from relance.journeys.models import Launch, LaunchPlan, Version
from relance.senders import register
from tests.eligibility.breaker.sending import journey
from tests.senders.files import outlet

pytestmark = pytest.mark.usefixtures("db")


def test_a_launch_in_force_and_a_plan_to_be_approved_name_their_sender(now: datetime) -> None:
    outlet(now)
    back = journey("back", now, sender="outlet")
    first = Version.objects.get(journey=back)
    second = Version.objects.create(
        journey=back, number=2, definition=first.definition | {"sender": "default"}, published_at=now
    )
    asked = {"journey": back, "canary": 10, "start_at": now, "asked_at": now, "by": "Marie"}
    plan = LaunchPlan.objects.create(version=first, **asked)
    with pytest.raises(RefusedError, match="the journey back sends as it"):
        sender_uses.remove("outlet", now, by="Marie")
    approved = {"journey": back, "start_at": now, "approved_by": "Marie", "approved_at": now, "figures": {}}
    Launch.objects.create(version=first, plan=plan, checklist=[], **approved)
    with pytest.raises(RefusedError, match="the journey back sends as it"):
        sender_uses.remove("outlet", now, by="Marie")
    Launch.objects.create(version=second, checklist=[], **approved)
    sender_uses.remove("outlet", now, by="Marie")
    assert list(register.in_force()) == ["default"]
