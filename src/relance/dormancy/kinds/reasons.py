"""One person: which kinds she is of, where she stands in the funnel, and why she went quiet where that is known."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from django.conf import settings

from relance.dormancy.kinds import sorting
from relance.dormancy.kinds.catalogue import FUNNEL, KINDS, REASONS
from relance.dormancy.sentences import pair
from relance.events import engine
from relance.rules import Happened
from relance.rules.grammar import leaves

LONGEST_ANSWER = 200  # characters of a survey's answer that are repeated
ANSWERS = ("reason", "answer", "raison", "réponse")  # where a survey's event may hold the person's words

SENTENCES = {
    "survey": ("Answered a survey on {day}{answer}.", "A répondu à une enquête le {day}{answer}."),
    "complaint": ("Complained on {day}.", "A fait une réclamation le {day}."),
    "spam": (
        "Marked a message as spam on {day}.",
        "A signalé un message comme indésirable le {day}.",
    ),
    "delivery": (
        "Turned to support about a delivery on {day}.",
        "A contacté le service client pour une livraison le {day}.",
    ),
    "after_sales": (
        "Was in contact with after-sales service on {day}.",
        "A eu affaire au service après-vente le {day}.",
    ),
    "refund": ("Was refunded on {day}.", "A été remboursé le {day}."),
    "forgot": (
        "No delivery trouble, complaint, after-sales contact or survey answer for two years: probably forgot us.",
        "Ni souci de livraison, ni réclamation, ni contact avec le SAV, ni réponse à une enquête depuis deux ans : sans doute un oubli.",
    ),
    "unknown": (
        "The reason is unknown: no source tells of contacts with support over the last two years.",
        "La raison est inconnue : aucune source ne renseigne les échanges avec le service client sur les deux dernières années.",
    ),
    "objected": (
        "This person objected to profiling: no reason is looked for.",
        "Cette personne s’est opposée au profilage : aucune raison n’est cherchée.",
    ),
    "not_silent": ("This person is not silent.", "Cette personne n’est pas silencieuse."),
    "not_scored": ("This person was not scored yet.", "Cette personne n’a pas encore été évaluée."),
}
SILENT = ("cooling", "dormant", "very_dormant")

# Event types that make each reason.
_SIGNS = {
    "survey": ("survey_answered",),
    "complaint": ("support_contact", "message_complained"),
    "delivery": ("support_contact",),
    "after_sales": ("support_contact", "refund"),
}


def reason(contact_id: int, now: datetime) -> dict[str, Any]:
    """Return why a contact went quiet: `code`, `at` (the day of its last sign, or None), `sentence` and `sentence_fr`.

    Codes: survey, complaint, delivery, after_sales, forgot; unknown where no source tells; objected, not_silent, not_scored
    where none is looked for. A sign within two years is a possible reason, not a proof.
    """
    found = person(contact_id, now)
    reason_: dict[str, Any] = found["reason"]
    return reason_


def person(contact_id: int, now: datetime) -> dict[str, Any]:
    """Return the codes and titles of a contact's kinds (the leading one first), position in the funnel, and reason."""
    with engine.reading(contacts=[contact_id]) as con:
        sorting.show(con, now, f"contact_id = {contact_id:d}")
        read = con.execute("SELECT * FROM sorted")
        names = [column[0] for column in read.description]
        row = read.fetchone()
        if row is None:
            return {"kinds": [], "funnel": None, "reason": _said("not_scored")}
        held = dict(zip(names, row, strict=True))
        return {
            "kinds": [{"code": one.code, "title": one.title} for one in KINDS if held[f"kind_{one.code}"]],
            "funnel": next(
                ({"code": one.code, "title": one.title} for one in FUNNEL if one.code == held["first_funnel"]), None
            ),
            "reason": _reason(con, held, now),
        }


def _reason(con: duckdb.DuckDBPyConnection, held: dict[str, Any], now: datetime) -> dict[str, Any]:
    code = held["first_reason"]
    if held["objected"]:
        return _said("objected")
    if held["state"] not in SILENT or held["kind_false_inactives"]:
        return _said("not_silent")
    if code not in _SIGNS:
        return _said(code or "unknown")
    found = _last(con, code, now)
    if found is None:
        return _said("unknown")
    kind, at, properties = found
    told = json.loads(properties or "{}")
    answer = next((str(told[name]) for name in ANSWERS if told.get(name)), "")[:LONGEST_ANSWER]
    form = {"message_complained": "spam", "refund": "refund"}.get(kind, code)
    day = f"{at.astimezone(ZoneInfo(settings.RELANCE.time_zone)):%Y-%m-%d}"
    quoted = (f" (“{answer}”)", f" («\u00a0{answer}\u00a0»)") if answer else ""
    return {"code": code, "at": at, **pair(SENTENCES[form], day=day, answer=quoted)}


def _said(code: str) -> dict[str, Any]:
    return {"code": code, "at": None, **pair(SENTENCES[code])}


def _last(con: duckdb.DuckDBPyConnection, code: str, now: datetime) -> tuple[str, datetime, str] | None:
    """Return the last event that makes the reason hold."""
    topics = _topics(code)
    topic = f"AND (type <> 'support_contact' OR (properties::JSON->>'topic') IN ({topics}))" if topics else ""
    return con.execute(
        f"SELECT type, occurred_at, properties FROM events WHERE type IN {(*_SIGNS[code], '')} {topic} AND occurred_at <= $now "
        "ORDER BY occurred_at DESC LIMIT 1",
        {"now": now},
    ).fetchone()


def _topics(code: str) -> str:
    """Return the topics a reason asks of a contact with support, as SQL literals; empty for any."""
    one = next(reason for reason in REASONS if reason.code == code)
    tests = [test for leaf in leaves(one.condition) if isinstance(leaf, Happened) for _, test in leaf.where]
    values = [value for test in tests for _, bound in test.comparisons for value in bound]
    return ", ".join(f"'{value}'" for value in values)
