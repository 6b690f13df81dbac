"""Alerts of the breaker and of the sending itself: a mail to the team's addresses and a POST to a webhook, tried again
until they leave.

Only to the addresses of the setting `alert_addresses`: no contact is known here, and no message of a journey.
"""

from __future__ import annotations

import html
import json
import urllib.request
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from django.conf import settings

from relance.content.compiler import Rendered
from relance.core import database, place, texts
from relance.core.errors import RelanceError
from relance.delivery import mail, names, signing, team
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Kind, Outgoing
from relance.eligibility.breaker import told
from relance.eligibility.breaker.models import BreakerAlert
from relance.outbox.alerts import Alert
from relance.outbox.models import Purpose
from relance.outbox.pulse import TeamAlert
from relance.senders import register

log = structlog.get_logger(__name__)
MOST_ATTEMPTS, LONGEST_WAIT, SECONDS = 12, timedelta(hours=6), 10


@dataclass(frozen=True)
class Telling:
    """An alert in words: where it is kept, its first line and its sentences in the team's language, and for programs."""

    kept: Alert
    subject: str
    lines: Sequence[str]
    payload: dict[str, object]


def run(now: datetime) -> int:
    """Send the alerts due; return how many were tried. A rehearsal tells nobody."""
    if place.current().simulated:
        return 0
    due = _due(now)
    for alert in due:
        _tell(alert, now)
    return len(due)


def _due(now: datetime) -> list[BreakerAlert | TeamAlert]:
    """Take the alerts whose turn it is, those of the breaker first."""
    of_breaker = BreakerAlert.objects.select_related("scope", "opening").filter(pk__in=_taken("breaker_alert", now))
    return [*of_breaker.order_by("pk"), *TeamAlert.objects.filter(pk__in=_taken("team_alert", now)).order_by("pk")]


def _taken(table: str, now: datetime) -> list[int]:
    """Return the ids of the alerts of a table whose turn it is; the next try comes later each time."""
    due = database.rows(
        f"""
        UPDATE {table} SET attempts = attempts + 1,
            next_at = %s + least(%s, interval '1 minute' * 2 ^ least(attempts, {MOST_ATTEMPTS}))
        WHERE id IN (SELECT id FROM {table} WHERE next_at <= %s ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        [now, LONGEST_WAIT, now],
    )
    return [identifier for (identifier,) in due]


def _in_words(alert: BreakerAlert | TeamAlert) -> Telling:
    language = str(settings.RELANCE.language)
    if isinstance(alert, TeamAlert):
        return Telling(alert, team.subject(alert, language), team.sentences(alert, language), team.payload(alert))
    names = dict(database.rows("SELECT id, name FROM journey WHERE id = %s", [alert.scope.journey_id]))
    journey = names.get(alert.scope.journey_id, "")
    subject, lines = told.subject(alert, journey, language), told.sentences(alert, journey, language)
    return Telling(alert, subject, lines, payload(alert, journey))


def _tell(alert: BreakerAlert | TeamAlert, now: datetime) -> None:
    """Send one alert where it has not yet gone; what fails is tried again, and given up after a day or two.

    What is amiss with one, in its words or where it goes, holds up none of the others.
    """
    try:
        telling = _in_words(alert)
        alert.failure = "; ".join(filter(None, [_mail(telling, now), _post(telling, now)]))
    except Exception as error:
        log.exception("alert cannot be told", alert=alert.pk)
        alert.failure = f"{type(error).__name__}: {error}"
    alert.failure = texts.plain(alert.failure, 500)
    if not alert.failure or alert.attempts >= MOST_ATTEMPTS:
        alert.next_at = None
    if alert.failure:
        log.warning("alert not told", alert=alert.pk, why=alert.failure)
    alert.save(update_fields=["failure", "next_at", "mailed_at", "posted_at"])


def _mail(telling: Telling, now: datetime) -> str:
    """Mail the team; return what stood in the way, if anything."""
    to = addresses()
    if telling.kept.mailed_at or not to:
        return ""
    rendered = Rendered(f"[Relance] {telling.subject}", "", _page(telling.lines), "\n\n".join(telling.lines) + "\n")
    try:
        with closing(registry.choose()) as channel:
            outcomes = channel.send([_outgoing(number, one, rendered, now) for number, one in enumerate(to, 1)])
    except RelanceError as error:
        return f"mail: {error}"
    if any(one.kind is Kind.SENT for one in outcomes):
        telling.kept.mailed_at = now
        telling.kept.save(update_fields=["mailed_at"])  # whatever comes next, nobody is mailed a second time
        return ""
    return f"mail: {'; '.join(one.reason or one.kind.value for one in outcomes)}"


def addresses() -> list[str]:
    """Return the team's addresses for alerts."""
    return [one.strip() for one in settings.RELANCE.alert_addresses.split(",") if one.strip()]


def _outgoing(position: int, address: str, rendered: Rendered, now: datetime) -> Outgoing:
    uuid, sender = uuid4(), register.default()
    envelope = mail.Envelope(0, uuid, address, Purpose.TRANSACTIONAL, None, "alert", sender)
    mailed = signing.signed(mail.draft(envelope, rendered, now), now, sender)
    return Outgoing(
        position, uuid, address, 0, "", "", mailed, return_path=names.leaving_from(sender, position, uuid)
    )  # fmt: skip


def _page(lines: Sequence[str]) -> str:
    return "<!doctype html><html><body>" + "".join(f"<p>{html.escape(line)}</p>" for line in lines) + "</body></html>"


def _post(telling: Telling, now: datetime) -> str:
    """Post the alert; return what stood in the way, if anything. The answer's body is not read."""
    url = settings.RELANCE.alert_webhook
    if telling.kept.posted_at or not url:
        return ""
    body = json.dumps(telling.payload).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "User-Agent": "Relance"})  # noqa: S310 - http(s) only, by the setting
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            telling.kept.posted_at = now
    except (OSError, HTTPException, ValueError) as error:
        return f"webhook {urlsplit(url).hostname}: {error}"
    return ""


def payload(alert: BreakerAlert, journey: str) -> dict[str, object]:
    """Return what a webhook gets: figures for programs, sentences for people in both languages."""
    scope = alert.scope
    return {
        "alert": alert.pk, "kind": alert.kind, "at": alert.at.isoformat(), "journey": journey or None, "sender": scope.sender,
        "provider": scope.provider, "signal": scope.signal, "stop": alert.opening_id,
        "level": alert.opening.level if alert.opening else None, "figures": alert.figures,
        "text": {language: "\n".join(told.sentences(alert, journey, language)) for language in ("en", "fr")},
    }  # fmt: skip
