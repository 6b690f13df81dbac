"""Keeping the lake fit: few files per bucket, none that nobody refers to."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from deltalake import CommitProperties
from deltalake.transaction import AddAction, RemoveAction

from relance.core import place
from relance.events import engine, lake
from relance.events.schemas import COLUMNS

MOST_FILES = 4  # of a bucket; with more, they are written anew as one, in time order


def run(now: datetime) -> int:
    """Sweep stray files, then make one file of each bucket that has many; return how many files went.

    What is replaced tonight stays on disk until the next night, for readers that still look at it.
    """
    with lake.writing():
        return sweep() + compact()


def compact() -> int:
    """Make one file of each bucket that has more than a few, in one commit that changes no row; return files replaced."""
    crowded = {bucket: files for bucket, files in lake.snapshot().files.items() if len(files) > MOST_FILES}
    actions: list[AddAction | RemoveAction] = []
    con = engine.connect()
    try:
        for bucket, files in crowded.items():
            query = f"SELECT {', '.join(COLUMNS)} FROM read_parquet({lake.literals(files)}, hive_partitioning = false)"
            written = lake.write_file(con, query, bucket, data_change=False)
            actions += [*written, *(_removed(Path(file), bucket) for file in files)]
    finally:
        con.close()
    if actions:
        properties = CommitProperties(custom_metadata={"relance": lake.COMPACTION})
        lake.table().create_write_transaction(actions, "append", lake.SCHEMA, ["bucket"], commit_properties=properties)
    return sum(map(len, crowded.values()))


def _removed(file: Path, bucket: int) -> RemoveAction:
    return RemoveAction(
        path=f"bucket={bucket}/{file.name}", data_change=False, deletion_timestamp=int(time.time() * 1000),
        partition_values={"bucket": str(bucket)}, size=file.stat().st_size,
    )  # fmt: skip


def sweep(older_than_seconds: int = 86_400) -> int:
    """Delete files of the lake that its present version does not refer to; return how many."""
    root = Path(place.current().lake)
    used = {Path(file) for file in lake.snapshot().of()}
    stray = [
        file
        for file in root.glob("bucket=*/*.parquet")
        if file not in used and time.time() - file.stat().st_mtime > older_than_seconds
    ]
    for file in stray:
        file.unlink()
    return len(stray)
