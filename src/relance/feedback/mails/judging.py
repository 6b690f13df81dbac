"""What a returned mail is: a bounce (of whom, why), a complaint, an automatic answer, or something a person should read.

Report formats come first (RFC 3464 and 6533 for bounces, 5965 for complaints, 3834 for automatic answers); mails of servers that
keep to none are read by their words.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import structlog

from relance.core import addresses, texts
from relance.delivery import reasons
from relance.feedback.mails import challenges, parts, writers
from relance.feedback.mails.parts import Fields, Returned

Kind = Literal["bounce", "complaint", "auto_reply", "other"]
MOST = 100  # recipients of one mail
LONGEST = 2_000  # characters of what is said of one of them

log = structlog.get_logger(__name__)

_LENIENT = json.JSONDecoder(strict=False)  # mail folds long lines inside its strings
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_WIDE = re.compile(r"[^\s<>;]+@[^\s<>;]+")  # as RFC 6533 writes addresses beyond ASCII
_HEAD = re.compile(
    rf"(?m)^[ \t]*(?:\d{{3}} )?[\"'<]{{0,2}}({_ADDRESS.pattern})[\"'>]{{0,2}}[ \t]*(?::|\.\.\.|\(|\[|on |$)"
)
_REPLY = re.compile(r"(?<![\d.\-])([45]\d\d)(?![\d.@])(?=[ \-#])")
_REFUSED = re.compile(r"(?<![\d.\-])[45]\d\d[ \-]{1,3}#?[45]\.\d\.\d{1,3}(?!\.?\d)|#[45]\.\d\.\d{1,3}(?!\.?\d)")
_AFTER_DATA = re.compile(
    r"(?i)(?:in\s+reply\s+to|after|response\s+to)\s+(?:the\s+)?(?:end\s+of\s+)?data\b|smtp command\s+data\b"
)
_SURELY = re.compile(r"(?i)^5\.1\.\d|doesn.t have a|_416\b")  # whatever was being said when
_TRANSCRIPT = re.compile(r"(?i)>>> (?:data|\.)\s*\n(?:<<< 3\d\d[^\n]*\n)?<<< (5\d\d[^\n]*)")
_REPORT = re.compile(r"(?i)multipart/report|message/(?:(?:global-)?delivery-status|feedback-report)")
_BOUNCED = reasons.any_of(reasons.KNOWN["bounced"])


@dataclass(frozen=True)
class Judged:
    """What one recipient's part of a mail says. `status` as in RFC 3463, made of the reply code where none is given."""

    kind: Kind
    recipient: str = ""
    status: str = ""
    reason: str = ""
    hard: bool = False
    text: str = ""  # what the judgement rests on
    original: str = ""  # Message-ID of the mail that came back
    delayed: bool = False  # the server goes on trying: nothing has failed yet
    sent_on: bool = False  # by a person: it is told for who looks at the mail, and befalls nobody


UNREADABLE = Judged("other", reason="unreadable")


def judge(mail: bytes) -> list[Judged]:
    """Return one judgement for each recipient the mail speaks of, at least one. Never raises, whatever the bytes."""
    try:
        return meaning(parts.read(mail))
    except Exception:
        log.exception("mail not understood")
        return [UNREADABLE]


def meaning(found: Returned) -> list[Judged]:
    """Judge a mail that was taken apart.

    A notification counts where a server sent it, or sent it on: who quotes or attaches one asks for help with it, and is read.
    """
    said = _of(found)
    if found.inner and all(one.reason in {"", "other", "server", "away"} for one in said):
        told = _wrapped(parts.read(found.inner), said)
        if told and writers.is_server(found):
            return told
        if told and all(one.kind != "auto_reply" or one.reason for one in said):
            return _sent_on(told, found)
    return said


def _wrapped(inner: Returned, said: list[Judged]) -> list[Judged]:
    """Return what a notification says that somebody sent on inside another mail."""
    told = _reported(inner)
    if not told and all(one.kind == "other" or one.reason == "away" for one in said) and writers.is_daemon(inner):
        told = _by_words(inner)
    return told


def _sent_on(told: list[Judged], found: Returned) -> list[Judged]:
    return [replace(one, sent_on=True) for one in told] if writers.sends_on(found) else [quoting(found)]


def quoting(found: Returned) -> Judged:
    """Return what a mail is that quotes a notification: it tells of nobody, and may be a customer's."""
    return Judged("other", _sender(found), reason="quoted", original=_answered(found))


def _of(found: Returned) -> list[Judged]:
    if found.feedback is not None:
        return _complaints(found, found.feedback) if _is_believed(found) else [quoting(found)]
    if told := _notified(found.words) or _reported(found):
        return told if _is_believed(found) else _sent_on(told, found)
    if (asked := _asked(found)) is not None:
        return [asked]
    if "disposition-notification" in found.headers.get("content-type", "").lower():  # RFC 8098: an open, no answer
        return [Judged("other", _sender(found), reason="read_receipt", original=_answered(found))]
    challenged = challenges.asks(found)
    if not (challenged and not _coded(found)) and not writers.is_written(found) and (said := _by_words(found)):
        return said
    return [_answer(found, challenged=challenged)]


def _is_believed(found: Returned) -> bool:
    """Tell whether what a mail reports was reported by who sent it: a report as such, a server, or a service's notifications."""
    told = found.groups or found.feedback is not None
    report = told and _REPORT.match(found.headers.get("content-type", ""))
    return bool(report) or writers.is_server(found) or bool(writers.NOTIFIER.search(_sender(found)))


def _answer(found: Returned, *, challenged: bool) -> Judged:
    """Return what a mail is that tells of no failure; what only seems a challenge or an absence may be a customer's letter."""
    known = challenges.is_service(found) or (challenged and challenges.is_known(found))
    if known or writers.is_automatic(found):
        return Judged("auto_reply", _sender(found), original=_answered(found))
    if writers.is_away(found):
        return Judged("auto_reply", _sender(found), reason="away", original=_answered(found))
    reason = "challenge" if challenged else "server" if writers.is_daemon(found) else ""
    return Judged("other", _sender(found), reason=reason, original=_answered(found))


def _complaints(found: Returned, feedback: Fields) -> list[Judged]:
    """Return what a feedback report says; one on authentication (RFC 6591), or that a mail is no spam, is no complaint."""
    kind = _word(feedback.get("feedback-type", ""))
    named = list(dict.fromkeys(_ADDRESS.findall(feedback.get("original-rcpt-to", ""))))[:MOST]
    people = named or [_address(found.original.get("to", "") or feedback.get("removal-recipient", ""))]
    if kind == "auth-failure":
        told = texts.plain(_unauthenticated(feedback), LONGEST)
        return [Judged("other", one, reason="authentication", text=told, original=found.original_id) for one in people]
    if kind == "not-spam":
        return [Judged("other", one, reason=kind, original=found.original_id) for one in people]
    return [Judged("complaint", one, reason=kind or "abuse", original=found.original_id) for one in people]


def _unauthenticated(feedback: Fields) -> str:
    """Return the sentence of a report on authentication: what failed, of which domain, from which machine."""
    checks = _word(feedback.get("auth-failure", "")) or "authentication"
    domain = feedback.get("reported-domain", "") or feedback.get("dkim-domain", "")
    named = f" of {domain}" if domain else ""
    sent = f" sent from {feedback['source-ip']}" if feedback.get("source-ip") else ""
    return (
        f"A mail{named}{sent} failed authentication ({checks}): no complaint. Check SPF, DKIM and DMARC of the domain."
    )


def _notified(words: str) -> list[Judged]:
    """Return what a notification of Amazon SES says that came as a mail: JSON with the recipients and their diagnostics."""
    try:
        told = _LENIENT.raw_decode(words.lstrip().replace("\n", ""))[0] if words.lstrip().startswith("{") else {}
        if told.get("Type") == "Notification":
            told = _LENIENT.raw_decode(str(told.get("Message")).replace("\n", ""))[0]
    except (ValueError, RecursionError, AttributeError):
        told = {}
    if not isinstance(told, dict):
        return []
    kind = str(told.get("notificationType") or told.get("eventType") or "")
    about, mail = told.get(kind.lower()), told.get("mail")
    if not isinstance(about, dict) or not isinstance(mail, dict):
        return []
    original = str(mail.get("messageId", ""))
    if kind == "Bounce":
        return [
            _judged(
                _address(str(one.get("emailAddress", ""))),
                str(one.get("status", "")),
                str(one.get("diagnosticCode", "")),
                original,
            )
            for one in _dicts(about.get("bouncedRecipients"))
        ]
    if kind == "Complaint":
        reason = _word(str(about.get("complaintFeedbackType") or "abuse"))
        people = _dicts(about.get("complainedRecipients"))
        return [
            Judged(
                "other" if reason == "not-spam" else "complaint",
                _address(str(one.get("emailAddress", ""))),
                reason=reason,
                original=original,
            )
            for one in people
        ]
    return [Judged("other", reason=_word(kind), original=original)]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)][:MOST] if isinstance(value, list) else []


def _asked(found: Returned) -> Judged | None:
    """Return a complaint or an opt-out that came in no report: Outlook's programme, a mail client's unsubscribe button."""
    subject = found.headers.get("subject", "").strip().lower()
    if subject.startswith("complaint about message from") and found.inner and writers.OUTLOOK.fullmatch(_sender(found)):
        to = found.original.get("x-hmxmroriginalrecipient", "") or found.original.get("to", "")
        return Judged("complaint", _address(to), reason="abuse", original=found.original_id)
    if reason := writers.opts_out(found):
        return Judged("complaint", _sender(found), reason=reason, original=found.original_id)
    return None


def _reported(found: Returned) -> list[Judged]:
    """Return what a delivery status notification says of each recipient; delivered ones are no bounce."""
    said: list[Judged] = []
    original = found.original_id
    words = re.sub(r"(?m)^> ?", "", found.words)  # somebody may have forwarded it
    written = () if found.groups else [one for one in parts.fields(words) if "final-recipient" in one]
    for group in (*found.groups, *written)[: MOST + 1]:  # the first is the message's own
        to = group.get("final-recipient") or group.get("original-recipient") or group.get("x-actual-recipient", "")
        action = group.get("action", "").lower().split(";")[0].split()
        if not to and not action:
            continue
        recipient = _recipient(group.get("original-recipient", "")) or _recipient(to)
        if action and action[0] in {"delivered", "relayed", "expanded"}:
            said.append(
                Judged(
                    "other",
                    recipient,
                    reasons.status(group.get("status", "")),
                    reason=_word(action[0]),
                    original=original,
                )
            )
            continue
        code = group.get("diagnostic-code", "")[:LONGEST]
        text = code.partition(";")[2] or code
        failed = _failed(recipient, group.get("status", ""), text, found)
        said.append(replace(failed, delayed=action[:1] == ["delayed"], hard=failed.hard and action[:1] != ["delayed"]))
    return said[:MOST]


def _failed(recipient: str, status: str, text: str, found: Returned) -> Judged:
    """Judge one failure by its diagnostic; where that says nothing, by what the mail says of this recipient."""
    judged = _judged(recipient, status, text, found.original_id)
    if judged.hard and not _SURELY.search(f"{judged.status} {text}") and _after_data(found.words, text):
        return replace(judged, reason="filtered", hard=False)
    more = _near(found, recipient)
    if judged.hard and reasons.is_of_sender(more):
        return replace(judged, reason="policy", hard=False)
    if judged.reason in {"other", "policy", "system", "expired"} or (judged.hard and not text):
        again = _judged(recipient, status, f"{text}\n{more}", found.original_id)
        if again.reason not in {"other", "system", "expired", "network"} or judged.reason != "policy":
            return again if again.reason != "other" else judged
    return judged


def _judged(recipient: str, status: str, text: str, original: str) -> Judged:
    text = texts.plain(text, 2 * LONGEST)
    code = _code(text)
    inner, given = reasons.status(text), reasons.status(status)
    told = inner if inner and (not given or given.endswith(".0.0") or given.split(".")[1] == "0") else given
    reason = reasons.of(text, told, code)
    if reason in reasons.HARD and not _SURELY.search(f"{told} {text}") and _after_data(text, text):
        reason = "filtered"
    later = _for_now(told, code) or (inner.startswith("4") and 400 <= code < 500)
    hard = reason in reasons.HARD and not later
    return Judged(
        "bounce",
        recipient,
        told or (f"{code // 100}.0.0" if code else ""),
        reason,
        hard,
        " ".join(text.split())[:500],
        original,
    )


def _for_now(status: str, code: int) -> bool:
    """Tell whether a failure is one of today: by its status, or by its reply code where the status says nothing."""
    return status.startswith("4") or (400 <= code < 500 and (not status or status.endswith(".0.0")))


def _after_data(words: str, text: str) -> bool:
    """Tell whether the server had taken the recipient and refused the content: somebody's filter, whatever it calls it."""
    if _AFTER_DATA.search(words):
        return True
    answered = _TRANSCRIPT.search(words)
    return bool(answered and " ".join(answered[1].split())[4:40].lower() in " ".join(text.split()).lower())


def _by_words(found: Returned) -> list[Judged]:
    """Judge a mail of a server that keeps to no format: by the addresses it names, and the words beside each.

    A person who writes of a payment rejected or a parcel not delivered, and names an address, tells of no bounce.
    """
    failed = [_address(one) for one in found.headers.get("x-failed-recipients", "").split(",")]
    if not failed[0] and not (writers.is_told(found) and _tells_of_failure(found)):
        return []
    recipients = [one for one in failed if one] or _named(found)
    if not recipients:
        to = _address(found.original.get("to", "")) or _address(found.original.get("x-original-to", ""))
        whole = _judged(to, "", found.words[:LONGEST], found.original_id)
        return [replace(whole, hard=whole.hard and bool(to))]
    said = [_judged(one, "", _near(found, one), found.original_id) for one in recipients[:MOST]]
    if len(said) == 1 and said[0].reason in {"other", "system"}:
        whole = _judged(recipients[0], "", found.words[:LONGEST], found.original_id)
        return [whole] if whole.reason != "other" else said
    return said


def _tells_of_failure(found: Returned) -> bool:
    """Tell whether a server says that something failed: in words of some languages, or in the codes of all."""
    said = f"{found.headers.get('subject', '')}\n{found.words[:LONGEST]}"
    if _BOUNCED.search(said):
        return True
    return _coded(found) if writers.is_daemon(found) else bool(_REFUSED.search(found.words))


def _named(found: Returned) -> list[str]:
    """Return the addresses a mail names as failed: those at the head of a line, those the mail that came back was for,
    else the first it names at all."""
    own = {
        _address(found.headers.get(name, "")).lower() for name in ("from", "to", "return-path", "reply-to", "sender")
    }
    own |= {_address(found.original.get(name, "")).lower() for name in ("from", "return-path", "sender")}
    heads = {match[1] for match in _HEAD.finditer(found.words)}
    named = list(dict.fromkeys(one for one in _ADDRESS.findall(found.words) if one.lower() not in own))
    addressed = {one.lower() for one in _ADDRESS.findall(found.original.get("to", ""))}
    listed = [one for one in named if one in heads]
    return listed or [one for one in named if one.lower() in addressed] or named[:1]


@lru_cache(maxsize=1)
def _heads(words: str) -> list[tuple[int, str]]:
    """Return where lines begin with an address, and with which."""
    return [(match.start(), match[1].lower()) for match in _HEAD.finditer(words)]


def _near(found: Returned, recipient: str) -> str:
    """Return what a mail says of a recipient: from each line that names her to the next that names another."""
    words, wanted = found.words, recipient.lower()
    heads = _heads(words)
    ends = [*(place for place, _ in heads[1:]), len(words)][: len(heads)]
    own = [
        words[place : min(end, place + 900)].partition("\n" if words[place : place + 4].strip().isdigit() else "\0")[0]
        for (place, name), end in zip(heads, ends, strict=True)
        if name == wanted
    ]
    if own:
        return "\n".join(own[:4])
    at = [match.start() for match in re.finditer(re.escape(recipient), words, re.IGNORECASE)] if recipient else []
    if not at:
        return words[:LONGEST]
    return "\n".join(words[max(0, place - 80) : place + 600] for place in at[:4])


def _coded(found: Returned) -> bool:
    """Tell whether a mail names a server's code, as only failures do."""
    return bool(reasons.status(found.words) or _REPLY.search(found.words))


def _answered(found: Returned) -> str:
    return found.headers.get("in-reply-to", "").strip("<> ")


def _sender(found: Returned) -> str:
    return _address(found.headers.get("from", ""))


def _word(text: str) -> str:
    """Return a word of a report's field, with nothing in it that a terminal or a page could take for more."""
    return re.sub(r"[^a-z_-]", "", text.lower())[:40]


def _address(text: str) -> str:
    match = _ADDRESS.search(text)
    return match[0].strip("'`") if match else ""


def _recipient(field: str) -> str:
    """Return the address of a report's field: in ASCII, or in UTF-8 as RFC 6533 writes it."""
    kind, _, text = field.partition(";")
    if kind.strip().lower() != "utf-8":
        return _address(field)
    match = _WIDE.search(re.sub(r"\\x\{([0-9A-Fa-f]{2,6})\}", _letter, text))
    return match[0] if match and addresses.holds(match[0]) else _address(field)


def _letter(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "?"


def _code(text: str) -> int:
    match = _REPLY.search(text)
    return int(match[1]) if match else 0
