"""An invented base whose history has what engines disagree on: fractions of seconds, ties, refunds, objections, merged people."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import relance
from relance.core import database
from relance.core.definitions import read
from relance.dormancy import policies
from relance.events import flush, hot
from relance.events.hot import NewEvent
from relance.intake import sources

RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
KINDS = (
    "order_placed", "order_placed", "store_purchase", "refund", "message_delivered", "message_delivered", "message_delivered",
    "message_clicked", "message_opened", "logged_in", "site_visited", "service_used", "cart_updated", "call_unanswered",
)  # fmt: skip


def fill(now: datetime, *, people: int = 200, each: int = 25, seed: int = 7, flushed: bool = True) -> None:
    """Apply every shipped policy, make people, and write their history: half in the lake unless `flushed` is false, half hot."""
    for path in sorted(RECIPES.glob("*.yaml")):
        policies.apply(read(path), now)
    shop = sources.source_id("shop", now)
    sources.cover(shop, {kind: now - timedelta(days=1200 if kind != "logged_in" else 200) for kind in set(KINDS)})
    draw = random.Random(seed)
    database.execute(
        """INSERT INTO contact (id, external_id, first_seen_at, kind, objected_at, country, attributes)
        SELECT i, 'C' || i, %s - make_interval(secs => (i * 7919 %% 900) * 86400 + i / 7.0), CASE WHEN i %% 9 = 0 THEN 'b2b' ELSE 'b2c' END,
               CASE WHEN i %% 23 = 0 THEN %s END, 'FR', '{"size": "M"}' FROM generate_series(1, %s) AS i""",
        [now, now - timedelta(days=3), people],
    )
    events = [event(draw, n, now, people) for n in range(people * each)]
    hot.insert(events[: len(events) // 2])
    if flushed:
        flush.run(now)
    hot.insert(events[len(events) // 2 :])
    database.execute("INSERT INTO contact_alias (loser_id, survivor_id, at) VALUES (%s, 3, %s)", [people, now])
    database.execute("DELETE FROM contact WHERE id = %s", [people])


def event(draw: random.Random, n: int, now: datetime, people: int) -> NewEvent:
    """Return one of a few people's many events; a third of the people have none."""
    kind = draw.choice(KINDS)
    at = now - timedelta(
        seconds=draw.choice((draw.random() * 86_400 * 700, 86_400 * draw.randrange(700), draw.random() * 9e5))
    )
    amount = draw.choice((draw.randrange(100, 30_000) / 100, 19.99, 0.005)) if kind in KINDS[:4] else None
    person = 1 + int(people * draw.random() ** 2 * 2 / 3) if n % 50 else people
    return NewEvent(person, 1, kind, at, amount, "email", reference=f"e{n}", recorded_at=now)
