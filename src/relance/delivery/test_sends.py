"""Test sends: a mail as it would look, to the team's own addresses.

The gate is the only door for messages to contacts, and this is not a second one: it takes accounts, never contacts,
and no address is typed anywhere. A test send makes no Message and no event, counts under no cap and no rate, and is
marked in its subject and at its foot; its links lead straight to their pages, its unsubscribe link to a page that does
nothing. How many leave is limited per person and day, counted from the audit log.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from relance.accounts.models import User
from relance.content.compiler import Rendered
from relance.core import audit
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.delivery import mail, names, signing
from relance.delivery.channels import registry
from relance.delivery.channels.protocol import Kind, Outgoing
from relance.delivery.channels.ways import Ways
from relance.outbox.models import Purpose
from relance.senders import register
from relance.senders.sender import Sender

QUOTA = 20  # mails a person may send as a test in 24 hours
ACTION = "test message sent"
MARK = "[Test]"


@dataclass(frozen=True)
class Tested:
    """What a test send did: which channel it was offered to, where that leads, and which addresses were refused with what words."""

    channel: str
    where: str
    refused: dict[str, str]


def left(sender: User, now: datetime) -> int:
    """Return how many tests this person may still send."""
    day = AuditEntry.objects.filter(at__gt=now - timedelta(days=1), action=ACTION, actor=_name(sender))
    return max(0, QUOTA - day.count())


def send(  # noqa: PLR0913
    rendered: Rendered,
    team: Sequence[User],
    *,
    note: str,
    template: str,
    sender: User,
    now: datetime,
    inline: bool = False,
    comes_from: Sender | None = None,
    language: str = "",
) -> Tested:
    """Send the mail to these accounts, as `comes_from` (None: the settings' sender) would, named in a language.

    Each counts towards the quota of who sends the test, whatever becomes of it.
    """
    wanted = [user for user in team if user.is_active]
    with transaction.atomic():
        User.objects.select_for_update().get(pk=sender.pk)  # two requests at once share one quota
        if len(wanted) > left(sender, now):
            raise RefusedError(
                f"You may send {QUOTA} tests in 24 hours; {left(sender, now)} are left. Try again later."
            )
        for user in wanted:
            audit.record(ACTION, template, now=now, actor=_name(sender), details={"to": user.email})
    mails = [
        _outgoing(position, user, marked(rendered, note), now, inline=inline, sender=comes_from, language=language)
        for position, user in enumerate(wanted, 1)
    ]
    with closing(Ways(registry.choose())) as channel:
        outcomes = channel.send(mails) if mails else []
        refused = {mails[o.id - 1].address: o.reason or o.kind.value for o in outcomes if o.kind is not Kind.SENT}
        (taken,) = channel.offered.values() or (channel,)  # all mails of a test come from one sender
        return Tested(taken.name, taken.where, refused)


def marked(rendered: Rendered, note: str) -> Rendered:
    """Return the mail with its marks: `[Test]` in the subject, the note at the foot of both parts."""
    look = "margin:0;padding:16px;background:#fff3cd;color:#4d3b00;font:14px/20px Arial,sans-serif;text-align:center"
    foot = f'<p style="{look}">{html.escape(note)}</p>'
    body = rendered.html.replace("</body>", f"{foot}</body>", 1) if "</body>" in rendered.html else rendered.html + foot
    return replace(rendered, subject=f"{MARK} {rendered.subject}", html=body, text=f"{rendered.text}\n-- \n{note}\n")


def _outgoing(
    position: int,
    user: User,
    rendered: Rendered,
    now: datetime,
    *,
    inline: bool = False,
    sender: Sender | None = None,
    language: str = "",
) -> Outgoing:
    uuid: UUID = uuid4()
    sender = sender or register.default()
    envelope = mail.Envelope(0, uuid, user.email, Purpose.TRANSACTIONAL, None, "test", sender, language)
    draft = mail.draft(envelope, rendered, now, inline=inline)
    return Outgoing(
        position, uuid, user.email, 0, "", language, signing.signed(draft, now, sender), sender=sender.name,
        return_path=names.leaving_from(sender, position, uuid),
    )  # fmt: skip


def _name(user: User) -> str:
    """Return what the audit log calls an account."""
    return f"{user.name} <{user.email}>"
