"""Load for the tracking benchmark: wrk for as much as goes, and requests at a steady rate, whose latency counts from when
each was due (an answer that comes late delays none of the next)."""

from __future__ import annotations

import asyncio
import re
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"
)
HEADERS = {
    "User-Agent": AGENT,
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8",
}
SCRIPT = """
local paths, n = {}, %d
for line in io.lines("%s") do paths[#paths + 1] = line end
request = function() n = n %% #paths + 1; return wrk.format("GET", paths[n]) end
done = function(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d %%f\\n", summary.requests, summary.duration, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, latency:percentile(99)))
end
"""


def flood(port: int, paths: Path, *, seconds: int, connections: int, first: int = 0) -> dict[str, float]:
    """Ask for the paths, one after the other from `first` on, as fast as answers come; return the rate and what failed."""
    script = paths.with_suffix(".lua")
    script.write_text(SCRIPT % (first, paths))
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}: {value}")]
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        str(script),
        *headers,
        f"http://127.0.0.1:{port}",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) ([\d.]+)", said)
    assert found, said
    requests, microseconds, wrong, failed, p99 = map(float, found.groups())
    return {
        "requests": requests,
        "per_second": requests / microseconds * 1e6,
        "wrong": wrong,
        "failed": failed,
        "p99_ms": p99 / 1000,
    }


class Caller(asyncio.Protocol):
    """A connection that keeps asking; answers come in the order of the requests."""

    def __init__(self, times: list[float]) -> None:
        self.times, self.due, self.good = times, deque[float](), 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def ask(self, request: bytes, due: float) -> None:
        self.due.append(due)
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        for _ in range(data.count(b"HTTP/1.1 302")):
            self.times.append(now - self.due.popleft())


async def steady(port: int, paths: Sequence[str], *, per_second: float, connections: int) -> dict[str, float]:
    """Ask for each path at a steady rate, over idle connections where there are; return the latencies in milliseconds."""
    loop, times = asyncio.get_running_loop(), list[float]()
    callers = [(await loop.create_connection(lambda: Caller(times), "127.0.0.1", port))[1] for _ in range(connections)]
    told = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    requests = [f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{told}\r\n".encode() for path in paths]
    began, number = time.perf_counter(), 0
    while number < len(requests):
        while number < len(requests) and (due := began + number / per_second) <= time.perf_counter():
            callers[number % connections].ask(requests[number], due)
            number += 1
        await asyncio.sleep(0.001)
    took = time.perf_counter() - began
    while len(times) < len(requests):
        assert time.perf_counter() - began < took + 30, (
            f"{len(requests) - len(times)} were not answered by a redirection"
        )
        await asyncio.sleep(0.01)
    for caller in callers:
        caller.transport.close()
    times.sort()
    at = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "p99.9_ms": 0.999}
    return {"requests": len(times), "per_second": len(times) / took} | {
        name: times[int(share * len(times))] * 1000 for name, share in at.items()
    }
