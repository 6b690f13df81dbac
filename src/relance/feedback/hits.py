"""Requests for the links in mails, written as they come: many in one statement, answered once it is committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from relance.core import database
from relance.delivery.tokens import Token
from relance.feedback import machines

Kind = Literal["click", "leave", "open"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A request that brought a token we signed; `at` is aware, `network` has lost its end, `sign` betrays a machine."""

    kind: Kind
    token: Token
    at: datetime
    agent: str = ""
    network: str = ""
    sign: str = ""

    @classmethod
    def asked(cls, kind: Kind, token: Token, asking: machines.Asking, at: datetime) -> Hit:
        """Return the hit of a request."""
        sign = machines.sign_of_open(asking) if kind == "open" else machines.sign(asking)
        return cls(kind, token, at, asking.agent[: machines.AGENT_CHARACTERS], machines.shortened(asking.address), sign)


@dataclass(frozen=True, slots=True)
class Known:
    """The message a hit is of, and the link of its template; `url` is a Liquid text, None where no link was asked for."""

    version_id: int | None
    step: str
    created_at: datetime
    language: str | None
    url: str | None


# The hits told; those whose very message is still there, and whose link is one of its template; they are kept.
TOLD = """
    SELECT * FROM unnest(%(kinds)s::text[], %(messages)s::bigint[], %(uuids)s::uuid[], %(links)s::bigint[],
                         %(moments)s::timestamptz[], %(agents)s::text[], %(networks)s::text[], %(signs)s::text[])
         WITH ORDINALITY AS hit(kind, message_id, uuid, link_id, at, agent, network, sign, place)
"""
KEEP = """
    INSERT INTO hit (kind, message_id, link_id, at, agent, network, sign)
    SELECT kind, message_id, link_id, at, agent, network, sign FROM known ON CONFLICT DO NOTHING
"""
RECORD = f"""
WITH told AS ({TOLD}), known AS (
    SELECT told.*, message.version_id, message.step, message.created_at, link.language, link.url
    FROM told JOIN message ON message.id = told.message_id AND message.uuid = told.uuid
    LEFT JOIN link ON link.id = told.link_id AND link.template_version_id = message.template_version_id
    WHERE told.link_id = 0 OR link.id IS NOT NULL
), kept AS ({KEEP})
SELECT place, version_id, step, created_at, language, url FROM known
"""


def record(hits: Sequence[Hit]) -> dict[int, Known]:
    """Write the hits of clicks and of the way out; return what is known of each, by its place in the sequence.

    A second one of the same message, link and second with the same sign is the same hit; one whose message or link is
    not ours is not written and has no place.
    """
    return places(database.rows(RECORD, columns(hits))) if hits else {}


def columns(hits: Sequence[Hit]) -> dict[str, list[Any]]:
    """Return the parameters of `RECORD`: a list for each column."""
    return {
        "kinds": [hit.kind for hit in hits],
        "messages": [hit.token.message_id for hit in hits],
        "uuids": [hit.token.message_uuid for hit in hits],
        "links": [hit.token.link_id for hit in hits],
        "moments": [hit.at.replace(microsecond=0) for hit in hits],
        "agents": [hit.agent for hit in hits],
        "networks": [hit.network for hit in hits],
        "signs": [hit.sign for hit in hits],
    }


def places(rows: Iterable[tuple[Any, ...]]) -> dict[int, Known]:
    """Return what `RECORD` answered by the place of each hit, from 0."""
    return {place - 1: Known(*known) for place, *known in rows}
