"""The relays mails are handed to, the preferred first; one that takes none is left for the next for a while that grows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from relance.core import hosts
from relance.core.errors import ConfigurationError

_MINUTE, _LONGEST = 60.0, 30 * 60.0
_ENDED_AT_ONCE = 2  # connections in a row that took no mail at all: the relay is closed, whatever it says at the door


@dataclass(frozen=True)
class Relay:
    """Where mails are handed over. `start_tls`: True asks for it, None takes it where it is offered."""

    host: str
    port: int
    username: str | None
    password: str | None
    use_tls: bool
    start_tls: bool | None

    @property
    def where(self) -> str:
        """Return the relay's name for people."""
        return f"{self.host}:{self.port}"

    @classmethod
    def read(cls, url: str, setting: str = "RELANCE_SMTP_URL") -> Relay:
        """Return the relay of an smtp:// or smtps:// URL; a password crosses no network in the clear."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = 0
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or port == 0:
            raise ConfigurationError(
                f"{setting} must look like smtp://user:password@host:587 or smtps://user:password@host:465."
            )
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        clear = user is None or hosts.here(parts.hostname)
        start_tls = False if tls else (None if clear else True)
        default = 465 if tls else (587 if user else 25)
        return cls(
            parts.hostname, port or default, user, unquote(parts.password or "") if user else None, tls, start_tls
        )


def read(urls: str, setting: str = "RELANCE_SMTP_URL") -> list[Relay]:
    """Return the relays of a list of URLs separated by spaces, the preferred first; errors name the setting."""
    return list(dict.fromkeys(Relay.read(url, setting) for url in urls.split())) or [Relay.read(urls, setting)]


@dataclass
class _Standing:
    """How a relay has behaved towards this process, on its monotonic clock."""

    failures: int = 0
    ended: int = 0
    rests_until: float = 0.0


_KNOWN: dict[Relay, _Standing] = {}  # outlives the channel, which lives for one dispatch


def in_order(relays: Sequence[Relay], clock: float) -> list[Relay]:
    """Return the relays in the order to try them at `clock`: as preferred, those left for a while last, soonest back first."""
    return sorted(relays, key=lambda relay: max(_standing(relay).rests_until - clock, 0.0))


def took(relay: Relay) -> None:
    """Note that a relay takes mails: all is forgotten."""
    _KNOWN.pop(relay, None)


def failed(relay: Relay, clock: float) -> float:
    """Leave a relay that took no connection for 1, 2, 4 … 30 minutes; return the seconds, 0 where it was left already."""
    standing = _standing(relay)
    if standing.rests_until > clock:
        return 0.0
    standing.failures += 1
    seconds = min(_MINUTE * 2.0 ** (standing.failures - 1), _LONGEST)
    standing.rests_until, standing.ended = clock + seconds, 0
    return seconds


def ended_at_once(relay: Relay, clock: float) -> float:
    """Note a connection that ended before any mail: a second one in a row is a relay that takes none. Return as `failed`."""
    standing = _standing(relay)
    standing.ended += 1
    return failed(relay, clock) if standing.ended >= _ENDED_AT_ONCE else 0.0


def _standing(relay: Relay) -> _Standing:
    return _KNOWN.setdefault(relay, _Standing())
