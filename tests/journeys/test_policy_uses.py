"""What asks for a policy by name: segments, journeys and drafts."""

from datetime import datetime
from typing import Any

import pytest

from relance.core.definitions import parse
from relance.core.errors import RefusedError
from relance.journeys import policy_uses
from relance.journeys.models import Draft, Enrolment, Revision, Version
from relance.journeys.uses import Use
from relance.segments import definitions
from tests.measurement.conftest import Running, definition_of
from tests.measurement.conftest import running as running

BRANCH = {
    "branch": [{"if": {"any": [{"policy": {"not": "b2b"}}, {"orders": {"gte": 3}}]}, "then": [{"wait": "1 day"}]}]
}


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        ({"policy": "b2b"}, True),
        ({"all": [{"orders": {"gte": 1}}, {"not": {"policy": ["shop", "b2b"]}}]}, True),
        ({"policy": {"not": "b2b"}}, True),
        ({"policy": "b2b-large"}, False),
        ({"attributes.policy": "b2b"}, False),
    ],
)
def test_a_condition_asks_for_the_policies_it_names(condition: dict[str, Any], asks: bool) -> None:
    assert policy_uses.asks(condition, "b2b") is asks


def test_segments_journeys_and_drafts_are_found(running: Running, now: datetime) -> None:
    definitions.apply(parse("segment: companies\npolicy: b2b\n", "s.yaml"), now)
    Version.objects.filter(journey=running.journey).update(definition=definition_of(steps=[BRANCH]))
    draft = Draft.objects.create(name="autumn", revision=1)
    text = "journey: autumn\nsteps:\n  - branch:\n      - if: {policy: b2b}\n        then: []\n"
    Revision.objects.create(draft=draft, number=1, text=text, act="", actor="", at=now)
    assert policy_uses.found("b2b") == [Use("segment", "companies"), Use("journey", "wake-up"), Use("draft", "autumn")]
    with pytest.raises(RefusedError, match="the segment companies, the journey wake-up, the draft autumn asks for it"):
        policy_uses.insist_on_none("b2b")
    policy_uses.insist_on_none("ecommerce")


def test_an_older_version_counts_as_long_as_somebody_goes_through_it(running: Running, now: datetime) -> None:
    Version.objects.filter(journey=running.journey).update(definition=definition_of(steps=[BRANCH]))
    Version.objects.create(journey=running.journey, number=2, definition=definition_of(), published_at=now)
    assert policy_uses.found("b2b") == []
    running.enrol(control=False, days_ago=1)
    Enrolment.objects.update(due_at=now)
    assert policy_uses.found("b2b") == [Use("journey", "wake-up")]
