"""Runs a program as on another machine: `python -m tests.core.confined forbidden|ordinary COMMAND …`, as root.

Everything happens in namespaces of its own, so that the machine keeps nothing of it.
`forbidden`: as root where user namespaces are forbidden, with an empty /var/lib.
`ordinary`: as a user without any right, the folders of root that hold Python opened to it.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

NEW_MOUNTS, NEW_USERS = 0x00020000, 0x10000000
NOBODY = 65534
CANNOT = 77  # the exit code where this machine does not let us


def unshare(flags: int) -> None:
    """Leave the namespaces of the parent."""
    if ctypes.CDLL(None, use_errno=True).unshare(flags):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def forbidden() -> None:
    """Be root of a namespace that holds all ids and lets nobody make another."""
    mapped = _mapping_from_outside(os.getpid())
    unshare(NEW_USERS | NEW_MOUNTS)
    mapped()
    os.setgid(0)
    os.setuid(0)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/var/lib")
    Path("/proc/sys/user/max_user_namespaces").write_text("0")


def _mapping_from_outside(pid: int) -> Callable[[], None]:
    """Start a process that maps all ids into the namespace `pid` will be in; return what waits for it."""
    go, done = os.pipe(), os.pipe()
    if os.fork() == 0:
        os.read(go[0], 1)
        for kind in ("uid", "gid"):
            Path(f"/proc/{pid}/{kind}_map").write_text("0 0 65536")
        os.write(done[1], b"x")
        os._exit(0)

    def wait() -> None:
        os.close(done[1])
        os.write(go[1], b"x")
        if not os.read(done[0], 1):
            raise OSError("the ids cannot be mapped")
        os.wait()

    return wait


def ordinary() -> None:
    """Be a user with no right, who can read Python and nothing else of a closed folder above it."""
    unshare(NEW_MOUNTS)
    mount("--make-rprivate", "/")
    python = Path(sys.base_prefix).resolve()
    for closed in (folder for folder in reversed(python.parents) if not folder.stat().st_mode & 0o001):
        aside = tempfile.mkdtemp(dir="/dev/shm")  # a folder of this namespace only where /dev/shm is one
        mount("--bind", str(python), aside)
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(closed))
        python.mkdir(parents=True)
        mount("--move", aside, str(python))
        Path(aside).rmdir()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


if __name__ == "__main__":
    try:
        {"forbidden": forbidden, "ordinary": ordinary}[sys.argv[1]]()
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.stderr.write(f"{problem}\n")
        raise SystemExit(CANNOT) from problem
    os.execvp(sys.argv[2], sys.argv[2:])
