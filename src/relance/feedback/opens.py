"""Openings: an event per person only with consent in force when the image is fetched; else nothing, or the day alone."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection, Sequence
from datetime import datetime

from django.conf import settings

from relance.core import database
from relance.delivery import happenings, pixels
from relance.delivery.happenings import Happening
from relance.eligibility import permission
from relance.feedback.hits import Hit

# One transparent pixel: what a mail's image shows.
IMAGE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")

# Where a proxy fetches for people and machines alike the day is kept too: the mail may have been read, so it stops nothing.
# Of openings without consent no hit is written: withdrawing it also reaches the images of mails already sent.
RECORD = f"""
WITH told AS (
    SELECT * FROM unnest(%(messages)s::bigint[], %(uuids)s::uuid[], %(moments)s::timestamptz[], %(agents)s::text[],
                         %(networks)s::text[], %(signs)s::text[]) AS told(message_id, uuid, at, agent, network, sign)
), judged AS (
    SELECT told.*, contact_id, topic, {permission.tracked("message.contact_id", "told.at")} AS consents
    FROM told JOIN message ON message.id = told.message_id AND message.uuid = told.uuid
), day AS (
    INSERT INTO last_open (contact_id, day)
    SELECT contact_id, max(at AT TIME ZONE %(zone)s::text)::date FROM judged
    WHERE %(day)s AND sign IN ('', 'proxy') AND {pixels.exempt("judged.contact_id", "judged.at", "judged.topic")}
    GROUP BY contact_id
    ON CONFLICT (contact_id) DO UPDATE SET day = greatest(last_open.day, excluded.day)
)
INSERT INTO hit (kind, message_id, at, link_id, agent, network, sign)
SELECT 'open', message_id, at, 0, agent, network, sign FROM judged WHERE consents ON CONFLICT DO NOTHING RETURNING id
"""


def record_hits(told: Sequence[Hit]) -> None:
    """Write what may be written of the openings an image told of."""
    if told:
        database.rows(RECORD, columns(told))


def columns(told: Sequence[Hit]) -> dict[str, object]:
    """Return the parameters of `RECORD`."""
    return {
        "messages": [hit.token.message_id for hit in told],
        "uuids": [hit.token.message_uuid for hit in told],
        "moments": [hit.at.replace(microsecond=0) for hit in told],
        "agents": [hit.agent for hit in told],
        "networks": [hit.network for hit in told],
        "signs": [hit.sign for hit in told],
        "day": settings.RELANCE.last_open_day,
        "zone": settings.RELANCE.time_zone,
    }


def record_many(openings: Collection[tuple[int, datetime, bool]], now: datetime) -> int:
    """Write openings as events, each a message, an instant and whether a proxy fetched the image for everybody.

    Only of who consents now; once a message, and once more where a proxy did. An open is no engagement, moves no clock
    and settles no doubt. Return how many were new.
    """
    consenting = pixels.consenting([message for message, _, _ in openings], now)
    told = [
        Happening(message, at, "/proxy" if proxy else "", {"proxy": proxy})
        for message, at, proxy in openings
        if message in consenting
    ]
    return len(happenings.record("message_opened", told, now=now))
