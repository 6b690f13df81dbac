"""Mails that came in become what they say: bounces, complaints, opt-outs, answers; each mail once, in one transaction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

import structlog
from django.db import DataError, transaction

from relance.core import addresses, database
from relance.delivery import happenings, reasons, tokens
from relance.delivery.happenings import Happening
from relance.delivery.names import Name
from relance.feedback import bounces, complaints, deliveries, unsubscribes
from relance.feedback.bounces import Bounce
from relance.feedback.mails import forwarding, judging, matching, parts, writers
from relance.feedback.mails.judging import Judged
from relance.feedback.mails.matching import Original
from relance.feedback.mails.parts import Fields, Returned

log = structlog.get_logger(__name__)

Way = Literal["imap", "pop", "lmtp", "pipe", "http"]
# reasons of mails that may be a customer's: never counted as an answer, nor kept from the team
TO_BE_READ = frozenset({"challenge", "server", "away", "quoted", writers.OPTS_OUT_AND_MORE})
_RESENT = re.compile(r"(?im)^resent-from:[^\n]{0,999}")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A mail that came in, and what its envelope said, where the way in tells: to whom, and from whom (empty for a server's)."""

    content: bytes
    recipients: tuple[str, ...] = ()
    sender: str | None = None
    size: int = 0  # bytes it has in all, where only its beginning was read

    @property
    def is_cut(self) -> bool:
        return self.size > len(self.content)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a mail says of one recipient, and of which message of ours; `kind` tells answers and opt-outs apart too."""

    digest: bytes
    number: int
    kind: str
    judged: Judged
    original: Original | None
    mail: Incoming
    due: bool = False  # whether the team should read it


def take(mails: Sequence[Incoming], way: Way, now: datetime) -> Counter[str]:
    """Act on mails and return how many recipients' parts were of which kind; `known` counts those taken before.

    What no message of ours is proven for is written down as `unmatched` and befalls nobody. Answers of people, and what may be
    one, are written down with their words and go on from there (`forwarding`). So does a mail that cannot be read, or whose words
    the database does not take: as `unreadable`, and it keeps none of the others. Whatever else fails is raised, and nothing is
    written down: the mails are to be offered again.
    """
    return act([understand(mail) for mail in mails], way, now)


def understand(mail: Incoming) -> list[Meaning]:
    """Return what a mail says of each recipient, and of which message; writes nothing down."""
    try:
        came = parts.read(mail.content, mail.sender)
        judged = judging.meaning(came)
    except Exception:
        return _unreadable(mail)
    return _meanings(mail, came, judged)


def act(mails: Sequence[list[Meaning]], way: Way, now: datetime) -> Counter[str]:
    """Act on what mails say, in one transaction; `take` tells more."""
    try:
        return _act_on([one for mail in mails for one in mail], way, now)
    except (DataError, ValueError):
        if len(mails) > 1:
            return sum((act([mail], way, now) for mail in mails), Counter())
        return _act_on(_unreadable(mails[0][0].mail), way, now)


def _act_on(meant: Sequence[Meaning], way: Way, now: datetime) -> Counter[str]:
    new = _new(meant)
    with transaction.atomic():
        written = _write(new, way, now)
        _act([one for one in new if (one.digest, one.number) in written and one.original], now)
    counted = Counter(one.kind if one.original or one.kind == "unreadable" else "unmatched" for one in new)
    return counted + Counter(known=len(meant) - len(new))


def _unreadable(mail: Incoming) -> list[Meaning]:
    """Return what stands for a mail that cannot be read: the team gets it as it is, unless we had sent it on to them."""
    log.exception("mail not read")
    resent = {"resent-from": " ".join(_RESENT.findall(mail.content[: matching.HEAD].decode("latin-1")))}
    ours = forwarding.is_ours(resent) or matching.speak_of_forwarded(matching.named(mail.content, mail.recipients, ()))
    return [Meaning(sha256(mail.content).digest(), 1, "unreadable", judging.UNREADABLE, None, mail, due=not ours)]


def _meanings(mail: Incoming, came: Returned, judged: Sequence[Judged]) -> list[Meaning]:
    digest = sha256(mail.content).digest()
    if any(one.sent_on for one in judged):
        judged = [judging.quoting(came)]
    names = matching.named(mail.content, mail.recipients, {one.original.rpartition("@")[0] for one in judged})
    returned = forwarding.is_ours(came.original)  # sent on to the team it came back: that says nothing of who wrote it
    known = {} if returned else matching.originals(names)
    among, ours = list(known.values()), forwarding.is_ours(came.headers) or matching.speak_of_forwarded(names)
    found = []
    for number, one in enumerate(judged, start=1):
        original = matching.of(one.recipient, among)
        asked = _opt_out(came.headers) if one.kind == "other" else None
        kind = _kind(one, asked, ours=ours or returned)
        due = not (ours or returned) and (kind == "reply" or one.reason in TO_BE_READ)
        found.append(Meaning(digest, number, kind, one, asked or original, mail, due))
    return found


def _kind(one: Judged, asked: Original | None, *, ours: bool) -> str:
    if asked or (one.kind == "complaint" and one.reason in writers.OPT_OUTS):
        return "unsubscribe"
    return "reply" if one.kind == "other" and not one.reason and not ours else one.kind


def _opt_out(came: Fields) -> Original | None:
    """Return the message whose mail offered this opt-out by mail: the subject is its token."""
    token = tokens.read_unsubscribe(came.get("subject", "").strip())
    if token is None:
        return None
    found = matching.originals([Name(token.message_id, token.message_uuid)])
    return next(iter(found.values()), None)


def _new(meant: Sequence[Meaning]) -> list[Meaning]:
    """Return the mails not taken before, each once."""
    known = database.rows(
        "SELECT digest, number FROM returned_mail WHERE digest = ANY(%s::bytea[])", [[one.digest for one in meant]]
    )
    seen = {(bytes(digest), number) for digest, number in known}
    return [
        one for one in {(one.digest, one.number): one for one in meant}.values() if (one.digest, one.number) not in seen
    ]


def _write(told: Sequence[Meaning], way: Way, now: datetime) -> set[tuple[bytes, int]]:
    """Write the mails down; return those that nobody wrote down meanwhile."""
    rows = [_row(one, now) for one in told]
    written = database.rows(
        """
        INSERT INTO returned_mail (digest, number, at, way, kind, reason, status, hard, message_id, forwarded, unsent)
        SELECT new.digest, new.number, %s, %s, new.kind, new.reason, new.status, new.hard, new.message_id, new.forwarded,
               new.unsent
        FROM unnest(%s::bytea[], %s::smallint[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::bigint[], %s::boolean[],
                    %s::bytea[])
             AS new(digest, number, kind, reason, status, hard, message_id, forwarded, unsent)
        ON CONFLICT DO NOTHING
        RETURNING digest, number
        """,
        [now, way, *([*column] for column in zip(*rows, strict=True))] if told else [now, way, *([],) * 9],
    )
    return {(bytes(digest), number) for digest, number in written}


def _row(one: Meaning, now: datetime) -> tuple[object, ...]:
    said, due = one.judged, one.due and (forwarding.wanted() or one.kind == "unreadable")
    return (
        one.digest, one.number, one.kind, said.reason, said.status, said.hard, one.original.id if one.original else None,
        False if due else None, _kept(one, now) if due else None,
    )  # fmt: skip


def _kept(one: Meaning, now: datetime) -> bytes:
    mail = one.mail
    return forwarding.notice(mail.content, mail.size, now) if mail.is_cut and one.kind != "unreadable" else mail.content


def _act(told: Sequence[Meaning], now: datetime) -> None:
    """Do what the mails say to the people they are about; a mail of whatever kind is told only of what left, a delay too."""
    deliveries.arrived(_ids(told), now)
    by_kind: dict[str, list[Meaning]] = {}
    for one in told:
        by_kind.setdefault(one.kind, []).append(one)
    bounces.record_many(_bounces([one for one in by_kind.get("bounce", ()) if not one.judged.delayed]), now)
    complaints.record_many(_ids(by_kind.get("complaint", ())), now)
    unsubscribes.record_many(_ids(by_kind.get("unsubscribe", ())), now)
    replies = {one.original.id: one.digest.hex()[:16] for one in by_kind.get("reply", ()) if one.original}
    happenings.record(
        "message_replied", [Happening(message, now, f"/{mark}") for message, mark in replies.items()], now=now
    )


def _ids(told: Sequence[Meaning]) -> list[int]:
    return sorted({one.original.id for one in told if one.original})


def _bounces(told: Sequence[Meaning]) -> list[Bounce]:
    """Return one bounce for each message, the gravest; a dead address the mail was only forwarded to is not the person's."""
    found: dict[int, Bounce] = {}
    for one in told:
        said, original = one.judged, one.original
        if original is None:
            continue
        own = not said.recipient or not original.address or addresses.same(said.recipient, original.address)
        kind: bounces.Kind = "block" if said.reason in reasons.BLOCKS else "hard" if said.hard and own else "soft"
        if original.id not in found or kind == "hard":
            found[original.id] = Bounce(original.id, kind, f"{said.reason}: {said.status} {said.text}".strip())
    return list(found.values())
