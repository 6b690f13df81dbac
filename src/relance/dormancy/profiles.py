"""The profiles of the last scoring, for whoever reads them.

A scoring of everybody leaves one file with every column, or a folder of them where a large base was scored in groups or
shares. A night that judged few people leaves that as it was, and beside it small files of who was judged anew; what today
alone changes (time since the first purchase, silence, lateness, what the models say) is then computed when it is read.
`relation` gives all of them alike.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from relance.core.files import link
from relance.dormancy import kept
from relance.events import engine

FIGURES = ("population", "bands")
BASE, NIGHT, PARTS, PUBLISHED = "base.json", "night.json", "parts.json", "published.json"
Told = dict[str, Any]
PEOPLE = "people-"  # how the files of everybody's profiles begin in the folder that nights start from
_GENERATIONS = 2  # of what nights left: a reader may still be at the one before


def path() -> Path:
    """Return the file that the last scoring of everybody wrote; after one in groups or shares it says nothing."""
    return kept.folder() / "profiles.parquet"


def exist() -> bool:
    """Tell whether people were ever scored."""
    return path().exists() or (kept.folder() / PARTS).exists()


def relation(*, risks: bool = False, folder: Path | None = None) -> str:
    """Return everybody's profile as of the last scoring, as a relation of DuckDB to select from; `exist` tells whether there is one.

    The risks of turning dormant are there with `risks` only: they take steps of their own. `folder` is that of another night.
    """
    root = folder or kept.folder()
    found = _night(root)
    if found is None:
        parts = _read(root / PARTS)
        return (
            f"read_parquet({engine.literal(root / (parts['folder'] + '/*.parquet' if parts else 'profiles.parquet'))})"
        )
    query = found["risks" if risks else "shown"]
    if folder is not None:
        query = query.replace(f"{PLACE}/{found['folder']}", _quoted(folder))
    return f"({query.replace(PLACE, _quoted(kept.folder()))})"


def _quoted(folder: Path) -> str:
    return str(folder).replace("'", "''")


def judged(folder: Path | None = None) -> str:
    """Return the relation of who alone can stand otherwise than in the last scoring of everybody; "" where that was the last."""
    found = _night(folder or kept.folder())
    if found is None:
        return ""
    files = [(folder or kept.folder() / found["folder"]) / f"{name}.parquet" for name in ("judged-*", "banded")]
    return f"({' UNION ALL '.join(f'SELECT contact_id FROM read_parquet({engine.literal(file)})' for file in files)})"


PLACE = "{folder of what scorings keep}"  # in the queries of a night: a copy of the folder has them too


def base() -> Told | None:
    """Return what the next night may start from: `folder`, what it `rests_on`, and the mark of its `features`; else None."""
    return _read(kept.folder() / BASE)


def adopt(draft: Path) -> None:
    """Put what a scoring wrote into the folder in force, in the place of what was there."""
    if (draft / NIGHT).exists():
        _adopt_night(draft)
    else:
        _adopt_everybody(draft)
    _sweep()


def _adopt_night(draft: Path) -> None:
    for name in FIGURES:
        _replace(draft / f"{name}.parquet", kept.folder() / f"{name}.parquet")
    found = _read(draft / NIGHT) or {}
    shutil.copytree(draft, kept.folder() / found["folder"])
    _replace(draft / NIGHT, kept.folder() / NIGHT)


def _adopt_everybody(draft: Path) -> None:
    for name in (NIGHT, BASE):
        (kept.folder() / name).unlink(missing_ok=True)
    found, parts = _read(draft / BASE), _read(draft / PARTS)
    if found is not None:  # nights refer to files that no later scoring replaces
        target = kept.folder() / found["folder"]
        target.mkdir(mode=0o700)
        for file in draft.glob(f"{parts['folder'] if parts else '.'}/*.parquet"):
            if parts or file.stem == "profiles":
                link(file, target / f"{PEOPLE}{file.name}")
        (draft / "signs.parquet").replace(target / "signs.parquet")
    if parts is not None:
        _adopt_parts(draft, parts["folder"])
    else:
        for name in ("profiles", *FIGURES):
            (draft / f"{name}.parquet").replace(kept.folder() / f"{name}.parquet")
        (kept.folder() / PARTS).unlink(missing_ok=True)
    if found is not None:
        (draft / BASE).replace(kept.folder() / BASE)


def _adopt_parts(draft: Path, name: str) -> None:
    (draft / name).replace(kept.folder() / name)
    for figure in FIGURES:
        (draft / f"{figure}.parquet").replace(kept.folder() / f"{figure}.parquet")
    again = (kept.folder() / PARTS).exists()
    (draft / PARTS).replace(kept.folder() / PARTS)
    if again:  # a reader of the file before may still be at it the first time
        path().unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Copy what readers need from another folder of what scorings keep; nights do not go on from it."""
    target.mkdir(parents=True, exist_ok=True)
    found, parts = _night(source), _read(source / PARTS)
    folders = [one for told in (found, parts) if told for one in (told["folder"], told.get("base")) if one]
    for name in ("profiles.parquet", *(f"{figure}.parquet" for figure in FIGURES), NIGHT, PARTS):
        if (source / name).exists():
            shutil.copy2(source / name, target / name)
    for name in folders:
        shutil.copytree(source / name, target / name, copy_function=link)


def note_parts(folder: Path, name: str) -> None:
    """Say in a scoring's folder that its profiles are the files of the folder `name` there."""
    (folder / PARTS).write_text(json.dumps({"folder": name}))


def note_published(sign: list[str]) -> None:
    """Remember what PostgreSQL's standings looked like after the last scoring that was written to them."""
    draft = kept.folder() / f"{PUBLISHED}.draft"
    draft.write_text(json.dumps(sign))
    draft.replace(kept.folder() / PUBLISHED)


def published() -> list[str] | None:
    """Return what was remembered of it."""
    try:
        found: list[str] = json.loads((kept.folder() / PUBLISHED).read_text())
    except (OSError, ValueError):
        return None
    return found


def _night(folder: Path) -> Told | None:
    return _read(folder / NIGHT)


def _read(file: Path) -> Told | None:
    try:
        found: Told = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return found


def _replace(source: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.draft")
    shutil.copy2(source, draft)
    draft.replace(target)


def _sweep() -> None:
    """Remove what earlier nights left, but for the last few."""
    told = (_night(kept.folder()), base(), _read(kept.folder() / PARTS))
    names = [name for found in told if found for name in (found["folder"], found.get("base"))]
    kinds = ("base", "night", "parts")
    folders = [one for kind in kinds for one in kept.folder().glob(f"{kind}-*") if one.name not in names]
    for kind in kinds:
        old = sorted((one for one in folders if one.name.startswith(kind)), key=lambda one: one.stat().st_mtime)
        for one in old[: -(_GENERATIONS - 1)]:
            shutil.rmtree(one, ignore_errors=True)
