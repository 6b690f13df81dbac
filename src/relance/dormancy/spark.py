"""The scoring program on Spark: the lake's Parquet files read by the cluster, the profiles written back beside the lake.

What is not in the lake (contacts, hot rows, merged people) is written beside it as Parquet files first; nothing goes
through JDBC. Every machine of the cluster must see the lake's folder under the same path.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings

from relance.core import place
from relance.core.errors import ConfigurationError
from relance.dormancy import models_in_force, tables
from relance.dormancy.program import FUTURE, JUDGED, LIFETIME, RETURNS, Program
from relance.events import engine, lake
from relance.events.schemas import COLUMNS

# Ibis writes a JSON member as GET_JSON_OBJECT, which forgets whether it was a text or a number, and asks for Python
# functions on every machine of the cluster; these are Spark's own, and say NULL for a member of another kind, as DuckDB does.
_MEMBER = "json_member"
FUNCTIONS = (
    f"""CREATE OR REPLACE TEMPORARY FUNCTION {_MEMBER}(document STRING, path STRING) RETURNS VARIANT
        RETURN try_element_at(from_json(document, 'map<string,variant>'), substring(path, 3))""",
    """CREATE OR REPLACE TEMPORARY FUNCTION unwrap_json_str(found VARIANT) RETURNS STRING
       RETURN CASE WHEN schema_of_variant(found) = 'STRING' THEN CAST(found AS STRING) END""",
    """CREATE OR REPLACE TEMPORARY FUNCTION unwrap_json_bool(found VARIANT) RETURNS BOOLEAN
       RETURN CASE WHEN schema_of_variant(found) = 'BOOLEAN' THEN CAST(found AS BOOLEAN) END""",
    """CREATE OR REPLACE TEMPORARY FUNCTION unwrap_json_float(found VARIANT) RETURNS DOUBLE
       RETURN CASE WHEN schema_of_variant(found) RLIKE '^(BIGINT|DECIMAL|DOUBLE|FLOAT)' THEN CAST(found AS DOUBLE) END""",
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SHOWN = ("hot", "warehouse_event", "contact_alias", "contact", LIFETIME, RETURNS, FUTURE)
CONFIGURATION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


def require() -> None:
    """Refuse to go on where PySpark is not installed."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise ConfigurationError(
            "RELANCE_ENGINE names a Spark cluster, but PySpark is not installed here. Run: pip install 'relance[spark]' (it "
            "needs Java 17), or leave RELANCE_ENGINE out to score with DuckDB."
        ) from None


def score(program: Program, now: datetime, folder: Path, people: tables.People) -> None:
    """Score everybody on the cluster of the settings; write `profiles.parquet` and the base's figures into the folder."""
    with _exchange() as exchange:
        files = _hand_over(exchange, people)
        with session() as spark:
            _show(spark, exchange, files)
            run(spark, program, now, exchange)
        with engine.connected() as con:
            for name in ("profiles", *program.figures):
                parts = f"read_parquet({engine.literal(exchange / name / '*.parquet')})"
                tables.save(con, f"(SELECT {program.typed(name)} FROM {parts})", folder / f"{name}.parquet")


def run(spark: SparkSession, program: Program, now: datetime, exchange: Path) -> None:
    """Make the program's tables from the views `contact` and `events`; write profiles and figures as Parquet folders."""
    for function in FUNCTIONS:
        spark.sql(function)
    spark.table("events").createOrReplaceTempView("counted")
    _write(spark, program.at("feature", now), exchange / "feature")  # once: read by all that follows
    spark.read.parquet(str(exchange / "feature")).createOrReplaceTempView("feature")
    _view(spark, program, now, "received")
    for figure, before in (("population", ()), ("bands", ("person", "amount"))):
        for name in before:
            _view(spark, program, now, name)
        _write(spark, program.at(figure, now), exchange / figure)
        spark.read.parquet(str(exchange / figure)).createOrReplaceTempView(figure)
    for name in (*JUDGED, "profile", *program.risks):
        _view(spark, program, now, name)
    _write(spark, program.at("scored", now), exchange / "profiles")


@contextmanager
def session() -> Iterator[SparkSession]:
    """Give a session of the cluster of the settings, stopped at the end."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(settings.RELANCE.engine).appName("Relance")
    own = {"spark.sql.warehouse.dir": str(place.folder("spill") / "spark")}  # else a folder where the command was typed
    for name, value in (CONFIGURATION | own).items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except Exception as error:  # whatever the Java side raises
        raise ConfigurationError(
            f"The Spark cluster {settings.RELANCE.engine} cannot be reached ({str(error).splitlines()[0]}). Check RELANCE_ENGINE, "
            "and that Java 17 is installed here."
        ) from error
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def _exchange() -> Iterator[Path]:
    """Give a folder beside the lake that the cluster sees too, gone at the end."""
    path = Path(place.current().lake) / "_exchange" / uuid4().hex
    path.mkdir(parents=True, mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _hand_over(exchange: Path, people: tables.People) -> list[str]:
    """Write what is not in the lake as Parquet files; return the lake's files of the same snapshot."""
    snapshot, contact = lake.snapshot(), people("")
    with engine.connected() as con:
        engine.show_events(con, snapshot)
        con.register("contact", contact.result())
        models_in_force.show(con)
        there = {name for (name,) in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        for name in SHOWN:
            if name in there:
                tables.save(con, name, exchange / f"{name}.parquet")
    return snapshot.of()


def _show(spark: SparkSession, exchange: Path, files: list[str]) -> None:
    """Make the views `contact` and `events` of the files."""
    for name in SHOWN:
        if (exchange / f"{name}.parquet").exists():
            spark.read.parquet(str(exchange / f"{name}.parquet")).createOrReplaceTempView(name)
    columns = ", ".join(COLUMNS)
    parts = [f"SELECT {columns} FROM hot"]
    if files:
        spark.read.parquet(*files).createOrReplaceTempView("cold")
        parts.append(f"SELECT {columns} FROM cold")
    if (exchange / "warehouse_event.parquet").exists():
        told = "SELECT type FROM warehouse_event"
        parts = [*(f"{part} WHERE type NOT IN ({told})" for part in parts), f"SELECT {columns} FROM warehouse_event"]
    rest = ", ".join(name for name in COLUMNS if name != "contact_id")
    spark.sql(
        f"SELECT coalesce(survivor_id, contact_id) AS contact_id, {rest} FROM ({' UNION ALL '.join(parts)}) "
        "LEFT JOIN contact_alias ON loser_id = contact_id"
    ).createOrReplaceTempView("events")


def _view(spark: SparkSession, program: Program, now: datetime, name: str) -> None:
    _query(spark, program.at(name, now)).createOrReplaceTempView(name)


def _write(spark: SparkSession, sql: str, path: Path) -> None:
    _query(spark, sql).write.parquet(str(path))


def _query(spark: SparkSession, sql: str) -> DataFrame:
    return spark.sql(sql.replace("GET_JSON_OBJECT(", f"{_MEMBER}("))
