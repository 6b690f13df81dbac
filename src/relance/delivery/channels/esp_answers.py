"""What a mailing service's refusal or silence means for one mail: later, never, in doubt, or that the door is closed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from relance.core.errors import ChannelError
from relance.delivery.channels.protocol import Kind

# Nothing was handed over: no connection, no name, no proof of who is there, nothing to sign with.
_UNREACHED = {
    "NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectTimeout", "EndpointConnectionError",
    "SSLCertVerificationError", "ProxyError", "ProxyConnectionError", "TooManyRedirects",
}  # fmt: skip
_UNSIGNED = {"NoCredentialsError", "PartialCredentialsError", "NoRegionError"}
_SILENT = {"BotoCoreError", "HTTPClientError", "RequestException"}  # the request was on its way
# A refusal of the account, not of this mail: every other mail would be refused too.
_ACCOUNT = re.compile(
    r"(?:sender|from).{0,60}(?:not (?:valid|verified|allowed|found|authori[sz]ed)|invalid|unverified|signature)"
    r"|not verified|unverified|account.{0,40}(?:suspend|disabl|not activ|pending|closed|paus)|suspended"
    r"|credit|quota exceeded|unauthori[sz]ed|permission|api key|token|access ?denied|domain.{0,40}not (?:found|verified)"
    r"|sendingpaused|unrecognizedclient|signaturedoesnotmatch|expiredtoken|notfoundexception",
    re.IGNORECASE,
)
PAUSE = 60.0  # seconds, where the service names none
_THROTTLED = re.compile(r"throttl|too ?many ?requests|rate exceeded", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one mail; `shut` where no other need be tried, `wait` seconds where the service asks for a pause."""

    kind: Kind
    reason: str
    shut: ChannelError | None = None
    wait: float = 0


def judge(service: str, error: Exception) -> Answer:
    """Return what an error of anymail's backend means.

    1. Never reached, or refused for the account's sake: the mail was not taken, and no other would be.
    2. An answer that says no to this mail: later (429, 5xx) or never (4xx).
    3. No answer after the request was written, or one of a gateway that had none itself (502, 504): in doubt. So is an
       answer that says yes and cannot be read.
    """
    names = {family.__name__ for one in _chain(error) for family in type(one).__mro__}
    status, said = _status(error), _said(error)
    if not status:
        return _unanswered(service, names, said)
    reason = f"{status} {said}"
    if status == 429 or (400 <= status < 500 and _THROTTLED.search(said)):
        return Answer(Kind.LATER, f"rate: {reason}", wait=_pause(error))
    if status in {401, 402, 403, 404, 407} or (400 <= status < 500 and _ACCOUNT.search(said)):
        advice = "Check RELANCE_SERVICE_KEY, RELANCE_SERVICE_URL, the sender's address and the account."
        closed = ChannelError(f"The mailing service {service} takes no mail: {reason}. {advice}", permanent=True)
        return Answer(Kind.UNTRIED, reason, shut=closed)
    if status in {502, 504} or 200 <= status < 300:
        return Answer(Kind.DOUBTFUL, f"unclear_answer: {reason}", wait=PAUSE if status < 300 else 0)
    if status >= 500:
        return Answer(Kind.LATER, f"service_error: {reason}", wait=_pause(error) if status == 503 else 0)
    return Answer(Kind.FAILED, f"refused: {reason}")


def _unanswered(service: str, names: set[str], said: str) -> Answer:
    """Judge an error that no answer came with."""
    if names & _UNSIGNED:
        closed = ChannelError(f"{service} cannot be asked: {said}. Check RELANCE_SERVICE_KEY and _URL.", permanent=True)
        return Answer(Kind.UNTRIED, said, shut=closed)
    if names & _UNREACHED:
        closed = ChannelError(
            f"The mailing service {service} cannot be reached: {said}. Check RELANCE_SERVICE_URL and the network.",
            permanent=False,
        )
        return Answer(Kind.UNTRIED, said, shut=closed)
    if names & _SILENT:
        return Answer(Kind.DOUBTFUL, f"cut_off: {said}")
    return Answer(Kind.FAILED, f"refused: {said}")  # anymail itself: this service cannot carry such a mail


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, getattr(one, "reason", None), *one.args]


def _status(error: Exception) -> int:
    """Return the status of the service's answer, 0 where there was none; boto3 has it in a dictionary."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        return int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or response.get("HTTPStatusCode") or 0)
    return int(getattr(response, "status_code", 0) or 0)


def _said(error: Exception) -> str:
    """Return the service's words in one line, of an error without an answer its own."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        words = f"{response['Error'].get('Code', '')} {response['Error'].get('Message', '')}"
    else:
        words = getattr(response, "text", "") or str(error.__cause__ or error)
    return " ".join(words.split())[:300]


def _pause(error: Exception) -> float:
    """Return the seconds to wait: what Retry-After says (RFC 9110), a minute where it says nothing, an hour at most."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    asked = str(headers.get("Retry-After", ""))
    return float(min(int(asked), 3600)) if asked.isdigit() else PAUSE
