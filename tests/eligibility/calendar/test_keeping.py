"""A calendar of one's own: by file, by rule, and one by one as the pages do it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from relance.core.errors import DefinitionError, InputError, NotFoundError
from relance.core.models import AuditEntry
from relance.eligibility.calendar import keeping
from relance.eligibility.calendar.keeping import Wanted
from relance.eligibility.commercial_calendar import periods
from relance.eligibility.models import CommercialPeriod, CommercialRule

PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.usefixtures("db")


def write(folder: Path, *entries: str, head: str = "calendar: shop") -> Path:
    path = folder / "shop.yaml"
    path.write_text("\n".join([head, "periods:", *(f"  - {{{entry}}}" for entry in entries)]))
    return path


def private(first: date, days: int = 1, name: str = "Private sale", weight: int = 60) -> Wanted:
    return Wanted(name, first, first + timedelta(days=days), weight)


def test_periods_are_moved_cancelled_and_added(tmp_path: Path, now: datetime) -> None:
    file = write(
        tmp_path,
        "name: summer_sales, starts: 2027-06-30 08:00, ends: 2027-07-27, source: order of 3 May 2027",
        "name: singles_day, year: 2027, cancelled: true",
        "name: private sale, starts: 2027-03-10, ends: 2027-03-11, weight: 90",
    )
    keeping.apply(file, now)
    found = {period.name: period for period in periods("FR", 2027)}
    assert found["summer_sales"].starts_at == datetime(2027, 6, 30, 6, tzinfo=UTC)
    assert (found["summer_sales"].source, found["summer_sales"].weight) == ("order of 3 May 2027", 70)
    assert (found["private sale"].ends_at, found["private sale"].weight) == (datetime(2027, 3, 12, tzinfo=PARIS), 90)
    assert "singles_day" not in found
    assert "singles_day" in {period.name for period in periods("FR", 2028)}


def test_an_exceptional_order_of_the_table_can_itself_be_changed(tmp_path: Path, now: datetime) -> None:
    keeping.apply(write(tmp_path, "name: summer_sales, starts: 2020-07-01 08:00, ends: 2020-07-28"), now)
    assert [p.day for p in periods("FR", 2020) if p.name == "summer_sales"] == [date(2020, 7, 1)]


def test_rules_of_ones_own_hold_every_year_and_take_the_place_of_the_tables(tmp_path: Path, now: datetime) -> None:
    file = write(
        tmp_path,
        "name: birthday, day: {weekday: saturday, nth: 1, month: 9}, after: 6, weight: 40, "
        "label: {en: Our birthday, fr: Notre anniversaire}",
        "name: singles_day, day: 11-11, before: 2",
        "name: fair, day: 05-01, since: 2028",
    )
    keeping.apply(file, now)
    for year, first in ((2027, date(2027, 9, 4)), (2028, date(2028, 9, 2))):
        found = {period.name: period for period in periods("FR", year)}
        assert (found["birthday"].day, found["birthday"].label("fr")) == (first, "Notre anniversaire")
        assert found["singles_day"].starts_at.day == 9
        assert ("fair" in found) == (year == 2028)
    keeping.apply(write(tmp_path, "name: birthday, day: 09-01"), now)
    assert CommercialRule.objects.count() == 1


def test_a_department_that_there_is_not_is_refused(tmp_path: Path, now: datetime) -> None:
    period = "name: summer_sales, starts: 2027-07-05 08:00, ends: 2027-08-01"
    with pytest.raises(DefinitionError, match="999 is no French department; write one such as 57"):
        keeping.apply(write(tmp_path, f'{period}, departments: ["06", "999"]'), now)
    with pytest.raises(DefinitionError, match="departments are those of France"):
        keeping.apply(write(tmp_path, f'{period}, departments: ["06"]', head="calendar: shop\ncountry: BE"), now)
    assert not CommercialPeriod.objects.exists()


def test_departments_have_dates_of_their_own(tmp_path: Path, now: datetime) -> None:
    keeping.apply(
        write(tmp_path, "name: summer_sales, departments: [6], starts: 2027-07-05 08:00, ends: 2027-08-01"), now
    )
    assert [p.day for p in periods("FR", 2027, "06") if p.name == "summer_sales" and not p.online] == [date(2027, 7, 5)]
    assert [p.day for p in periods("FR", 2027) if p.name == "summer_sales"] == [date(2027, 6, 23)]


def test_another_country_has_its_own(tmp_path: Path, now: datetime) -> None:
    keeping.apply(write(tmp_path, "name: sale, day: {easter: -7}", head="calendar: poland\ncountry: PL"), now)
    assert [(p.name, p.day) for p in periods("PL", 2027)] == [("sale", date(2027, 3, 21))]


def test_the_same_file_again_changes_nothing_and_a_shorter_one_takes_away(tmp_path: Path, now: datetime) -> None:
    entry = "name: private sale, starts: 2027-03-10, ends: 2027-03-11"
    for _ in range(2):
        keeping.apply(write(tmp_path, entry), now)
        assert CommercialPeriod.objects.count() == 1
    keeping.apply(write(tmp_path, "name: other, starts: 2027-03-10, ends: 2027-03-11", head="calendar: b"), now)
    keeping.apply(write(tmp_path, "name: new, starts: 2027-05-10, ends: 2027-05-11"), now)
    assert set(CommercialPeriod.objects.values_list("name", flat=True)) == {"other", "new"}
    assert AuditEntry.objects.filter(action="calendar applied").count() == 4


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("name: sale, starts: 2027-03-10", "line 3, periods.0: .*`starts` and `ends`"),
        ("name: sale, starts: 2027-03-10, ends: 2027-03-09", "`ends` comes before"),
        ("name: sale, starts: 2027-03-10, ends: 2028-03-09", "180 days at most"),
        ("name: sale, cancelled: true", "has a `year`"),
        ("name: sale, year: 2027, starts: 2027-03-10, ends: 2027-03-11", "periods.0"),
        ("name: sale, starts: soon, ends: 2027-03-11", "line 3, periods.0.starts"),
        ("name: sale, start: 2027-03-10, ends: 2027-03-11", "periods.0.start: no such field"),
        ("name: sale, day: {weekday: monday}", "line 3, periods.0.day: a day is one of"),
        ("name: sale, day: 13-01", "periods.0.day.on"),
        ("name: sale, day: {easter: 1, unless: 05-01}", "go together"),
        ("name: sale, day: 05-01, starts: 2027-03-10, ends: 2027-03-11", "neither `starts`, `ends` nor `year`"),
        ("name: sale, day: 05-01, weight: 101", "periods.0.weight"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_kept(entry: str, problem: str, tmp_path: Path, now: datetime) -> None:
    good = "name: a, starts: 2027-03-10, ends: 2027-03-11"
    with pytest.raises(DefinitionError, match=problem):
        keeping.apply(write(tmp_path, entry, good), now)
    assert not CommercialPeriod.objects.exists()


def test_a_period_that_stands_twice_is_refused(tmp_path: Path, now: datetime) -> None:
    entry = "name: sale, starts: 2027-03-10, ends: 2027-03-11"
    with pytest.raises(DefinitionError, match="sale stands twice"):
        keeping.apply(write(tmp_path, entry, entry), now)


def test_what_is_exported_can_be_applied_again(tmp_path: Path, now: datetime) -> None:
    entries = (
        "name: singles_day, year: 2027, cancelled: true",
        "name: private sale, starts: 2027-03-10, ends: 2027-03-11, weight: 90, departments: [2A]",
        "name: sale, starts: 2027-05-10 08:00, ends: 2027-05-11 20:00",
        "name: birthday, day: {weekday: saturday, from: 09-01}, after: 6",
    )
    keeping.apply(write(tmp_path, *entries), now)
    before = [periods("FR", year, department) for year in (2027, 2028) for department in ("", "2A")]
    file = tmp_path / "exported.yaml"
    file.write_text(keeping.export("FR"))
    CommercialPeriod.objects.all().delete()
    CommercialRule.objects.all().delete()
    keeping.apply(file, now)
    after = [periods("FR", year, department) for year in (2027, 2028) for department in ("", "2A")]
    assert [[(p.name, p.starts_at, p.ends_at, p.weight) for p in one] for one in after] == [
        [(p.name, p.starts_at, p.ends_at, p.weight) for p in one] for one in before
    ]


def test_a_period_is_added_changed_and_removed_and_each_act_is_kept(now: datetime) -> None:
    row = keeping.add("FR", private(date(2026, 9, 10)), by="Anna", now=now)
    assert row.ends_at == datetime(2026, 9, 12, tzinfo=PARIS)
    keeping.change(row.pk, private(date(2026, 9, 17), name="VIP sale"), by="Anna", now=now)
    assert [p.name for p in periods("FR", 2026) if p.own == row.pk] == ["VIP sale"]
    assert keeping.remove(row.pk, by="Boris", now=now) == "VIP sale"
    assert not [p for p in periods("FR", 2026) if p.own]
    acts = AuditEntry.objects.order_by("pk").values_list("action", "subject", "actor")
    assert list(acts) == [
        ("period added", "Private sale", "Anna"),
        ("period changed", "VIP sale", "Anna"),
        ("period removed", "VIP sale", "Boris"),
    ]
    changed = AuditEntry.objects.get(action="period changed").details
    assert (changed["before"]["first"], changed["after"]["first"]) == ("2026-09-10", "2026-09-17")


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        (private(date(2026, 9, 10), name=" "), "has no name"),
        (private(date(2026, 9, 10), name="black_friday"), "computed period"),
        (private(date(2026, 9, 10), days=-1), "comes before the first"),
        (private(date(2026, 9, 10), days=180), "180 days at most"),
        (private(date(2026, 7, 1)), "is over already"),
        (private(date(2026, 9, 10), weight=101), "from 0 to 100"),
        (private(date(2026, 9, 1), days=2, name="Fair"), "stands in the calendar already from 2026-09-02"),
    ],
)
def test_a_wrong_period_is_refused_and_nothing_is_kept(wanted: Wanted, problem: str, now: datetime) -> None:
    keeping.add("FR", private(date(2026, 9, 2), name="Fair"), by="Anna", now=now)
    with pytest.raises(InputError, match=problem):
        keeping.add("FR", wanted, by="Anna", now=now)
    assert CommercialPeriod.objects.count() == 1


def test_what_a_file_brought_is_changed_in_the_file(tmp_path: Path, now: datetime) -> None:
    keeping.apply(write(tmp_path, "name: private sale, starts: 2027-03-10, ends: 2027-03-11"), now)
    row = CommercialPeriod.objects.get()
    with pytest.raises(InputError, match="comes from the file shop"):
        keeping.remove(row.pk, by="Anna", now=now)
    with pytest.raises(NotFoundError, match="not in the calendar any more"):
        keeping.remove(row.pk + 1, by="Anna", now=now)
