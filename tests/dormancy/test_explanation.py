"""Every criterion is told in a sentence, in both languages."""

from datetime import datetime, timedelta
from pathlib import Path

import relance
from relance.core import database
from relance.core.definitions import read
from relance.dormancy import policies
from relance.dormancy.explanation import explain
from relance.events import hot
from relance.events.hot import NewEvent
from relance.intake import sources

ECOMMERCE = Path(relance.__file__).parent / "recipes" / "policies" / "ecommerce.yaml"


def test_each_criterion_has_its_sentence(db: None, now: datetime) -> None:
    policies.apply(read(ECOMMERCE), now)
    covered = dict.fromkeys(("order_placed", "message_clicked", "logged_in"), now - timedelta(days=900))
    sources.cover(sources.source_id("shop", now), covered)
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now - timedelta(days=800)])
    for kind, days in (("order_placed", 400), ("logged_in", 3)):
        hot.insert([NewEvent(1, 1, kind, now - timedelta(days=days), 5, reference="a")])
    assert {line["criterion"]: line["sentence"] for line in explain(1, now)} == {
        "no_purchase": "Order on the web shop, Purchase in the store: nothing since 2025-06-22, longer than 12 months: 3 points.",
        "no_reaction": (
            "Link in a message clicked, Message answered: unknown, since no message that would tell was delivered (6 needed)."
        ),
        "no_visit": "Sign-in to the account: seen on 2026-07-24: no points.",
    }
    french = {line["criterion"]: line["sentence"] for line in explain(1, now, "fr")}
    assert french["no_purchase"] == (
        "Commande en ligne, Achat en magasin\u00a0: rien depuis 2025-06-22, soit plus de 12 mois\u00a0: 3 points."
    )


def test_what_is_unknown_for_want_of_history_says_so(db: None, now: datetime) -> None:
    policies.apply(read(ECOMMERCE), now)
    sources.cover(
        sources.source_id("shop", now),
        {"order_placed": now - timedelta(days=900), "logged_in": now - timedelta(days=30)},
    )
    database.execute("INSERT INTO contact (id, first_seen_at) VALUES (1, %s)", [now - timedelta(days=800)])
    hot.insert([NewEvent(1, 1, "order_placed", now - timedelta(days=400), 5, reference="a")])
    told = {line["criterion"]: line["sentence"] for line in explain(1, now)}
    assert (
        told["no_visit"]
        == "Sign-in to the account: unknown, since the data does not reach 9 months back for this person."
    )
