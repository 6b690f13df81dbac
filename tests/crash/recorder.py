"""An SMTP server that keeps, in its own process, whom it got which mail for; it hangs up now and then, as lines do."""

from __future__ import annotations

import json
import random
import signal
import sys
import threading
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import Envelope, Session

from tests.delivery.post_office import OnAnyPort


class Recorder:
    """Writes a line for each mail it took, before it answers; of `cuts` in a thousand it takes no leave."""

    def __init__(self, cuts: float, seed: int) -> None:
        self._cuts, self._draw = cuts / 1000, random.Random(seed)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        chance = self._draw.random()
        if chance < self._cuts / 2:
            _tell({"cut": "before it was taken"})
            server.transport.abort()
            return "451 never heard"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        _tell({"to": envelope.rcpt_tos[0], "id": str(message_from_bytes(content)["Message-ID"])})
        if chance < self._cuts:
            _tell({"cut": "after it was taken"})
            server.transport.abort()
        return "250 2.0.0 kept"


def _tell(line: dict[str, str]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main(cuts: str, seed: str) -> None:
    """Run until told to stop; the first line says the port."""
    server = OnAnyPort(
        Recorder(float(cuts), int(seed)), hostname="127.0.0.1", port=0, decode_data=False, enable_SMTPUTF8=True
    )
    server.start()
    _tell({"port": str(server.port)})
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    stopped.wait()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
