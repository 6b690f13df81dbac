"""Bases that take a second to make: made once by each process, and copied for each test."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from django.db import connection

from relance.core import database, place
from tests.emptied import emptied

_made: dict[str, tuple[str, Path]] = {}  # database and folder
_numbers = count(1)


@contextmanager
def prepared(name: str, folder: Path, make: Callable[[], None]) -> Iterator[None]:
    """Put a copy of what `make` made under this name in force; `folder` is for the copy's files."""
    if name not in _made:
        _made[name] = _kept(f"prepared_{len(_made)}", make)
    source, files = _made[name]
    original = str(connection.settings_dict["NAME"])
    with database._held(own := f"{source}_scratch_{next(_numbers)}"):
        shutil.copytree(files, folder, dirs_exist_ok=True)
        database._create_database(own, source)
        database._switch(own)
        try:
            with place.elsewhere(data=folder / "data", lake=str(folder / "lake")):
                yield
        finally:
            database._switch(original)
            database._drop_database(own)


def _kept(name: str, make: Callable[[], None]) -> tuple[str, Path]:
    """Make it in an empty database, and keep that as one to copy."""
    files, source = place.folder(name), f"{connection.settings_dict['NAME']}_{name}_{os.getpid()}"
    with emptied() as made, place.elsewhere(data=files / "data", lake=str(files / "lake")):
        make()
        connection.close()
        with psycopg.connect(database._maintenance_dsn(), autocommit=True) as own:
            own.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [made])
        database._create_database(source, made)
    return source, files
