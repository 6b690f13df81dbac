"""Scoring programs kept on disk: compiling one takes most of a second, and each command of the terminal would again.

A file is named after all a program is made of: the policies, what is told, the models, the settings, and this very code.
What cannot be read is compiled.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import ibis
from django.conf import settings

import relance
from relance.core import place
from relance.dormancy import program
from relance.dormancy.program import Covered, Program, Written

FOLDER, MOST = "programs", 16  # files; the oldest go
_CODE = ("dormancy", "rules", "intake", "core", "events")  # whose sources write a program
_LIBRARIES = ("ibis-framework", "sqlglot", "duckdb")


@lru_cache(maxsize=16)
def compiled(written: Written, covered: Covered, dialect: str, models: frozenset[str]) -> Program:
    """Return `program.compiled` of the same, from its file where there is one."""
    told = [written, [(name, since.isoformat()) for name, since in covered], dialect, sorted(models), _made_by()]
    folder = place.folder(FOLDER)
    path = folder / f"{sha256(json.dumps(told).encode()).hexdigest()}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        return _read(path.read_text("utf-8"))
    found = program.compiled(written, covered, dialect, models)
    with suppress(OSError):
        _keep(found, path)
    return found


def _read(text: str) -> Program:
    kept = json.loads(text)
    models = frozenset(kept["models"])
    return Program(kept["queries"], kept["dialect"], kept["columns"], ibis.schema(kept["schema"]), models)


def _keep(found: Program, path: Path) -> None:
    """Write the program whole or not at all, and let the oldest files go."""
    schema = {name: str(kind) for name, kind in found.schema.items()}
    kept = {
        "queries": dict(found.queries), "dialect": found.dialect, "columns": {name: dict(of) for name, of in found.columns.items()},
        "schema": schema, "models": sorted(found.models),
    }  # fmt: skip
    text = json.dumps(kept)
    if _read(text) != found:  # a type that does not come back as it was
        return
    draft = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    for old in sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime)[:-MOST]:
        old.unlink(missing_ok=True)


def _made_by() -> str:
    """Return a digest of what writes a program: settings, libraries, sources."""
    versions = [importlib.metadata.version(name) for name in _LIBRARIES]
    return sha256("\n".join([settings.RELANCE.model_dump_json(), *versions, _sources()]).encode()).hexdigest()


@lru_cache(maxsize=1)
def _sources() -> str:
    root = Path(relance.__file__).parent
    files = (file for name in _CODE for file in sorted((root / name).rglob("*.py")))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
