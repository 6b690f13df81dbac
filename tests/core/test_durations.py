"""Durations follow the calendar."""

from datetime import UTC, datetime

import pytest

from relance.core.durations import Duration


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1 month", "2027-01-31", "2027-02-28"),
        ("12 months", "2028-02-29", "2029-02-28"),
        ("2 weeks", "2026-12-25", "2027-01-08"),
        ("48 hours", "2026-10-24", "2026-10-26"),
    ],
)
def test_months_are_clamped_and_hours_are_elapsed(text: str, start: str, end: str) -> None:
    instant = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert Duration.parse(text).after(instant) == datetime.fromisoformat(end).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["soon", "3", "-1 day", "3 fortnights", 7, ""])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="a duration is a number and a unit"):
        Duration.parse(text)
