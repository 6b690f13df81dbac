"""Asking the tracking application as a server would: many requests at once, on one loop."""

import asyncio
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from relance.content.models import Link
from relance.delivery import tokens
from relance.outbox.models import Message
from relance.tracking.app import Tracking

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PATIENT = 60.0  # seconds


@dataclass(frozen=True)
class Asked:
    """A request."""

    path: str
    method: str = "GET"
    agent: str = BROWSER
    address: str = "198.51.100.7"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def scope(self) -> dict[str, Any]:
        headers = {"user-agent": self.agent, "host": "links.example.org"} | self.headers
        return {
            "type": "http", "path": self.path, "method": self.method, "client": (self.address, 4711), "query_string": b"",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }  # fmt: skip


@dataclass
class Answered:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, event: MutableMapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            self.headers = {name.decode(): value.decode() for name, value in event["headers"]}
        else:
            self.body += event["body"]


async def nothing() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


def ask(*asked: Asked, seconds: float = PATIENT) -> list[Answered]:
    """Return the answers to requests that come all at once; a busy machine may take its time over them."""

    async def run() -> list[Answered]:
        app, answers = Tracking(seconds=seconds), [Answered() for _ in asked]
        await asyncio.gather(
            *[app(one.scope, nothing, answer.send) for one, answer in zip(asked, answers, strict=True)]
        )
        await app.close()
        return answers

    return asyncio.run(run())


def get(path: str, **changes: Any) -> Answered:
    return ask(Asked(path, **changes))[0]


def links(sent: Message, language: str = "fr") -> list[str]:
    """Return the paths of the links of a message, in their order."""
    found = Link.objects.filter(template_version_id=sent.template_version_id, language=language).order_by("position")
    return [f"/c/{tokens.click(sent.pk, sent.uuid, link.pk)}" for link in found]


def trap(sent: Message) -> str:
    return f"/c/{tokens.click(sent.pk, sent.uuid, tokens.TRAP)}"


def leave(sent: Message) -> str:
    return f"/u/{tokens.unsubscribe(sent.pk, sent.uuid)}"


def pixel(sent: Message) -> str:
    return f"/o/{tokens.pixel(sent.pk, sent.uuid)}"


def paths(messages: Sequence[Message]) -> list[str]:
    """Return everything a scanner finds in these mails."""
    return [path for one in messages for path in (*links(one), trap(one), pixel(one), leave(one))]
