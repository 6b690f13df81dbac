"""One address asked for: HEAD, then GET where that is refused; redirects followed, each judged like the first address."""

from __future__ import annotations

import ssl
from collections.abc import Collection, Mapping
from http.client import HTTPException
from urllib.parse import urljoin

from urllib3.exceptions import ConnectTimeoutError, HTTPError, LocationParseError, NewConnectionError, SSLError
from urllib3.util import Url, parse_url

from relance.content.link_check import hosts
from relance.content.link_check.answers import Answer, State
from relance.content.link_check.hosts import PrivateHostError, Site, UnknownHostError
from relance.content.link_check.lines import PORTS, Lines

MOST_HOPS = 8
PERMANENT, TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
ADDRESSES_TRIED = 2
WORTHWHILE = 0.1  # seconds; with fewer left nothing is asked


TURNED_AWAY = frozenset({401, 403, 405, 407, 429, 451})


def follow(address: str, *, image: bool, ours: Collection[Site], lines: Lines) -> Answer:
    """Return what an address answers; private networks are not asked, but for `ours`."""
    if lines.left < WORTHWHILE:
        return Answer(State.UNASKED)
    at, moved = address.partition("#")[0], False
    try:
        for _ in range(MOST_HOPS + 1):
            status, headers = _ask(at, ours, lines)
            if status not in PERMANENT | TEMPORARY or not headers.get("Location"):
                return _judged(address, at, status, headers, moved=moved, image=image)
            moved = moved or status in PERMANENT
            at = urljoin(at, headers["Location"]).partition("#")[0]
    except LocationParseError:
        return Answer(State.INCOMPLETE, reached=at)
    except (UnknownHostError, PrivateHostError, OSError, HTTPError, HTTPException) as error:
        return Answer(_trouble(error), reached=at)
    except ValueError:  # after OSError: an error of a certificate is both
        return Answer(State.INCOMPLETE, reached=at)
    return Answer(State.CIRCULAR, reached=at)


def _ask(at: str, ours: Collection[Site], lines: Lines) -> tuple[int, Mapping[str, str]]:
    """Return status and headers; GET where HEAD is answered by an error, as some servers know no HEAD."""
    url = parse_url(at)
    if url.scheme not in PORTS or not url.host:
        raise LocationParseError(at)
    known = hosts.addresses(url.host.strip("[]"), url.port or PORTS[url.scheme], ours)[:ADDRESSES_TRIED]
    status, headers = _any("HEAD", url, known, lines)
    return (status, headers) if status < 400 else _any("GET", url, known, lines)


def _any(method: str, url: Url, known: list[str], lines: Lines) -> tuple[int, Mapping[str, str]]:
    """Return the answer of the first address that gives one."""
    for address in known[:-1]:
        try:
            return lines.ask(method, url, address)
        except (OSError, HTTPError):
            continue
    return lines.ask(method, url, known[-1])


def _judged(asked: str, reached: str, status: int, headers: Mapping[str, str], *, moved: bool, image: bool) -> Answer:
    """Return what the last answer means."""
    if status >= 400:
        state = State.DEAD if status in {404, 410} else State.CLOSED if status in TURNED_AWAY else State.FAULTY
    elif image and not headers.get("Content-Type", "image/").lower().startswith("image/"):
        state = State.NO_IMAGE
    elif asked.lower().startswith("http:") or reached.lower().startswith("http:"):
        state = State.INSECURE
    else:
        state = State.MOVED if moved else State.WORKS
    return Answer(state, status, reached)


def _trouble(error: Exception) -> State:
    """Return what an error of the network means."""
    if isinstance(error, UnknownHostError):
        return State.UNKNOWN
    if isinstance(error, PrivateHostError):
        return State.PRIVATE
    if isinstance(error, ssl.SSLError | SSLError):
        return State.CERTIFICATE
    if isinstance(error, NewConnectionError):  # a kind of ConnectTimeoutError to urllib3
        return State.UNREACHABLE
    return State.SLOW if isinstance(error, TimeoutError | ConnectTimeoutError) else State.UNREACHABLE
