"""Ports for servers that tests start."""

import random
import socket
from pathlib import Path

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 10_240


def free() -> int:
    """Return a port nobody listens on, below those that the system gives out by itself: no other test is given it meanwhile."""
    first = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    for port in random.SystemRandom().sample(range(LOWEST, max(first, LOWEST + 1_000)), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")
