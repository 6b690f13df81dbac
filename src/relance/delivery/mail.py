"""One message as the bytes of a mail: headers a mailbox provider asks for, a text part and an HTML part.

Assembled by hand: the standard library's EmailMessage costs many times as much per message, and says the
same to its own parser, which tests hold. Standards: RFC 5322, 2045 to 2047, 2369, 2919, 3834, 8058.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from relance.content.compiler import Rendered
from relance.delivery import headers, names, parts, tokens
from relance.delivery.inline import Embedded, embed
from relance.outbox.models import Purpose
from relance.senders.sender import Sender

SKELETONS_KEPT = 2_000  # sorts of mail whose constant headers stay in memory


@dataclass(frozen=True)
class Envelope:
    """Who a mail goes to and what it belongs to."""

    message_id: int
    uuid: UUID
    address: str
    purpose: str
    journey_id: int | None
    step: str
    sender: Sender | None = None  # None: the one of the settings
    language: str = ""  # of the sender's name


class Skeleton(NamedTuple):
    """What mails of one sort have in common: header lines before and after those of the person, the sender's domain."""

    before: str
    after: str
    domain: str


@dataclass(frozen=True)
class Draft:
    """A mail to be signed: headers, the line between, content; and the content as relaxed canonicalization has it."""

    head: bytes
    body: bytes
    relaxed: bytes

    def whole(self) -> bytes:
        """Return the bytes of the mail."""
        return b"%b\r\n\r\n%b" % (self.head, self.body)


def compose(envelope: Envelope, rendered: Rendered, now: datetime) -> bytes:
    """Return the mail, unsigned; raise RenderError where an address or a setting cannot stand in a header."""
    return draft(envelope, rendered, now).whole()


def draft(envelope: Envelope, rendered: Rendered, now: datetime, *, inline: bool = False) -> Draft:
    """Return the mail ready to be signed, perhaps with its images inside; raise RenderError as `compose` does."""
    sender = envelope.sender or Sender.of_settings()
    skeleton = _skeleton(sender, envelope.language, envelope.purpose, envelope.journey_id, envelope.step)
    boundary = (
        f"=_{envelope.uuid.hex}"  # no part can hold `=_`: quoted-printable writes `=` as `=3D`, base64 has no `_`
    )
    head = (
        f"{skeleton.before}"
        f"{headers.mailbox('To', '', envelope.address)}"
        f"{headers.text('Subject', rendered.subject)}"
        f"Date: {_date(now)}\r\n"
        f"Message-ID: <{names.write(envelope.message_id, envelope.uuid)}@{skeleton.domain}>\r\n"
        f"{_unsubscribe(envelope, sender)}"
        f"{skeleton.after}"
        f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"'
    )
    mark = boundary.encode()
    text, page = parts.part("plain", rendered.text), _page(rendered.html, skeleton.domain, mark, inline=inline)
    return Draft(head.encode(), _body(mark, text.content, page.content), _body(mark, text.relaxed, page.relaxed))


def unsubscribe_url(message_id: int, uuid: UUID) -> str:
    """Return the address of the page where the recipient of this message unsubscribes."""
    return f"{tokens.site()}/u/{tokens.unsubscribe(message_id, uuid)}"


def click_urls(message_id: int, uuid: UUID, link_ids: Iterable[int]) -> list[str]:
    """Return the addresses that note a click and lead to these links."""
    site = tokens.site()
    return [f"{site}/c/{token}" for token in tokens.clicks(message_id, uuid, link_ids)]


def preferences_url(message_id: int, uuid: UUID) -> str:
    """Return the address of the page where the recipient chooses what they get: the token is the unsubscribe link's."""
    return f"{settings.RELANCE.base_url.rstrip('/')}/p/{tokens.unsubscribe(message_id, uuid)}"


def _page(html: str, domain: str, mark: bytes, *, inline: bool) -> parts.Part:
    """Return the HTML as a part; where images come with it, with them in one (RFC 2387)."""
    held = embed(html, domain) if inline else Embedded(html, ())
    page = parts.part("html", held.html)
    if not held.parts:
        return page
    inner = b"r%b" % mark  # the outer one must not begin it: readers compare no further (RFC 2046, 5.1.2)
    head = b'Content-Type: multipart/related; type="text/html";\r\n boundary="%b"\r\n\r\n' % inner
    images = b"".join(b"--%b\r\n%b" % (inner, image) for image in held.parts)
    content, relaxed = (
        b"%b--%b\r\n%b%b--%b--\r\n" % (start, inner, one, images, inner)
        for start, one in ((head, page.content), (head, page.relaxed))
    )
    return parts.Part(content, relaxed)


def _body(mark: bytes, text: bytes, page: bytes) -> bytes:
    return b"--%b\r\n%b--%b\r\n%b--%b--\r\n" % (mark, text, mark, page, mark)


@lru_cache(maxsize=SKELETONS_KEPT)
def _skeleton(sender: Sender, language: str, purpose: str, journey_id: int | None, step: str) -> Skeleton:
    domain = headers.checked_address(sender.address).rpartition("@")[2].lower()
    before = [headers.mailbox("From", sender.title(language), sender.address)]
    before += [headers.mailbox("Reply-To", "", sender.reply_to)] if sender.reply_to else []
    after = [_feedback(purpose, journey_id, step, domain)]
    if purpose == Purpose.TRANSACTIONAL:
        after += [headers.plain("Auto-Submitted", "auto-generated")]
    else:
        after += [headers.plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
        after += [headers.listing("List-Id", sender.title(language), f"{purpose}.{domain}")]
    after += [headers.plain("MIME-Version", "1.0")]
    return Skeleton("".join(before), "".join(after), domain)


def _feedback(purpose: str, journey_id: int | None, step: str, domain: str) -> str:
    """Return the header by which Gmail's figures tell mails apart; its sender has 5 to 15 characters."""
    sender = re.sub(r"[^a-z0-9]", "", domain.lower())[:15].ljust(5, "0")
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", step)[:40]
    return headers.plain("Feedback-ID", f"{plain}:{journey_id or 0}:{purpose}:{sender}")


def _unsubscribe(envelope: Envelope, sender: Sender) -> str:
    """Return the header by which a mail program unsubscribes (RFC 2369, 8058); a transactional mail has none."""
    if envelope.purpose == Purpose.TRANSACTIONAL:
        return ""
    ways = [f"<{unsubscribe_url(envelope.message_id, envelope.uuid)}>"]
    if sender.unsubscribe_address:
        token = tokens.unsubscribe(envelope.message_id, envelope.uuid)
        ways.append(f"<mailto:{headers.checked_address(sender.unsubscribe_address)}?subject={token}>")
    return headers.plain("List-Unsubscribe", *[f"{way}," for way in ways[:-1]], ways[-1])


@lru_cache(maxsize=16)
def _date(now: datetime) -> str:
    return format_datetime(now)
