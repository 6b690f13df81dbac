"""Sources of data and since when they cover what."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from relance.core import database
from relance.intake.models import Source

OWN = "relance"
SAMPLE = "sample shop"  # invented people: see `invented`


def source_id(name: str, now: datetime) -> int:
    """Return the id of the source called `name`, made if absent."""
    source, _ = Source.objects.get_or_create(name=name, defaults={"created_at": now})
    return source.id


def own_id(now: datetime) -> int:
    """Return the id of the source that stands for Relance's own events."""
    return source_id(OWN, now)


def cover(source: int, since: Mapping[str, datetime]) -> None:
    """Note that the source covers each event type since an instant; an earlier one already noted stays."""
    for event_type, start in since.items():
        database.execute(
            """
            INSERT INTO coverage (source_id, type, since) VALUES (%s, %s, %s)
            ON CONFLICT (source_id, type) DO UPDATE SET since = least(coverage.since, excluded.since)
            """,
            [source, event_type, start],
        )


def covered_since() -> dict[str, datetime]:
    """Return for each covered event type the earliest instant some source covers it from.

    What only Relance itself does is covered from the beginning: before it was installed, it did nothing.
    """
    always = {name: datetime(1970, 1, 1, tzinfo=UTC) for name in ("state_changed", "journey_sunset")}
    return dict(database.rows("SELECT type, min(since) FROM coverage GROUP BY type")) | always


def invented() -> bool:
    """Tell whether the sample shop's people are in: they do not exist, so nothing may leave for them."""
    return Source.objects.filter(name=SAMPLE).exists()


def others(than: Collection[str]) -> list[str]:
    """Return the names of the sources that people or events came from, other than these."""
    return sorted(Source.objects.exclude(name__in=than).values_list("name", flat=True))
