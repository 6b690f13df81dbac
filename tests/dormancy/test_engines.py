"""The same program everywhere: in one piece, in groups of buckets, on Spark; compiled for warehouses."""

import ctypes
import math
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from django.conf import settings

import relance
from relance.core import database
from relance.core.definitions import parse, read
from relance.core.errors import ConfigurationError
from relance.dormancy import groups, kept, nights, policies, scoring, shares
from relance.dormancy import profiles as kept_profiles
from relance.dormancy.future import forms as future
from relance.dormancy.models import Estimate
from relance.dormancy.program import DIALECTS
from relance.events import engine, hot
from relance.events.hot import NewEvent
from tests import ports
from tests.dormancy import history

Row = dict[str, Any]
RECIPES = Path(relance.__file__).parent / "recipes" / "policies"
WITH_PYSPARK = pytest.mark.skipif(
    find_spec("pyspark") is None, reason="PySpark is not installed: pip install 'relance[spark]'"
)


@contextmanager
def set_to(**changes: Any) -> Iterator[None]:
    """Put settings in force for a block."""
    before = settings.RELANCE
    settings.RELANCE = before.model_copy(update=changes)
    try:
        yield
    finally:
        settings.RELANCE = before


def profiles(folder: Path, now: datetime) -> dict[int, Row]:
    """Return everybody's profile as the engine of the settings makes it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    scoring.everybody(now, folder)
    with engine.connected() as con:
        found = con.execute(f"FROM {kept_profiles.relation(folder=folder)} ORDER BY contact_id")
        names = [column[0] for column in found.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def same(a: Any, b: Any) -> bool:
    """Tell whether two engines agree: doubles within 1e-9, all else exactly, and of the same kind."""
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)
    return type(a) is type(b) and a == b


def differing(ours: dict[int, Row], theirs: dict[int, Row]) -> list[tuple[int, str, Any, Any]]:
    """Return contact, column and both values wherever two scorings differ."""
    assert ours.keys() == theirs.keys()
    assert next(iter(ours.values())).keys() == next(iter(theirs.values())).keys()
    pairs = (
        (contact, name, value, theirs[contact][name]) for contact, row in ours.items() for name, value in row.items()
    )
    return [pair for pair in pairs if not same(pair[2], pair[3])]


@pytest.mark.slow
def test_groups_of_buckets_give_what_one_piece_gives(db: None, now: datetime, tmp_path: Path) -> None:
    history.fill(now)
    accept_models(now)
    whole = profiles(tmp_path / "whole", now)
    (kept.folder() / "features.json").unlink()
    with set_to(contacts_at_once=30):
        parts = profiles(tmp_path / "parts", now)
        assert differing(whole, parts) == []
        later = profiles(tmp_path / "later", now + timedelta(days=1))  # on the features kept by groups
    assert differing(profiles(tmp_path / "again", now + timedelta(days=1)), later) == []
    assert {row["value_band"] for row in whole.values()} == {"", "none", "low", "medium", "high"}
    assert len({row["state"] for row in whole.values()}) >= 4


@pytest.mark.slow
def test_shares_of_the_people_give_what_one_piece_gives_and_nights_go_on_from_them(
    db: None, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.fill(now)
    accept_models(now)
    policies.apply(read(RECIPES / "subscription.yaml"), now)  # whose population events decide
    whole = profiles(tmp_path / "whole", now)
    (kept.folder() / "features.json").unlink()
    monkeypatch.setattr(shares, "LEAST", 0)
    assert differing(whole, profiles(tmp_path / "shares", now)) == []
    assert len(list((tmp_path / "shares").glob("parts-*/*.parquet"))) == shares.SHARES
    monkeypatch.setattr(nights, "LEAST", 0)
    told = scoring.score(now)
    assert told.people == people_of(kept_profiles.relation()) == len(whole)
    assert len(list(kept.folder().glob(f"base-*/{kept_profiles.PEOPLE}*.parquet"))) == shares.SHARES
    hot.insert([NewEvent(3, 1, "order_placed", now + timedelta(hours=3), 20, reference="new")])
    later = now + timedelta(days=1)
    night = scoring.score(later)
    assert list(kept.folder().glob("night-*/judged-*.parquet")), "a night judged few"
    with engine.connected() as con:
        found = con.execute(f"SELECT state, count(*) FROM {kept_profiles.relation()} GROUP BY 1").fetchall()
    assert dict(found) == night.states


@pytest.mark.slow
def test_profiles_of_groups_are_read_kept_and_copied_like_those_of_one_piece(
    db: None, now: datetime, tmp_path: Path
) -> None:
    history.fill(now)
    with set_to(contacts_at_once=30):
        told = scoring.score(now)
    assert told.people == people_of(kept_profiles.relation())
    assert kept_profiles.exist()
    kept_profiles.copy(kept.folder(), tmp_path / "copy")
    assert people_of(kept_profiles.relation(folder=tmp_path / "copy")) == told.people
    with set_to(contacts_at_once=30):
        scoring.score(now + timedelta(days=1))
        scoring.score(now + timedelta(days=2))
    assert len(list(kept.folder().glob("parts-*"))) == 2, "a reader may still be at the scoring before"
    scoring.score(now + timedelta(days=3))
    assert kept_profiles.path().exists()
    assert people_of(kept_profiles.relation()) == told.people
    assert not (kept.folder() / kept_profiles.PARTS).exists()


def people_of(relation: str) -> int:
    """Return how many people a relation of profiles has."""
    with engine.connected() as con:
        ((people,),) = con.execute(f"SELECT count(DISTINCT contact_id) FROM {relation}").fetchall()
    return int(people)


def test_events_of_merged_people_in_another_bucket_count(db: None, now: datetime) -> None:
    history.fill(now)
    count = "SELECT count(*) FROM events WHERE contact_id = 3"
    with engine.reading() as con, engine.reading(buckets=[3]) as part, engine.reading(buckets=[200 % 32]) as other:
        every = con.execute(count).fetchone()
        assert every == part.execute(count).fetchone()
        assert other.execute(count).fetchone() == (0,)
        assert every is not None
        assert every[0] > 100


def test_groups_cover_every_bucket_once() -> None:
    assert groups.split(10, 100) == [range(32)]
    assert sorted(bucket for group in groups.split(10_000_000, 2_000_000) for bucket in group) == list(range(32))
    assert [len(groups.split(contacts, 2_000_000)) for contacts in (2_000_000, 2_000_001, 10_000_000)] == [1, 4, 10]
    assert len(groups.split(10**9, 1)) == 32


def test_bands_are_the_interpolated_quantiles(db: None, now: datetime) -> None:
    draw = random.Random(3)
    program = scoring.current(now)
    with engine.connected() as con:
        for size in (1, 2, 3, 5, 10, 11, 97, 400):
            con.execute("CREATE OR REPLACE TABLE spent (revenue DECIMAL(18, 4))")
            con.executemany("INSERT INTO spent VALUES (?)", [[Decimal(draw.randrange(40))] for _ in range(size)])
            amount = "SELECT revenue, count(*) AS people FROM spent GROUP BY revenue"
            high, medium = con.execute(f"WITH amount AS ({amount}) {program.at('bands', now)}").fetchall()[0]
            counts = f"SELECT count(*) FILTER (revenue >= {high}), count(*) FILTER (revenue >= {medium}) FROM spent"
            quantile = "SELECT quantile_cont(revenue::DOUBLE, {}) FROM spent"
            expected = [f"count(*) FILTER (revenue >= ({quantile.format(q)}))" for q in (0.8, 0.5)]
            assert con.execute(counts).fetchone() == con.execute(f"SELECT {', '.join(expected)} FROM spent").fetchone()


def parsed_by_sqlglot(sql: str, dialect: str) -> sqlglot.Expression:
    """Parse what may be nested as deep as a series has terms."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        return sqlglot.parse_one(sql, read=dialect)
    finally:
        sys.setrecursionlimit(limit)


@pytest.mark.slow
@pytest.mark.parametrize(
    "dialect", [pytest.param(name, marks=WITH_PYSPARK) if name == "pyspark" else name for name in DIALECTS]
)
def test_the_program_is_written_in_every_dialect(db: None, now: datetime, dialect: str) -> None:
    history.fill(now, people=5, each=1)
    accept_models(now)
    program = scoring.current(now, dialect)
    for name in program.queries:
        sql = program.at(name, now)
        parsed = parsed_by_sqlglot(sql, {"pyspark": "spark"}.get(dialect, dialect))
        assert isinstance(parsed, sqlglot.exp.Query), name
        assert "moment" not in sql.lower(), name
        assert not list(parsed.find_all(sqlglot.exp.Command)), name


def test_a_condition_on_free_attributes_is_refused_where_it_cannot_be_written(db: None, now: datetime) -> None:
    text = """policy: big
population: {attributes.size: M}
criteria:
  no_visit: {without: logged_in, for: 9 months, points: 3}
states:
  dormant: {points: 3, needs: no_visit}
"""
    policies.apply(parse(text, "big.yaml"), now)
    assert scoring.current(now, "snowflake").queries
    with pytest.raises(ConfigurationError, match="clickhouse"):
        scoring.current(now, "clickhouse")


def test_a_cluster_without_pyspark_is_answered(db: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with set_to(engine="spark://127.0.0.1:1"), pytest.raises(ConfigurationError, match="pip install"):
        scoring.score(now)
    assert database.rows("SELECT count(*) FROM profile") == [(0,)]


@contextmanager
def cluster(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a standalone master with two workers on loopback; all that it started ends with the block."""
    import pyspark

    home, port = Path(pyspark.__file__).parent, ports.free()
    launcher = ["java", "-Xmx256m", "-cp", f"{home / 'jars'}/*"]
    opens = [
        f"--add-opens=java.base/{name}=ALL-UNNAMED" for name in ("java.lang", "java.nio", "sun.nio.ch", "java.util")
    ]
    master = [*launcher, *opens, "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port),
              "--webui-port", str(ports.free())]  # fmt: skip
    url = f"spark://127.0.0.1:{port}"
    worker = [*launcher, *opens, "org.apache.spark.deploy.worker.Worker", url, "--host", "127.0.0.1", "--cores", "1",
              "--memory", "1g", "--webui-port", "0"]  # fmt: skip
    for name, value in {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_SCALA_VERSION": "2.13",
    }.items():
        monkeypatch.setenv(name, value)
    (folder / "conf").mkdir(parents=True)
    (folder / "conf" / "spark-defaults.conf").write_text(
        "spark.executor.memory 768m\nspark.driver.memory 768m\nspark.sql.shuffle.partitions 4\nspark.driver.host 127.0.0.1\n"
        "spark.driver.bindAddress 127.0.0.1\nspark.ui.enabled false\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(folder / "conf"))
    running: list[subprocess.Popen[bytes]] = []
    try:
        for number, command in enumerate((master, worker, worker)):
            log = (folder / f"{number}.log").open("wb")
            work = ["--work-dir", str(folder / f"work-{number}")] if command is worker else []
            running.append(subprocess.Popen([*command, *work], stdout=log, stderr=log, preexec_fn=end_with_parent))
            log.close()
            wait_for_port(port)
        yield url
    finally:
        for process in reversed(running):
            with_children(process, signal.SIGKILL)


def end_with_parent() -> None:
    """Ask Linux to kill this process when the tests end, however they do."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def wait_for_port(port: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError(f"nothing listens on port {port}")


def with_children(process: "subprocess.Popen[bytes]", sign: int) -> None:
    """Signal a process of ours and the executors it started, by their ids."""
    for child in children(process.pid):
        with_pid(child, sign)
    with_pid(process.pid, sign)
    process.wait(timeout=30)


def with_pid(pid: int, sign: int) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def children(pid: int) -> list[int]:
    """Return the ids of the processes that one started, and those they started."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found += [*children(int(path.name)), int(path.name)]
    return found


def executors() -> list[int]:
    """Return the ids of Spark's executors that this test's workers started."""
    found = []
    for pid in children(os.getpid()):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in words:
            found.append(pid)
    return found


class Killer(threading.Thread):
    """Kills one executor with SIGKILL while the program runs: as soon as its features began to be written."""

    def __init__(self, lake: Path) -> None:
        super().__init__(daemon=True)
        self.lake, self.killed, self.over = lake, 0, threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            if any(self.lake.glob("_exchange/*/feature")) and (found := executors()):
                os.kill(found[0], signal.SIGKILL)
                self.killed = found[0]
                return
            time.sleep(0.05)


@pytest.mark.long
@WITH_PYSPARK
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed; Spark needs version 17")
@pytest.mark.filterwarnings("ignore")  # Spark's own
def test_spark_agrees_for_every_contact_even_when_an_executor_dies(
    db: None, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.fill(now)
    policies.apply(parse(ATTRIBUTES, "sized.yaml"), now)
    accept_models(now)
    ours = profiles(tmp_path / "duckdb", now)
    assert {row["p_alive"] is None for row in ours.values()} == {True, False}
    assert {row["risk_30"] is None for row in ours.values()} == {True, False}
    with cluster(tmp_path / "cluster", monkeypatch) as url, set_to(engine=url):
        assert differing(ours, profiles(tmp_path / "spark", now)) == []
        killer = Killer(kept.folder().parent)
        killer.start()
        after = profiles(tmp_path / "after", now)
        killer.over.set()
        assert killer.killed
        assert differing(ours, after) == []
        scored = scoring.score(now)
    assert scored.written
    assert database.rows("SELECT count(*) FROM profile") == [(len(ours),)]


def accept_models(now: datetime) -> None:
    """Keep parameters as if the models had been fitted and accepted: CDNOW's for buying, some for turning dormant."""
    spend = {"p": 6.25, "q": 3.74, "gamma": 15.44, "mean_spend": 35.0}
    model = {"model": "bg_nbd", "values": {"r": 0.243, "alpha": 30.9, "a": 0.793, "b": 2.426}} | spend
    Estimate.objects.create(kind="lifetime", as_of=now, accepted=True, figures={"in_force": model})
    terms = {name: 0.1 for name in future.FITTED if name != "policy"}
    horizons = {
        str(days): {
            "coefficients": {
                term.removeprefix(f"future_{days}_"): 0.1 for term in terms if term.startswith(f"future_{days}_")
            }
        }
        for days in future.HORIZONS
    }
    for policy in policies.in_force():
        Estimate.objects.create(
            kind="future", policy=policy.policy, as_of=now, accepted=True, figures={"horizons": horizons}
        )


ATTRIBUTES = """policy: sized
population: {all: [{attributes.size: M}, {event: store_purchase, count: {gte: 3}, within: 12 months}]}
criteria:
  no_visit: {without: logged_in, for: 9 months, points: 3}
states:
  dormant: {points: 3, needs: no_visit}
"""
