"""What a returned mail is made of: its words, the report's fields, the headers of the mail it speaks of. Never raises."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from html import unescape

from relance.feedback.mails import parsing

Fields = Mapping[str, str]  # names in lower case

MOST = 200_000  # characters of a mail's words that are looked at
RAW = 4 * MOST  # characters of its parts together that these are taken from, tags and all
LONGEST, SUBJECT = 20_000, 2_000  # characters of a header, of a subject: decoding one takes their square
_HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*):[ \t]?(.*)$")
# Where a mail without parts begins to quote the mail that came back: its first headers, after an empty line.
_QUOTED = re.compile(
    r"\n\s{0,99}\n[ \t>]*(?:(?:Received|Resent-From|Return-[Pp]ath|X-Received|DKIM-Signature|Message-I[dD]|Delivered-To): "
    r"|From: [^\n]*\n[ \t>]*(?:To|Date|Subject|Cc): )"
)
_BREAKS = re.compile(r"(?i)<br\b[^<>]{0,99}>|</(?:p|div|tr|td|li)>")
_CHARSET = re.compile(r"[A-Za-z0-9][\w.:-]{0,39}", re.ASCII)
_NO_TEXT = re.compile(
    r"(?i)puny|idna|undefined|raw|unicode.escape|mbcs|oem"
)  # no mail is written in these; some take the square
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"(?i)<(/?)(style|script)\b[^<>]{0,500}>")  # what stands between is not to be read


@dataclass(frozen=True)
class Returned:
    """A mail that came in, taken apart."""

    headers: Fields
    words: str  # what it says itself, without what it quotes
    groups: tuple[Fields, ...]  # message/delivery-status (RFC 3464): the message's fields, then each recipient's
    feedback: Fields | None  # message/feedback-report (RFC 5965)
    original: Fields  # headers of the mail that came back
    inner: bytes  # that mail itself, where it came as a part

    @property
    def original_id(self) -> str:
        """The Message-ID of the mail that came back, empty where nothing says it."""
        return self.original.get("message-id", "").strip("<> ")


def read(mail: bytes, sender: str | None = None) -> Returned:
    """Take a mail apart, whatever it is made of. `sender` is the envelope's, where it is known: empty for mails of servers."""
    message = parsing.parsed(mail)
    words: list[str] = []
    groups: list[Fields] = []
    feedback: Fields | None = None
    original: Fields = {}
    inner, left = b"", RAW
    for part in _parts(message):
        kind = part.get_content_type()
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            groups += fields(_inside(part))
        elif kind == "message/feedback-report" and feedback is None:
            feedback = _reported(_inside(part))
        elif kind in {
            "message/rfc822",
            "message/global",
            "text/rfc822-headers",
            "message/rfc822-headers",
            "message/partial",
        }:
            original = original or _headers(_inside(part))
            inner = inner or _mail(part)
        elif part.get_content_maintype() in {"text", "multipart"} and not part.is_multipart():
            text = _text(part)[:left]
            left -= len(text)
            words.append(_stripped(text) if part.get_content_subtype() == "html" else text)
    said = "\n".join(words)[:MOST]
    if not original:
        said, original = _without_quoted(said)
    return Returned(_named(message) | _enveloped(sender), said, tuple(groups), feedback, original, inner)


def fields(text: str) -> list[Fields]:
    """Return the groups of header fields of a text, folded lines joined."""
    found: list[dict[str, str]] = []
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n").strip("\n")):
        group = dict(_fields(block))
        if group:
            found.append(group)
    return list(found)


def _fields(block: str) -> Iterator[tuple[str, str]]:
    name, pieces, left = "", [""], 0
    for line in block.split("\n"):
        if line[:1] in {" ", "\t"} and name:
            if left > 0:
                pieces.append(line.strip()[:left])
                left -= len(pieces[-1]) + 1
            continue
        if name:
            yield name, " ".join(pieces).strip()
        match = _HEADER.match(line)
        name, pieces = (match[1].lower(), [match[2][:LONGEST]]) if match else ("", [""])
        left = LONGEST - len(pieces[0])
    if name:
        yield name, " ".join(pieces).strip()


def _reported(text: str) -> Fields:
    """Return the fields of a feedback report; every address of the one that may be named more than once (RFC 5965, 3.3)."""
    found: dict[str, str] = {}
    named: list[str] = []
    for name, value in _fields(text.replace("\r\n", "\n")):
        found[name] = value
        if name == "original-rcpt-to":
            named.append(value)
    return found | ({"original-rcpt-to": ", ".join(named)[:MOST]} if named else {})


def _parts(message: Message) -> Iterator[Message]:
    """Yield the parts, and nothing of the mails inside."""
    stack = [message]
    while stack:
        part = stack.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            stack += reversed(_held(part))
        else:
            yield part


def _inside(part: Message) -> str:
    """Return what a part holds as text, decoded where it says it is encoded."""
    if part.is_multipart():
        text = "\n\n".join(_plain(one) for one in _held(part))
        if str(part.get("Content-Transfer-Encoding", "")).strip().lower() in {"base64", "quoted-printable"}:
            outer = Message()
            outer["Content-Transfer-Encoding"] = str(part["Content-Transfer-Encoding"])
            outer.set_payload(text.strip())
            return _text(outer)
        return text
    return _text(part)


def _mail(part: Message) -> bytes:
    """Return the mail that a part holds."""
    held = _held(part) if part.is_multipart() else []
    try:
        return held[0].as_bytes() if held else b""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return b""


def _held(part: Message) -> list[Message]:
    """Return the parts of a part, or the mail inside it."""
    return [one for one in part.get_payload() if isinstance(one, Message)]


def _plain(message: Message) -> str:
    head = "\n".join(f"{name}: {value}" for name, value in message.raw_items())
    if not head.isascii():
        head = _decoded(head.encode("utf-8", "surrogateescape"), "utf-8")
    body = "" if message.is_multipart() else _text(message)
    return f"{head}\n\n{body}" if head else body


def _text(part: Message) -> str:
    """Return what a part holds, decoded; by us, since the library believes any encoding a mail names."""
    charset = _charset(part)
    try:
        part.del_param("charset")
        raw = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        raw = None
    if not isinstance(raw, bytes):
        return ""
    return _decoded(raw, charset).replace("\r\n", "\n")


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset("utf-8")
    except (ValueError, LookupError, TypeError):
        return "utf-8"


def _stripped(html: str) -> str:
    """Return the words of HTML, in one pass over it: what never ends is looked for once."""
    return unescape(_TAGS.sub(" ", _BREAKS.sub("\n", "".join(_shown(html)))))


def _shown(html: str) -> Iterator[str]:
    """Yield what stands outside style sheets and scripts; one that never ends is shown."""
    place, opened = 0, ""
    for tag in _HIDDEN.finditer(html):
        name = tag[2].lower()
        if not opened and not tag[1]:
            yield html[place : tag.start()] + " "
            place, opened = tag.end(), name
        elif tag[1] and name == opened:
            place, opened = tag.end(), ""
    yield html[place:]


def _decoded(raw: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            if _CHARSET.fullmatch(name) and not _NO_TEXT.match(name) and codecs.lookup(name)._is_text_encoding:
                return codecs.getincrementaldecoder(name)().decode(raw[:RAW])  # what is cut amid a letter is no error
        except (LookupError, ValueError):
            continue
    return raw[:RAW].decode("latin-1")


def _headers(text: str) -> Fields:
    """Return the fields at the top of a text that is a mail."""
    top = text.lstrip("\n").partition("\n\n")[0]
    return dict(_fields(top.replace("\r\n", "\n")))


def _without_quoted(text: str) -> tuple[str, Fields]:
    """Return what a mail says before it quotes another, and the headers of that."""
    match = _QUOTED.search(text)
    if match is None or "final-recipient:" in text[match.start() :].lower():  # a notification that somebody forwarded
        return text, {}
    return text[: match.start()], _headers(
        re.sub(r"(?m)^[ \t]*>[ \t]?|^[ \t]+(?=[A-Z][A-Za-z-]+: )", "", text[match.start() :]).lstrip()
    )


def _enveloped(sender: str | None) -> dict[str, str]:
    """Return what the envelope says as the header that a server makes of it (RFC 5321, 4.4); Postfix calls nobody a daemon."""
    if sender is None:
        return {}
    address = sender.strip("<> ")[:LONGEST]
    return {"return-path": "<>" if re.match(r"(?i)mailer-daemon(?:@|$)", address) else f"<{address}>"}


def _named(message: Message) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in message.items():
        if name.lower() not in found:
            spoken = _spoken(value) if name.lower() == "subject" else str(value)[:LONGEST]
            found[name.lower()] = " ".join(spoken.split())
    return found


def _spoken(value: str) -> str:
    """Return a header's words, also those encoded (RFC 2047) and those written in bare bytes."""
    try:
        pieces = decode_header(value if len(str(value)) <= SUBJECT else str(value)[:SUBJECT])
    except (ValueError, HeaderParseError):
        return str(value)[:SUBJECT]
    return "".join(part if isinstance(part, str) else _decoded(part, charset or "utf-8") for part, charset in pieces)
