"""Mails by a mailing service's interface, through django-anymail, over several connections at once.

django-anymail and requests are loaded when a channel is made, not before: a worker that sends by SMTP never sees them.
"""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils.module_loading import import_string

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError, RefusedError
from relance.delivery import mailing_services, names
from relance.delivery.channels import esp_answers
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing
from relance.delivery.mailing_services import METADATA, Service

_EACH = 5  # messages of a slice per connection: few, since a crash puts a slice in doubt
# Headers that every service writes itself, from the fields of the mail or by its own signature.
_THEIRS = {
    "from", "to", "subject", "reply-to", "date", "mime-version", "content-type", "content-transfer-encoding",
    "dkim-signature",
}  # fmt: skip
_TAKEN = {"sent", "queued", "unknown"}  # anymail's words for what a service says of a recipient it accepted


# Until when each service is left alone, on this process's monotonic clock: a pause outlives the channel that was told of it.
_RESTS: dict[tuple[str, str], float] = {}


class EspChannel:
    """Keeps a connection per lane from one slice to the next; one request per mail, each tried once."""

    def __init__(self, name: str) -> None:
        if place.current().simulated:
            raise RefusedError("A rehearsal opens no connection. Leave the choice of channel to the registry.")
        self.name = name
        self._service = mailing_services.find(name)
        known = settings.RELANCE
        timeout = min(60.0, known.lease_seconds / 4)
        self._options = mailing_services.options(name, known.service_key, known.service_url, timeout)
        self._lanes = known.smtp_connections
        self._backends: dict[int, Any] = {}
        self._closed: list[ChannelError] = []
        self._account = (name, known.service_url)
        self._errors = _errors(name)
        self.slice = _EACH * self._lanes
        self.where = f"the mailing service {name}" + (f" ({known.service_url})" if known.service_url else "")

    @property
    def _rests_until(self) -> float:
        return _RESTS.get(self._account, 0.0)

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return every id."""
        return [one.id for one in outgoing]

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        """Offer each mail once, in the order given; what comes after a closed door or half the lease is untried.

        Raises ChannelError where the service would take none: nothing was taken, or a pause that it asked for, or
        needs, is not over.
        """
        if not outgoing:
            return []
        if (left := self._rests_until - time.monotonic()) > 0:
            raise ChannelError(
                f"The mailing service {self.name} is given a pause. It goes on by itself in {left:.0f} s.",
                permanent=False,
            )
        self._closed.clear()
        deadline = min(deadline, time.monotonic() + settings.RELANCE.lease_seconds / 2)
        queue, outcomes = deque(outgoing), dict[int, Outcome]()
        lanes = min(self._lanes, len(outgoing))
        with ThreadPoolExecutor(lanes) as pool:
            list(pool.map(lambda lane: self._lane(lane, queue, outcomes, deadline), range(lanes)))
        kinds = Counter(one.kind for one in outcomes.values())
        if kinds[Kind.DOUBTFUL] > kinds[Kind.SENT]:  # it hangs: a pause keeps the doubts few
            _RESTS[self._account] = max(self._rests_until, time.monotonic() + esp_answers.PAUSE)
        if self._closed and all(one.kind is Kind.UNTRIED for one in outcomes.values()):
            raise self._closed[0]
        return [outcomes.get(one.id, Outcome(one.id, Kind.UNTRIED)) for one in outgoing]

    def close(self) -> None:
        """Close every connection."""
        for backend in self._backends.values():
            backend.close()
        self._backends.clear()

    def _lane(self, lane: int, queue: deque[Outgoing], outcomes: dict[int, Outcome], deadline: float) -> None:
        """Offer mails over one connection until none is left, the deadline comes, or the service will take no more."""
        backend = self._backend(lane)
        while not self._closed and self._rests_until < time.monotonic() < deadline:
            try:
                one = queue.popleft()
            except IndexError:
                return
            outcomes[one.id] = self._offer(backend, one)

    def _backend(self, lane: int) -> Any:
        """Return the open connection of a lane. An answer that points elsewhere is not followed: the key stays here."""
        if lane not in self._backends:
            mailing_services.hush(self.name)
            backend: Any = django_mail.get_connection(
                f"anymail.backends.{self._service.backend}.EmailBackend", **self._options
            )
            backend.open()
            if session := getattr(backend, "session", None):
                session.max_redirects = 0
            self._backends[lane] = backend
        return self._backends[lane]

    def _offer(self, backend: Any, one: Outgoing) -> Outcome:
        """Hand one mail to the service and say what came of it."""
        if one.mail is None:
            return Outcome(one.id, Kind.FAILED, "not_rendered")
        message = _Mail(one, self._service)
        try:
            backend.send_messages([message])
        except self._errors as error:
            if type(error).__name__ != "AnymailRecipientsRefused":
                answer = esp_answers.judge(self.name, error)
                self._closed += [answer.shut] if answer.shut else []
                _RESTS[self._account] = max(self._rests_until, time.monotonic() + answer.wait if answer.wait else 0)
                return Outcome(one.id, answer.kind, answer.reason)
        return _told(one.id, message)


class _Mail(EmailMultiAlternatives):
    """One mail as anymail takes it, with what makes its webhooks ours."""

    def __init__(self, one: Outgoing, service: Service) -> None:
        self._bytes, self._is_raw = one.mail or b"", service.raw
        read = message_from_bytes(self._bytes, _class=EmailMessage, policy=policy.default)
        plain, html = read.get_body(("plain",)), read.get_body(("html",))
        super().__init__(
            subject=str(read["Subject"] or ""),
            body=plain.get_content() if plain else "",
            from_email=str(read["From"]),
            to=[one.address],
            reply_to=[str(read["Reply-To"])] if read["Reply-To"] else [],
            headers=_headers(read, service)
            | {name: text.format(uuid=one.uuid) for name, text in service.headers.items()},
        )
        if html:
            self.attach_alternative(html.get_content(), "text/html")
        self.metadata = {METADATA: names.write(one.id, one.uuid)}
        self.tags = [f"template-{one.template_version_id}"]
        if service.quiet:
            self.track_opens = self.track_clicks = False

    def message(self, **given: Any) -> Any:
        """Return the mail as it was composed, for a service that takes it so."""
        return message_from_bytes(self._bytes, policy=policy.compat32) if self._is_raw else super().message(**given)


def _headers(read: Message, service: Service) -> dict[str, str]:
    """Return the headers the service is to carry: ours, on one line, in ASCII (a phrase that is not goes; the id stays)."""
    theirs = _THEIRS if service.keeps_id else _THEIRS | {"message-id"}
    given = {name: " ".join(str(value).split()) for name, value in read.raw_items() if name.lower() not in theirs}
    return {name: text[text.rindex("<") :] if "=?" in text and "<" in text else text for name, text in given.items()}


def _told(message_id: int, message: Any) -> Outcome:
    """Return what the service said of the mail's one recipient; an address on a list of its own is no dead mailbox."""
    status = message.anymail_status
    told = next(iter(status.recipients.values()), None)
    word = str(told.status) if told else "unknown"
    number = str((told and told.message_id) or "")
    if word in _TAKEN:
        return Outcome(message_id, Kind.SENT, provider_id=number[:200])
    said = getattr(status.esp_response, "text", "") or ""
    return Outcome(message_id, Kind.FAILED, f"{word}: {' '.join(said.split())[:300]}")


@lru_cache
def _errors(name: str) -> tuple[type[Exception], ...]:
    """Load anymail, and return the errors its backends raise."""
    try:
        import_string(f"anymail.backends.{mailing_services.find(name).backend}.EmailBackend")
    except ImportError as error:
        raise ConfigurationError(
            f"Mails cannot leave by {name}: {error}. Install what is missing: pip install 'relance[ses]' for Amazon SES."
        ) from error
    errors: list[type[Exception]] = [import_string("anymail.exceptions.AnymailError")]
    if name == "ses":
        errors.append(import_string("botocore.exceptions.BotoCoreError"))
    return tuple(errors)
