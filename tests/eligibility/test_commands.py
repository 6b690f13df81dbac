"""`relance calendar`, `relance doctor`, `relance declare no-opt-outs`: text for people, JSON for programs."""

import json
from datetime import datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from relance.cli import calendar, declare
from relance.cli.doctor import doctor
from relance.core.errors import DefinitionError, InputError, NotFoundError, RefusedError
from relance.eligibility import gate
from relance.eligibility.models import CommercialPeriod
from relance.eligibility.permission import opt_outs_known
from tests.eligibility.people import anna, message, suppress

pytestmark = pytest.mark.usefixtures("db")
doctor_app = typer.Typer()
doctor_app.command()(doctor)


def run(app: typer.Typer, *words: str) -> str:
    answer = CliRunner().invoke(app, words, catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_the_calendar_of_a_year_is_shown_as_json() -> None:
    data = json.loads(run(calendar.app, "show", "--year", "2027", "--country", "FR", "--json"))
    days = {period["name"]: period["day"] for period in data["periods"]}
    assert (days["winter_sales"], days["summer_sales"], days["black_friday"]) == (
        "2027-01-06",
        "2027-06-23",
        "2027-11-26",
    )
    assert data["periods"][0]["starts_at"] == "2027-01-06T08:00:00+01:00"
    assert data["blocked_days"] == 177
    likely = {period["name"]: period["starts_at"][:10] for period in data["periods"] if period["likely"]}
    assert likely == {"french_days_spring": "2027-04-27", "french_days_autumn": "2027-09-21"}
    assert data["not_announced"] == ["french_days_spring", "french_days_autumn"]
    assert data["blackouts"][0]["periods"] == ["winter_sales", "valentines_day"]


def test_the_calendar_of_a_year_is_shown_to_people() -> None:
    text = " ".join(run(calendar.app, "show", "--year", "2027", "--country", "fr").split())
    assert "177 days of 2027 are blocked, with 3 days before and 3 after each period" in text
    assert "No dates are announced here for: French Days, spring" in text


def test_a_calendar_is_applied_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text("calendar: shop\nperiods:\n  - {name: private sale, starts: 2027-03-10, ends: 2027-03-11}\n")
    assert json.loads(run(calendar.app, "apply", str(file), "--json"))["periods"] == 1
    assert "1 periods kept" in run(calendar.app, "apply", str(file))
    file.write_text("calendar: shop\n")
    with pytest.raises(DefinitionError, match="periods: this field is missing"):
        run(calendar.app, "apply", str(file))
    assert CommercialPeriod.objects.count() == 1


def test_departments_levels_and_other_countries_are_shown() -> None:
    data = json.loads(run(calendar.app, "show", "--year", "2027", "--department", "2a", "--json"))
    assert [p["day"] for p in data["periods"] if p["name"] == "summer_sales"] == ["2027-06-23", "2027-07-14"]
    assert len(data["saturation"]) == 365
    assert data["saturation"]["2027-11-26"] == 100
    belgium = json.loads(run(calendar.app, "show", "--year", "2028", "--country", "be", "--json"))
    assert (len(belgium["saturation"]), belgium["time_zone"]) == (366, "Europe/Brussels")
    assert json.loads(run(calendar.app, "show", "--year", "2027", "--country", "PL", "--json"))["periods"] == []
    assert "No periods of PL are known, so nothing waits there" in run(calendar.app, "show", "--country", "PL")
    for wrong in ("France", "ZZ"):
        with pytest.raises(InputError, match="is no country"):
            run(calendar.app, "show", "--country", wrong)


@pytest.mark.parametrize(("code", "department", "first"), [("RE", "974", "2027-09-04"), ("gp", "971", "2027-01-02")])
def test_a_territory_overseas_is_its_department_of_france(code: str, department: str, first: str) -> None:
    shown = ["show", "--year", "2027", "--json", "--country", code]
    data = json.loads(run(calendar.app, *shown))
    assert (data["country"], data["department"]) == ("FR", department)
    assert first in [p["day"] for p in data["periods"] if p["name"] == "winter_sales"]
    assert json.loads(run(calendar.app, *shown, "--department", department)) == data
    with pytest.raises(InputError, match=f"{code.upper()} is department {department}, not 57"):
        run(calendar.app, *shown, "--department", "57")
    hours, of_france = (json.loads(run(calendar.app, "hours", "--country", one, "--json")) for one in (code, "FR"))
    assert hours == of_france


@pytest.mark.parametrize(("place", "why"), [("999", "is no French department"), ("20", "2A or 974")])
def test_a_department_that_there_is_not_is_refused(place: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        run(calendar.app, "show", "--department", place)
    with pytest.raises(InputError, match="Departments are those of France: BE has none"):
        run(calendar.app, "show", "--department", "57", "--country", "be")
    assert json.loads(run(calendar.app, "show", "--department", "75", "--json"))["department"] == "75"


def test_the_windows_of_so_many_days_are_shown(now: datetime) -> None:
    data = json.loads(run(calendar.app, "window", "--days", "30", "--as-of", "2026-11-01", "--json"))
    assert not data["fits_now"]
    assert data["windows"][0]["starts_at"] == "2027-02-18T00:00:00+01:00"
    assert data["windows"][0]["before"] == "French Days, spring (likely dates)"
    text = run(calendar.app, "window", "--days", "3", "--as-of", "2026-07-27")
    assert "It may start now" in text
    with pytest.raises(InputError, match="Name a journey, or give --days"):
        run(calendar.app, "window")
    with pytest.raises(RefusedError, match="No 200"):
        run(calendar.app, "window", "--days", "200")


def test_the_hours_of_a_country_are_shown_with_their_source() -> None:
    found = {row["channel"]: row for row in json.loads(run(calendar.app, "hours", "--json"))["hours"]}
    assert found["phone"]["hours"] == "10:00-13:00, 14:00-20:00"
    assert (found["phone"]["kind"], found["email"]["hours"]) == ("law", "not 21:00 to 7:00")
    assert "D223-9" in run(calendar.app, "hours")


def test_the_doctor_tells_why_anna_did_not_get_it(now: datetime) -> None:
    contact = anna(now)
    suppress("anna@example.org", "complained", now)
    gate.check([message(contact, now)], now)
    told = json.loads(run(doctor_app, "anna@example.org", "--as-of", "2026-07-27", "--json"))
    assert told["messages"][0]["verdicts"][0]["code"] == "suppressed"
    text = " ".join(run(doctor_app, "anna@example.org", "--as-of", "2026-07-27").split())
    assert "block (suppressed): An address of this person is on the suppression list" in text
    assert "may be kept until" in text


def test_the_doctor_knows_an_address_that_is_only_suppressed_and_refuses_an_unknown_one(now: datetime) -> None:
    suppress("gone@example.org", "erased", now)
    assert "nobody's address here" in run(doctor_app, "gone@example.org")
    with pytest.raises(NotFoundError):
        run(doctor_app, "nobody@example.org")


def test_a_named_person_declares_that_there_are_no_opt_outs() -> None:
    assert (
        json.loads(run(declare.app, "no-opt-outs", "--by", "Camille", "--note", "new shop", "--json"))["by"]
        == "Camille"
    )
    assert opt_outs_known()
    with pytest.raises(InputError):
        run(declare.app, "no-opt-outs", "--by", " ")
