"""Sources of data."""

from collections.abc import Collection, Mapping
from datetime import datetime

from relance.core import database
from relance.core.unchanged import read_once
from relance.intake import coverage
from relance.intake.models import Source

OWN = "relance"
SAMPLE = "sample shop"  # invented people: see `invented`


def source_id(name: str, now: datetime) -> int:
    """Return the id of the source called `name`, made if absent."""
    return _known(name) or Source.objects.get_or_create(name=name, defaults={"created_at": now})[0].id


@read_once
def _known(name: str) -> int:
    known = database.rows("SELECT id FROM source WHERE name = %s", [name])
    return int(known[0][0]) if known else 0


def own_id(now: datetime) -> int:
    """Return the id of the source that stands for Relance's own events."""
    return source_id(OWN, now)


def cover(source: int, since: Mapping[str, datetime], until: datetime | None = None) -> None:
    """Note that the source tells of each event type since an instant, and until one; see `coverage.cover`."""
    coverage.cover(source, since, until)


def cover_own(now: datetime) -> int:
    """Note that Relance tells what becomes of the mails it sends, from the first on; return the id of its own source."""
    told = database.rows(
        """
        SELECT source.id, count(*) FILTER (WHERE type = ANY(%s::text[]) AND since <= %s AND until IS NULL)
        FROM source LEFT JOIN coverage ON source_id = source.id WHERE name = %s GROUP BY source.id
        """,
        [list(coverage.OWN_TYPES), now, OWN],
    )
    own, known = told[0] if told else (own_id(now), 0)
    if known != len(coverage.OWN_TYPES):
        coverage.cover(own, dict.fromkeys(coverage.OWN_TYPES, now))
    return int(own)


def invented() -> bool:
    """Tell whether the sample shop's people are in: they do not exist, so nothing may leave for them."""
    return Source.objects.filter(name=SAMPLE).exists()


def others(than: Collection[str]) -> list[str]:
    """Return the names of the sources that people or events came from, other than these."""
    return sorted(Source.objects.exclude(name__in=than).values_list("name", flat=True))
