"""When a silence is long enough: on the calendar, in Python and in the engine alike."""

from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relance.core.durations import Duration
from relance.dormancy import due
from relance.events import engine

instants = st.datetimes(datetime(1971, 1, 1), datetime(2080, 1, 1), timezones=st.just(UTC)).map(
    lambda at: at.replace(microsecond=0)
)
durations = st.builds(Duration, st.integers(1, 40), st.sampled_from(["day", "week", "month", "year"])).filter(
    lambda duration: duration.days < 5000
)


@given(durations, instants)
def test_it_is_the_first_instant_whose_window_no_longer_holds_the_sign(duration: Duration, last: datetime) -> None:
    at = due.after(duration, last)
    assert duration.before(at) >= last
    assert duration.before(at - timedelta(seconds=1)) < last


def test_the_engine_says_the_same_second() -> None:
    starts = [datetime(2019, 12, 25, 23, 59, tzinfo=UTC) + timedelta(hours=31 * n) for n in range(1500)]
    for duration in (
        Duration(n, unit) for n, unit in [(1, "month"), (6, "month"), (12, "month"), (2, "year"), (6, "week")]
    ):
        unbound = ibis.table({"n": "int64", "at": "int64"}, name="t")
        query = ibis.to_sql(unbound.select("n", due=due.seconds_after(duration, unbound.at)), dialect="duckdb")
        con = engine.connect()
        con.register("t", pa.table({"n": range(len(starts)), "at": [int(at.timestamp()) for at in starts]}))
        found = con.execute(f"SELECT due FROM ({query}) ORDER BY n").fetchall()
        con.close()
        assert [at for (at,) in found] == [int(due.after(duration, at).timestamp()) for at in starts]


@pytest.mark.parametrize(
    ("last", "duration", "day"),
    [
        ("2024-02-29 10:00", "12 months", "2025-03-01 00:00"),
        ("2024-02-29 10:00", "4 years", "2028-02-29 10:00"),
        ("2026-01-31 10:00", "1 month", "2026-03-01 00:00"),
        ("2026-03-28 23:30", "6 months", "2026-09-28 23:30"),
    ],
)
def test_the_ends_of_months(last: str, duration: str, day: str) -> None:
    at = datetime.fromisoformat(last).replace(tzinfo=UTC)
    assert due.after(Duration.parse(duration), at) == datetime.fromisoformat(day).replace(tzinfo=UTC)
