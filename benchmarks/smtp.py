"""Mails a second, and processor time a mail, of our SMTP client beside aiosmtplib, to a near and to a far server.

    .venv/bin/pip install -e '.[bench]'; apt-get install postfix   (smtp-sink)
    .venv/bin/python -m benchmarks.smtp --mails 4000 --runs 3

Prints JSON. Four connections, mails of 28 KB with lines of 78, each mail MAIL, RCPT, DATA, content. The far server is the near one
behind a proxy that holds back every byte by half of the round trip.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import socket
import ssl
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import aiosmtplib

from benchmarks.send import sink
from relance.delivery.channels.smtp_client import Connection
from relance.delivery.relays import Relay

CONNECTIONS = 4
MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: Hello\r\n\r\n" + (b"x" * 76 + b"\r\n") * 360
Lane = Callable[[int, list[int]], Awaitable[None]]


async def ours(port: int, left: list[int]) -> None:
    """Send mails over one connection of ours until none is left."""
    connection = await Connection.open(
        Relay.read(f"smtp://127.0.0.1:{port}"), "localhost", 60, ssl.create_default_context
    )
    while left[0] > 0:
        left[0] -= 1
        answer = await connection.deliver("a@example.org", "b@example.org", MAIL)
        assert not answer.reply.refuses, answer
    await connection.quit()


async def theirs(port: int, left: list[int]) -> None:
    """Send mails over one connection of aiosmtplib until none is left."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False)
    await client.connect()
    while left[0] > 0:
        left[0] -= 1
        await client.mail("a@example.org")
        await client.rcpt("b@example.org")
        await client.data(MAIL)
    await client.quit()


def measure(lane: Lane, port: int, mails: int) -> dict[str, float]:
    """Return mails a second and microseconds of processor a mail."""

    async def all_lanes() -> None:
        left = [mails]
        await asyncio.gather(*(lane(port, left) for _ in range(CONNECTIONS)))

    before, begun = processor(), time.perf_counter()
    asyncio.run(all_lanes())
    seconds = time.perf_counter() - begun
    return {"per_second": round(mails / seconds), "microseconds": round((processor() - before) / mails * 1e6)}


def processor() -> float:
    """Return the processor seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def far(target: int, round_trip: float) -> Iterator[int]:
    """A proxy, in a process of its own, to the port `target` that is half a round trip away in both directions."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy = multiprocessing.get_context("fork").Process(target=_proxy, args=(listening, target, round_trip / 2))
        proxy.start()
        try:
            yield listening.getsockname()[1]
        finally:
            proxy.terminate()
            proxy.join()


def _proxy(listening: socket.socket, target: int, delay: float) -> None:
    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, outside = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_late(reader, outside, delay), _late(inside, writer, delay))

    async def run() -> None:
        await (await asyncio.start_server(visit, sock=listening)).serve_forever()

    asyncio.run(run())


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    loop = asyncio.get_running_loop()
    while data := await reader.read(65_536):
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


def main() -> None:
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(asked.runs):
        for lane in (theirs, ours):
            with sink() as port:
                found.setdefault(f"{lane.__name__}, near", []).append(measure(lane, port, asked.mails))
                with far(port, 0.02) as distant:
                    found.setdefault(f"{lane.__name__}, 20 ms", []).append(measure(lane, distant, asked.mails // 8))
    medians = {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()
    }
    print(json.dumps({"size": len(MAIL), "connections": CONNECTIONS, "runs": found, "medians": medians}, indent=2))


if __name__ == "__main__":
    main()
