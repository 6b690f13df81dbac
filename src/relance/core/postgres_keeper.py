"""Stops an embedded PostgreSQL once the last process that used it is gone; a small process of its own, without Django.

Every user of the server holds a shared lock on `users.lock`; the keeper waits for the exclusive one.
A user killed outright loses its lock with its life, so a crash never leaves a server behind for long.
"""

import fcntl
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

LINGER_SECONDS = 3.0


def server_pid(cluster: Path) -> int | None:
    """Return the process id of the running server of this cluster, if there is one."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline")
        words = command.read_bytes() if command.exists() else b""
        if (
            words and b"postgres" not in words
        ):  # a dead one whose end nobody has heard yet has no words: PostgreSQL waits for it
            return None
    except (OSError, ValueError, IndexError):
        return None
    return pid


def wait_unused(lock: Path) -> int:
    """Return a descriptor holding the exclusive lock, once nobody has used the server for a moment."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    while True:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(LINGER_SECONDS)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            continue


def main(lock: Path, cluster: Path, socket: Path) -> None:
    """In the background: wait until the server is unused, then stop it (fast shutdown) and leave."""
    if os.fork():
        return
    os.setsid()
    for descriptor in range(3):
        os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
    wait_unused(lock)
    pid = server_pid(cluster)
    if pid is None:
        return
    os.kill(pid, signal.SIGINT)
    for _ in range(600):
        if server_pid(cluster) is None:
            break
        time.sleep(0.1)
    with suppress(OSError):
        socket.rmdir()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
