"""Which of our messages a mail that came in is an answer to. An address alone proves nothing: anybody can write one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from relance.core import addresses, database
from relance.delivery import names
from relance.delivery.names import Name

MOST = 20  # names of one mail that are looked up
HEAD = 200_000  # bytes of a mail in which a name is looked for


@dataclass(frozen=True, slots=True)
class Original:
    """A message of ours, and the address it went to; empty where that is not known any more."""

    id: int
    uuid: UUID
    address: str


def named(content: bytes, recipients: Sequence[str], quoted: Iterable[str]) -> list[Name]:
    """Return the messages a mail names: by the return path it came to, by what it quotes, by anything it holds."""
    text = " ".join([*recipients, *(f"{one}@" for one in quoted), content[:HEAD].decode("latin-1")])
    return names.found(text)[:MOST]


def speak_of_forwarded(found: Iterable[Name]) -> bool:
    """Tell whether a mail answers what we sent on to the team (numbered 0), which quotes messages it has nothing to say of."""
    return any(name.id == 0 for name in found)


def originals(wanted: Sequence[Name]) -> dict[Name, Original]:
    """Return those that are messages of ours: id and uuid agree; none of a mail that answers what we sent on."""
    if speak_of_forwarded(wanted):
        return {}
    by_id = {name.id: name for name in wanted if name.id < 2**63}
    found = database.rows(
        """
        SELECT message.id, message.uuid, coalesce(point.value, '')
        FROM message LEFT JOIN contact_point AS point ON point.id = message.contact_point_id
        WHERE message.id = ANY(%s::bigint[])
        """,
        [list(by_id)],
    )
    known = (Original(*row) for row in found)
    return {by_id[one.id]: one for one in known if by_id[one.id].uuid == one.uuid}


def of(recipient: str, among: Sequence[Original]) -> Original | None:
    """Return the message meant for a recipient, else the first the mail names."""
    own = (one for one in among if addresses.same(one.address, recipient))
    return next(own, among[0] if among else None)
