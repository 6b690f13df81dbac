"""A shop with one person of each kind, by name."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relance.core import database
from relance.core.definitions import read
from relance.dormancy import policies, scoring
from relance.dormancy.presets import FOLDER
from relance.events import hot
from relance.events.hot import NewEvent
from tests.dormancy.base import cover, did, known
from tests.prepared import prepared

# Who each person is: the kind, position in the funnel or reason that the name stands for.
PEOPLE = {
    name: n
    for n, name in enumerate(
        ("anna", "boris", "chloe", "denis", "elsa", "farid", "gilles", "hugo", "ines", "jeanne", "karim", "lea", "marc", "nadia",
         "oscar", "paula"), start=1)
}  # fmt: skip
TYPES = (
    "order_placed", "store_purchase", "message_delivered", "message_clicked", "message_replied", "logged_in", "service_used",
    "site_visited", "product_viewed", "cart_updated", "support_contact", "survey_answered", "message_complained", "refund",
)  # fmt: skip


def do(who: str, kind: str, days: int, now: datetime, **more: Any) -> None:
    """Let somebody do something so many days ago."""
    did(PEOPLE[who], kind, now - timedelta(days=days), **more)


def wrote(who: str, now: datetime, *, times: int = 8) -> None:
    """Deliver mails to somebody over the last months."""
    do(who, "message_delivered", 20, now, times=times)


def told(who: str, kind: str, days: int, now: datetime, **properties: str) -> None:
    """Let somebody do something that says what about."""
    at = now - timedelta(days=days)
    hot.insert([NewEvent(PEOPLE[who], 1, kind, at, reference=f"{who}{kind}{days}", properties=properties)])


@pytest.fixture
def shop(db: None, tmp_path: Path, now: datetime) -> Iterator[None]:
    """Everybody known for 800 days, everything covered, with an address and a yes; what each did is told below."""
    with prepared(f"kinds {now}", tmp_path, lambda: _base(now)):
        yield


def _base(now: datetime) -> None:
    for name in ("ecommerce", "newsletter"):
        policies.apply(read(FOLDER / f"{name}.yaml"), now)
    database.execute(
        """UPDATE policy SET definition = definition || '{"out_of_target": {"any": [
        {"postcode": {"lt": "69000"}, "city": {"not": ""}}, {"attributes.youngest_child_born": {"lte": 2008}}]}}'"""
    )
    cover(now, *TYPES)
    known(PEOPLE.values(), now - timedelta(days=800), postcode="69003", city="Lyon")
    database.execute(
        "INSERT INTO contact_point (contact_id, channel, value, valid) SELECT id, 'email', id || '@example.org', TRUE FROM contact"
    )
    database.execute(
        "INSERT INTO consent (contact_id, channel, given, at) SELECT id, 'email', TRUE, first_seen_at FROM contact"
    )
    _buyers(now)
    _others(now)
    scoring.run(now)


def _buyers(now: datetime) -> None:
    """Anna is an ex-buyer; Boris cannot be reached; Chloe buys in the store; Denis was the best; Elsa is awake."""
    do("anna", "order_placed", 500, now, amount=35)
    do("boris", "order_placed", 500, now, amount=45)
    database.execute("UPDATE contact_point SET valid = FALSE WHERE contact_id = %s", [PEOPLE["boris"]])
    do("chloe", "store_purchase", 30, now, amount=40)
    wrote("chloe", now)
    for days in (700, 600, 500):
        do("denis", "order_placed", days, now, amount=400)
    do("elsa", "order_placed", 400, now, amount=20)
    do("elsa", "order_placed", 5, now, amount=20)
    do("elsa", "logged_in", 5, now)
    do("elsa", "message_clicked", 5, now)
    for who in ("hugo", "ines"):  # Hugo moved away, the children of Ines grew up
        do(who, "order_placed", 500, now, amount=30)
    database.execute("UPDATE contact SET postcode = '33000', city = 'Bordeaux' WHERE id = %s", [PEOPLE["hugo"]])
    database.execute(
        """UPDATE contact SET attributes = '{"youngest_child_born": 2005}' WHERE id = %s""", [PEOPLE["ines"]]
    )
    do("paula", "order_placed", 500, now, amount=30)
    do("paula", "journey_sunset", 100, now)


def _others(now: datetime) -> None:
    """Farid uses the service; Gilles never reacted, Jeanne did once, Karim is a ghost, Lea only looked, Marc left a cart."""
    for days in (90, 10):
        do("farid", "service_used", days, now)
    wrote("gilles", now)
    do("gilles", "site_visited", 700, now)
    wrote("jeanne", now)
    do("jeanne", "message_clicked", 400, now)
    do("karim", "message_clicked", 500, now)
    wrote("karim", now)
    do("lea", "site_visited", 40, now)
    do("marc", "cart_updated", 60, now)
    do("nadia", "order_placed", 500, now, amount=900)
    database.execute("UPDATE contact SET objected_at = %s WHERE id = %s", [now, PEOPLE["nadia"]])
