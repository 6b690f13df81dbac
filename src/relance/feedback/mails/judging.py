"""What a returned mail is: a bounce (of whom, why), a complaint, an automatic answer, or something a person should read.

Report formats come first (RFC 3464 and 6533 for bounces, 5965 for complaints, 3834 for automatic answers); mails of servers that
keep to none are read by their words.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from relance.core import texts
from relance.delivery import reasons
from relance.feedback.mails import parts
from relance.feedback.mails.parts import Fields, Returned

Kind = Literal["bounce", "complaint", "auto_reply", "other"]
MOST = 100  # recipients of one mail

_LENIENT = json.JSONDecoder(strict=False)  # mail folds long lines inside its strings
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_HEAD = re.compile(
    rf"(?m)^[ \t]*(?:\d{{3}} )?[\"'<]{{0,2}}({_ADDRESS.pattern})[\"'>]{{0,2}}[ \t]*(?::|\.\.\.|\(|\[|on |$)"
)
_REPLY = re.compile(r"(?<![\d.\-])([45]\d\d)(?![\d.@])(?=[ \-#])")
_AFTER_DATA = re.compile(
    r"(?i)(?:in\s+reply\s+to|after|response\s+to)\s+(?:the\s+)?(?:end\s+of\s+)?data\b|smtp command\s+data\b"
)
_SURELY = re.compile(r"(?i)^5\.1\.\d|doesn.t have a|_416\b")  # whatever was being said when
_TRANSCRIPT = re.compile(r"(?i)>>> (?:data|\.)\s*\n(?:<<< 3\d\d[^\n]*\n)?<<< (5\d\d[^\n]*)")
_BOUNCED, _AUTOMATIC = (reasons.any_of(reasons.KNOWN[name]) for name in ("bounced", "automatic"))
_FROM_SERVER = re.compile(
    r"(?i)mailer-?daemon|post_?master|mail delivery|mail-daemon|mail administrator|mail system|^<?>?$|bounce|deliver|daemon"
)


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


def judge(mail: bytes) -> list[Judged]:
    """Return one judgement for each recipient the mail speaks of, at least one. Never raises, whatever the bytes."""
    found = parts.read(mail)
    said = _of(found)
    if found.inner and all(one.reason in {"", "other"} for one in said):
        return _reported(parts.read(found.inner)) or said  # a notification that came wrapped in another mail
    return said


def _of(found: Returned) -> list[Judged]:
    if found.feedback is not None:
        return [_complaint(found, found.feedback)]
    if told := _notified(found.words):
        return told
    if told := _reported(found):
        return told
    if (asked := _asked(found)) is not None:
        return [asked]
    if said := _by_words(found):
        return said
    receipt = (
        "disposition-notification" in found.headers.get("content-type", "").lower()
    )  # RFC 8098: an open, no answer
    kind: Kind = "auto_reply" if _automatic(found) and not receipt else "other"
    return [Judged(kind, _sender(found), reason="read_receipt" if receipt else "", original=_answered(found))]


def _complaint(found: Returned, feedback: Fields) -> Judged:
    """Return what a feedback report says; a report on authentication (RFC 6591) is none of a person's complaints."""
    kind = _word(feedback.get("feedback-type", ""))
    to = feedback.get("original-rcpt-to") or found.original.get("to", "") or feedback.get("removal-recipient", "")
    recipient = _address(to)
    if kind == "auth-failure":
        return Judged("other", recipient, reason="authentication_report", original=found.original_id)
    return Judged("complaint", recipient, reason=kind or "abuse", original=found.original_id)


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
            Judged("complaint", _address(str(one.get("emailAddress", ""))), reason=reason, original=original)
            for one in people
        ]
    return [Judged("other", reason=_word(kind), original=original)]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)][:MOST] if isinstance(value, list) else []


def _asked(found: Returned) -> Judged | None:
    """Return a complaint or an opt-out that came in no report: Outlook's programme, a mail client's unsubscribe button."""
    subject = found.headers.get("subject", "").strip().lower()
    if subject.startswith("complaint about message from"):
        return Judged("complaint", _address(found.original.get("to", "")), reason="abuse", original=found.original_id)
    if subject == "unsubscribe":
        return Judged("complaint", _sender(found), reason="opt-out", original=found.original_id)
    return None


def _reported(found: Returned) -> list[Judged]:
    """Return what a delivery status notification says of each recipient; delivered ones are no bounce."""
    said: list[Judged] = []
    original = found.original_id
    words = re.sub(r"(?m)^> ?", "", found.words)  # somebody may have forwarded it
    written = () if found.groups else [one for one in parts.fields(words) if "final-recipient" in one]
    for group in (*found.groups, *written):
        to = group.get("final-recipient") or group.get("original-recipient") or group.get("x-actual-recipient", "")
        action = group.get("action", "").lower().split(";")[0].split()
        if not to and not action:
            continue
        recipient = _address(group.get("original-recipient", "")) or _address(to)
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
        text = group.get("diagnostic-code", "").partition(";")[2] or group.get("diagnostic-code", "")
        failed = _failed(recipient, group.get("status", ""), text, found)
        said.append(replace(failed, delayed=action[:1] == ["delayed"], hard=failed.hard and action[:1] != ["delayed"]))
    return said[:MOST]


def _failed(recipient: str, status: str, text: str, found: Returned) -> Judged:
    """Judge one failure by its diagnostic; where that says nothing, by what the mail says of this recipient."""
    judged = _judged(recipient, status, text, found.original_id)
    if judged.hard and not _SURELY.search(f"{judged.status} {text}") and _after_data(found.words, text):
        return replace(judged, reason="filtered", hard=False)
    if judged.reason in {"other", "policy", "system", "expired"} or (judged.hard and not text):
        more = _near(found, recipient)
        again = _judged(recipient, status, f"{text}\n{more}", found.original_id)
        if again.reason != "other":
            return again
    return judged


def _judged(recipient: str, status: str, text: str, original: str) -> Judged:
    text = texts.plain(text)
    code = _code(text)
    inner, given = reasons.status(text), reasons.status(status)
    told = inner if inner and (not given or given.endswith(".0.0") or given.split(".")[1] == "0") else given
    reason = reasons.of(text, told, code)
    if reason in reasons.HARD and not _SURELY.search(f"{told} {text}") and _after_data(text, text):
        reason = "filtered"
    hard = reason in reasons.HARD and not told.startswith("4")
    return Judged(
        "bounce",
        recipient,
        told or (f"{code // 100}.0.0" if code else ""),
        reason,
        hard,
        " ".join(text.split())[:500],
        original,
    )


def _after_data(words: str, text: str) -> bool:
    """Tell whether the server had taken the recipient and refused the content: somebody's filter, whatever it calls it."""
    if _AFTER_DATA.search(words):
        return True
    answered = _TRANSCRIPT.search(words)
    return bool(answered and " ".join(answered[1].split())[4:40].lower() in " ".join(text.split()).lower())


def _by_words(found: Returned) -> list[Judged]:
    """Judge a mail of a server that keeps to no format: by the addresses it names, and the words beside each."""
    subject, sender = found.headers.get("subject", ""), found.headers.get("from", "")
    failed = [_address(one) for one in found.headers.get("x-failed-recipients", "").split(",")]
    server = bool(_FROM_SERVER.search(sender) or found.headers.get("return-path", "x").strip() in {"<>", ""})
    if not failed[0] and not (_BOUNCED.search(subject) or (server and _BOUNCED.search(found.words[:4000]))):
        return []
    recipients = [one for one in failed if one] or _named(found)
    if not recipients:
        to = _address(found.original.get("to", "")) or _address(found.original.get("x-original-to", ""))
        return [_judged(to, "", found.words[:4000], found.original_id)]
    said = [_judged(one, "", _near(found, one), found.original_id) for one in recipients[:MOST]]
    if len(said) == 1 and said[0].reason == "other":
        return [_judged(recipients[0], "", found.words[:4000], found.original_id)]
    return said


def _named(found: Returned) -> list[str]:
    """Return the addresses a mail names as failed: those at the head of a line, those the mail that came back was for,
    else the first it names at all."""
    own = {
        _address(found.headers.get(name, "")).lower() for name in ("from", "to", "return-path", "reply-to", "sender")
    }
    own |= {_address(found.original.get(name, "")).lower() for name in ("from", "return-path", "sender")}
    heads = [match[1] for match in _HEAD.finditer(found.words)]
    named = list(dict.fromkeys(one for one in _ADDRESS.findall(found.words) if one.lower() not in own))
    addressed = {one.lower() for one in _ADDRESS.findall(found.original.get("to", ""))}
    listed = [one for one in named if one in heads]
    return listed or [one for one in named if one.lower() in addressed] or named[:1]


def _near(found: Returned, recipient: str) -> str:
    """Return what a mail says of a recipient: from each line that names her to the next that names another."""
    words, wanted = found.words, recipient.lower()
    heads = [(match.start(), match[1].lower()) for match in _HEAD.finditer(words)]
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
        return words[:4000]
    return "\n".join(words[max(0, place - 80) : place + 600] for place in at[:4])


def _automatic(found: Returned) -> bool:
    """Tell whether a mail was written by a machine on behalf of its owner (RFC 3834)."""
    submitted = found.headers.get("auto-submitted", "no").lower()
    marked = submitted.startswith("auto-replied") or any(
        found.headers.get(name, "").lower() not in {"", "no"}
        for name in ("x-autoreply", "x-autorespond", "x-auto-response", "x-autoresponder")
    )
    return marked or bool(_AUTOMATIC.search(found.headers.get("subject", "").strip()))


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


def _code(text: str) -> int:
    match = _REPLY.search(text)
    return int(match[1]) if match else 0
