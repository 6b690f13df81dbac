"""What the team is told of the sending itself, in English and French; each thing once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from relance.core import database, dates
from relance.outbox.pulse import TeamAlert

Words = tuple[str, str]
SUBJECTS: Mapping[str, Words] = {
    "overdue": (
        "Overdue messages wait for a person: nothing was sent for a while",
        "Des messages en retard attendent une personne : rien n’est parti pendant un temps",
    ),
    "restored": (
        "Nothing is sent: this database was restored or moved",
        "Rien ne part : cette base de données a été restaurée ou déplacée",
    ),
    "stalled": ("Messages are due and none leaves", "Des messages sont à envoyer et aucun ne part"),
}
WHY: Mapping[str, Words] = {
    "overdue": (
        "Since {since} nothing was sent, or nobody moved along in the journeys. {held} messages became too late to leave by "
        "themselves.",
        "Depuis le {since}, rien n’est parti, ou personne n’a avancé dans les parcours. {held} messages sont devenus trop "
        "tardifs pour partir d’eux-mêmes.",
    ),
    "restored": (
        "The last sign of life this database knows of is of {since}. Messages that left since then may look due again.",
        "Le dernier signe de vie que connaisse cette base date du {since}. Des messages partis depuis peuvent sembler encore à "
        "envoyer.",
    ),
    "stalled": ("{en}", "{fr}"),
}
NEXT: Mapping[str, Words] = {
    "overdue": (
        "See them on the page Watch, Overdue, or by `relance held list`; a named person sends or cancels them.",
        "Voyez-les sur la page Suivi, En retard, ou par `relance held list` ; une personne nommée les envoie ou les annule.",
    ),
    "restored": (
        "See what might be sent again on the page Watch, Restored, or by `relance restored show`; a named person decides.",
        "Voyez ce qui pourrait être renvoyé sur la page Suivi, Base restaurée, ou par `relance restored show` ; une personne "
        "nommée décide.",
    ),
    "stalled": ("See `relance queue` or the page /health.", "Voir `relance queue` ou la page /health."),
}


def tell(kind: str, key: str, figures: dict[str, Any], now: datetime) -> bool:
    """Have the team told by the next run of alerts; what has this key is told once. Tell whether it is new."""
    _, new = TeamAlert.objects.get_or_create(
        key=key, defaults={"kind": kind, "at": now, "figures": figures, "next_at": now}
    )
    return new


def tell_overdue(since: datetime, held: int, after: datetime, now: datetime) -> None:
    """Have the team told how many messages an outage made late; what one told `after` an instant made late counts there."""
    key = f"overdue:{since.isoformat()}"
    if not _added(key, held, after) and not tell("overdue", key, {"since": since.isoformat(), "held": held}, now):
        _added(key, held, after)  # another process told it meanwhile


def _added(key: str, held: int, after: datetime) -> int:
    return database.execute(
        """
        UPDATE team_alert SET figures = jsonb_set(figures, '{held}', to_jsonb((figures ->> 'held')::bigint + %s))
        WHERE id = (SELECT id FROM team_alert WHERE kind = 'overdue' AND (key = %s OR at > %s) ORDER BY id DESC LIMIT 1)
        """,
        [held, key, after],
    )


def subject(alert: TeamAlert, language: str) -> str:
    """Return the first line: what happened."""
    return SUBJECTS[alert.kind][language == "fr"]


def sentences(alert: TeamAlert, language: str) -> list[str]:
    """Return what happened, why, and what to do."""
    french = language == "fr"
    words = {"held": 0, "since": "", "en": "", "fr": ""} | alert.figures
    words["since"] = dates.moment(datetime.fromisoformat(words["since"]), language) if words["since"] else "–"
    return [f"{SUBJECTS[alert.kind][french]}.", WHY[alert.kind][french].format(**words), NEXT[alert.kind][french]]


def payload(alert: TeamAlert) -> dict[str, object]:
    """Return what a webhook gets: figures for programs, sentences for people in both languages."""
    return {
        "alert": f"team-{alert.pk}", "kind": alert.kind, "at": alert.at.isoformat(), "figures": alert.figures,
        "text": {language: "\n".join(sentences(alert, language)) for language in ("en", "fr")},
    }  # fmt: skip
