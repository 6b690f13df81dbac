"""Requests for the links in mails, written down as they come: a batch is one row, so that answering costs little.

The stage `hits` unpacks the batches into the table `hit`. A batch is JSON: for each hit its kind, message, uuid, link,
second since 1970, agent, network and sign.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from relance.core import database
from relance.delivery.tokens import Token
from relance.feedback import machines

Kind = Literal["click", "leave", "open"]
UNPACKED = 200  # batches unpacked at once


class Hit(NamedTuple):
    """A request that brought a token we signed; `at` is aware, `network` has lost its end, `sign` betrays a machine.

    `template_version_id` is that of the token's link, None where the token has no link.
    """

    kind: Kind
    token: Token
    at: datetime
    agent: str = ""
    network: str = ""
    sign: str = ""
    template_version_id: int | None = None

    @classmethod
    def asked(
        cls, kind: Kind, token: Token, asking: machines.Asking, at: datetime, template_version_id: int | None = None
    ) -> Hit:
        """Return the hit of a request."""
        sign = machines.sign_of_open(asking) if kind == "open" else machines.sign(asking)
        return cls(kind, token, at, asking.agent, machines.shortened(asking.address), sign, template_version_id)


# Writes the batch and returns the places of those whose message is not there, or has a link of another template.
RECORD = """
WITH batch AS (INSERT INTO hit_batch (hits) VALUES (%(hits)s))
SELECT place FROM unnest(%(messages)s::bigint[], %(uuids)s::uuid[], %(versions)s::bigint[])
    WITH ORDINALITY AS told(message_id, uuid, template_version_id, place)
WHERE NOT EXISTS (
    SELECT FROM message WHERE id = told.message_id AND message.uuid = told.uuid
      AND message.template_version_id = coalesce(told.template_version_id, message.template_version_id)
)
"""
UNPACK = """
WITH taken AS (
    DELETE FROM hit_batch WHERE id IN (SELECT id FROM hit_batch ORDER BY id LIMIT %(batches)s FOR UPDATE SKIP LOCKED)
    RETURNING hits
), told AS (
    SELECT hit ->> 0 AS kind, (hit ->> 1)::bigint AS message_id, (hit ->> 2)::uuid AS uuid, (hit ->> 3)::bigint AS link_id,
           to_timestamp((hit ->> 4)::bigint) AS at, hit ->> 5 AS agent, hit ->> 6 AS network, hit ->> 7 AS sign
    FROM taken CROSS JOIN LATERAL json_array_elements(hits::json) AS hit
), known AS (
    SELECT told.* FROM told JOIN message ON message.id = told.message_id AND message.uuid = told.uuid
    LEFT JOIN link ON link.id = told.link_id AND link.template_version_id = message.template_version_id
    WHERE told.link_id = 0 OR link.id IS NOT NULL
), kept AS (
    INSERT INTO hit (kind, message_id, link_id, at, agent, network, sign)
    SELECT kind, message_id, link_id, at, agent, network, sign FROM known ON CONFLICT DO NOTHING
)
SELECT count(*) FROM taken
"""


def record(hits: Sequence[Hit]) -> list[bool]:
    """Write the hits of clicks and of the way out; tell of each whether its very message is known, and has that link.

    A second one of the same message, link and second with the same sign will be the same hit.
    """
    return known(database.rows(RECORD, columns(hits)), len(hits)) if hits else []


def columns(hits: Sequence[Hit]) -> dict[str, str]:
    """Return the parameters of `RECORD`; arrays as PostgreSQL writes them, since these hold numbers alone."""
    uuids = [hit.token.message_uuid.hex for hit in hits]
    packed = [
        (
            hit.kind,
            hit.token.message_id,
            uuid,
            hit.token.link_id,
            int(hit.at.timestamp()),
            hit.agent,
            hit.network,
            hit.sign,
        )
        for hit, uuid in zip(hits, uuids, strict=True)
    ]
    return {
        "hits": json.dumps(packed),
        "messages": _array(hit.token.message_id for hit in hits),
        "uuids": _array(uuids),
        "versions": _array(hit.template_version_id or "NULL" for hit in hits),
    }


def known(strange: Iterable[tuple[Any, ...]], count: int) -> list[bool]:
    """Return of each place of a batch whether `RECORD` knew it."""
    found = [True] * count
    for (place,) in strange:
        found[place - 1] = False
    return found


def unpack() -> int:
    """Make rows of the batches written so far; return how many batches there were."""
    done = 0
    while batches := database.rows(UNPACK, {"batches": UNPACKED})[0][0]:
        done += batches
    return done


def _array(values: Iterable[object]) -> str:
    return "{" + ",".join(map(str, values)) + "}"
