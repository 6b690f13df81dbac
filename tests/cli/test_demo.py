"""What the demonstration ends on: commands that work as they stand."""

from datetime import datetime

import pytest

from relance.cli import rehearsal
from relance.contacts.models import ContactPoint
from relance.rehearsal import demonstration
from tests.eligibility.people import person


def test_the_commands_name_the_data_folder_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_DATA", "relance demo")
    assert rehearsal._here() == "RELANCE_DATA='relance demo' "
    monkeypatch.delenv("RELANCE_DATA")
    assert rehearsal._here() == ""


@pytest.mark.usefixtures("db")
def test_the_doctor_is_asked_about_somebody_there_is(now: datetime) -> None:
    assert demonstration.somebody() == "EMAIL"
    ContactPoint.objects.filter(contact=person("anna", now)).update(valid=False)
    person("boris", now)
    assert demonstration.somebody() == "boris@example.org"
