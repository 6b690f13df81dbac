"""`relance journey approve`."""

import json
import re
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.journeys.models import Launch
from tests.command_line import app
from tests.web import launched
from tests.web.launched import JOURNEY


def test_a_named_person_approves_a_canary(db: None) -> None:
    launched.publish(datetime.now(UTC))
    answer = CliRunner().invoke(
        app, ["journey", "approve", JOURNEY, "--by", "Camille", "--canary", "7", "--json"], catch_exceptions=False
    )
    said = json.loads(answer.stdout)
    assert (said["approved_by"], said["canary"], said["bars"][-1]) == (
        "Camille",
        7,
        {"bar": "canary", "people": 7, "left": 7},
    )
    assert Launch.objects.get().canary == 7
    shown = json.loads(CliRunner().invoke(app, ["journey", "ramp", JOURNEY, "--json"], catch_exceptions=False).stdout)
    assert [(step["number"], step["people"]) for step in shown["steps"]] == [(1, 7)]
    assert (shown["next"]["people"], shown["next"]["released"]) == (21, False), "it has not begun"
    told = CliRunner().invoke(app, ["journey", "ramp", JOURNEY], catch_exceptions=False).stdout
    assert "Next, step 2: 21 people" in told
    with pytest.raises(RefusedError, match="name of a person"):
        CliRunner().invoke(app, ["journey", "ramp", JOURNEY, "--release"], catch_exceptions=False)
    assert AuditEntry.objects.filter(action="launch approved", actor="Camille").exists()


def test_an_approval_needs_a_name_and_a_good_hour(db: None) -> None:
    launched.publish(datetime.now(UTC))
    with pytest.raises(RefusedError, match="needs the name"):
        CliRunner().invoke(app, ["journey", "approve", JOURNEY, "--by", " "], catch_exceptions=False)
    with pytest.raises(RefusedError, match="in the past"):
        CliRunner().invoke(
            app, ["journey", "approve", JOURNEY, "--by", "Camille", "--at", "2020-01-01"], catch_exceptions=False
        )
    assert not Launch.objects.exists()


def test_a_canary_of_nearly_everybody_is_said_to_be_no_trial(db: None) -> None:
    launched.publish(datetime.now(UTC))
    command = ["journey", "approve", JOURNEY, "--by", "Camille", "--canary", "100000"]
    told = CliRunner().invoke(app, command, catch_exceptions=False).stdout
    assert re.search(
        r"warning: A canary of (\d+) of \1 eligible people is more than half: it is no longer a trial", told
    )
