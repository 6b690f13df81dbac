"""Hot events: the recent ones, in PostgreSQL, where triggers and branches find them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction


@dataclass(frozen=True)
class NewEvent:
    """An event to record; its key is (contact, source, type, reference), or file and line without a reference."""

    contact_id: int
    source_id: int
    type: str
    occurred_at: datetime
    amount: Decimal | None = None
    channel: str | None = None
    reference: str | None = None
    import_file: str | None = None
    import_line: int | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    recorded_at: datetime | None = None

    def row(self) -> tuple[object, ...]:
        """Return the columns as COPY takes them."""
        return (
            self.contact_id, self.source_id, self.type, self.occurred_at, self.amount, self.channel, self.reference,
            self.import_file, self.import_line, json.dumps(self.properties), self.recorded_at or datetime.now(UTC),
        )  # fmt: skip


_COLUMNS = "contact_id, source_id, type, occurred_at, amount, channel, reference, import_file, import_line, properties, recorded_at"


def insert(rows: Iterable[NewEvent]) -> int:
    """Record the events that are not yet known and return how many that is."""
    events = list(rows)
    if not events:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE new_event ON COMMIT DROP AS SELECT {_COLUMNS} FROM event LIMIT 0")
        with cursor.copy(f"COPY new_event ({_COLUMNS}) FROM STDIN") as copy:
            for event in events:
                copy.write_row(event.row())
        cursor.execute(f"INSERT INTO event ({_COLUMNS}) SELECT {_COLUMNS} FROM new_event ON CONFLICT DO NOTHING")
        count = cursor.rowcount
        cursor.execute("DROP TABLE new_event")
    return int(count)
