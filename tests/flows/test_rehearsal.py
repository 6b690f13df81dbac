"""A rehearsal on a small sample shop: it leaves no trace, says the same again, and nothing of it leaves the machine."""

import hashlib
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from relance.core import database, place
from relance.events import lake
from relance.intake.models import ImportRun
from relance.journeys.models import Enrolment
from relance.outbox.models import Message
from relance.rehearsal import demonstration, people, rehearse, reporting, sample_shop
from relance.rehearsal.demonstration import Demonstration
from relance.rehearsal.rehearse import Rehearsal
from relance.settings import Settings
from tests.delivery import post_office

pytestmark = pytest.mark.slow

DAYS = 48  # three of entries, then the forty-five in which an order counts


@dataclass
class Seen:
    """What was looked at from inside, on each virtual day, and what was done with sockets meanwhile."""

    databases: set[str] = field(default_factory=set)
    lakes: set[str] = field(default_factory=set)
    messages: int = 0
    to_control: int = 0
    controls: int = 0
    connected: list[Any] = field(default_factory=list)

    def look(self, stage: str, done: int, total: int) -> None:
        self.databases.add(str(connection.settings_dict["NAME"]))
        self.lakes.add(place.current().lake)
        if stage == "virtual days":
            control = Enrolment.objects.filter(control=True)
            self.controls, self.messages = control.count(), Message.objects.count()
            self.to_control += Message.objects.filter(contact_id__in=control.values("contact_id")).count()

    def connect(self, _: socket.socket, address: object) -> None:
        self.connected.append(address)
        raise OSError(f"a rehearsal connects to {address}")


@dataclass(frozen=True)
class Told:
    """The demonstration, the demonstration again, and one more rehearsal with other people, watched."""

    first: Demonstration
    again: Demonstration
    other: Rehearsal
    seen: Seen
    live: list[dict[str, Any]]  # what is in force: before the second demonstration, after it, after the last rehearsal
    received: int
    reports: list[Path]
    data: Path
    database: str


@pytest.fixture(scope="module")
def told(server: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """All of it on four hundred contacts, with an SMTP server set in the settings that a real run would send to."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with (
        database.scratch() as name, place.elsewhere(data=folder / "data", lake=str(folder / "lake")),
        post_office.opened() as office, pytest.MonkeyPatch.context() as monkeypatch,
    ):  # fmt: skip
        changed = settings.RELANCE.model_dump() | {"smtp_url": office.url}
        monkeypatch.setattr(settings, "RELANCE", Settings(**changed))
        monkeypatch.setattr(demonstration, "DAYS", DAYS)
        sample_shop.generate(place.folder(".") / "sample-shop", contacts=400, today=demonstration.NOW.date())
        first = demonstration.run(rehearse.quiet)
        live = [everything()]
        again = demonstration.run(rehearse.quiet)
        live.append(everything())
        seen = Seen()
        monkeypatch.setattr(socket.socket, "connect", seen.connect)
        other = rehearse.rehearse(replace(first.rehearsal.options, seed=2), seen.look)
        live.append(everything())
        reports = reporting.write(first.rehearsal, place.folder("reports"))
        yield Told(first, again, other, seen, live, len(office.mails), reports, folder / "data", name)


def everything() -> dict[str, Any]:
    """Return the content of every table, in a word, and of every file of the lake."""
    tables = [
        name
        for (name,) in database.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    ]
    found: dict[str, Any] = {
        name: database.rows(
            f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
        )
        for name in tables
    }
    files = {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path(place.current().lake).rglob("*")
        if path.is_file()
    }
    found["profiles"] = {path: digest for path, digest in files.items() if "_profiles" in path.parts}
    found["files"] = {path: digest for path, digest in files.items() if "_profiles" not in path.parts}
    found["lake"] = lake.snapshot().version
    return found


def shown(rehearsal: Rehearsal) -> str:
    """Return all a rehearsal showed, as text."""
    return json.dumps(rehearse.summary(rehearsal), default=str, sort_keys=True)


def test_a_rehearsal_leaves_database_and_lake_as_they_were(told: Told) -> None:
    _, before, after = told.live
    assert {name for name in before if before[name] != after.get(name)} == set()
    assert after.keys() == before.keys()
    assert after["contact"][0][0] > 350
    assert after["files"]
    assert after["profiles"]
    assert after["message"][0][0] == after["enrolment"][0][0] == after["verdict"][0][0] == 0


def test_it_works_on_a_scratch_database_and_a_scratch_lake_that_are_gone_after_it(told: Told) -> None:
    [used] = told.seen.databases
    assert used.startswith(f"{told.database}_scratch_")
    assert database.rows("SELECT count(*) FROM pg_database WHERE datname = %s", [used]) == [(0,)]
    [lake_used] = told.seen.lakes
    assert not Path(lake_used).exists()
    assert not list((told.data / "rehearsals").glob("scratch-*"))


def test_nothing_leaves_the_machine(told: Told) -> None:
    assert told.seen.messages > 50
    assert told.other.mails.counts.total() > 50
    assert told.seen.connected == []
    assert told.received == 0
    assert not (told.data / "maildir").exists()


def test_the_control_group_gets_nothing(told: Told) -> None:
    assert told.seen.controls == told.other.result.control > 0
    assert told.seen.to_control == 0


def test_the_same_seed_says_the_same_and_another_one_something_else(told: Told) -> None:
    assert shown(told.first.rehearsal) == shown(told.again.rehearsal)
    assert told.first.rehearsal.simulated == told.again.rehearsal.simulated
    assert told.other.simulated != told.first.rehearsal.simulated
    assert (told.other.result.treated, told.other.result.control) == (
        told.first.rehearsal.result.treated,
        told.first.rehearsal.result.control,
    ), "who is in which arm hangs on the installation's key, not on the seed"


def test_people_live_on_until_a_start_that_is_months_ahead(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    lived: list[datetime] = []
    live = people.live

    def watched(crowd: people.Crowd, start: datetime, end: datetime) -> None:
        lived.append(start)
        live(crowd, start, end)

    monkeypatch.setattr(people, "live", watched)
    monkeypatch.setattr(rehearse, "_days", lambda *_: {})
    options = told.first.rehearsal.options
    found = rehearse.rehearse(replace(options, start=options.start + timedelta(days=60)))
    assert lived == [options.start + timedelta(days=day) for day in range(60)]
    assert found.before.states["active"] > told.first.rehearsal.before.states["active"] / 2, "who buys goes on buying"


def test_the_demonstration_again_brings_nothing_anew(told: Told) -> None:
    assert told.again.imports == told.first.imports
    assert ImportRun.objects.count() == len(demonstration.FILES)
    again = {name for name in told.live[0] if told.live[0][name] != told.live[1].get(name)}
    assert again <= {"segment", "profiles"}, (
        "it scores and refreshes again: the times of these may be new, nothing else"
    )
    assert told.live[0]["lake"] == told.live[1]["lake"]


def test_the_summary_and_both_reports_say_that_they_are_simulated(told: Told) -> None:
    assert rehearse.summary(told.first.rehearsal)["simulated"] is True
    assert [path.name for path in told.reports] == [
        f"{demonstration.JOURNEY}-2026-07-27.{language}.html" for language in ("en", "fr")
    ]
    for path, language, word in zip(told.reports, ("en", "fr"), ("simulated", "simulé"), strict=True):
        page = path.read_text(encoding="utf-8")
        assert f'<html lang="{language}"' in page
        assert len(re.findall(word, page)) >= 3


def test_the_reports_call_messages_by_what_people_read(told: Told) -> None:
    for path, language in zip(told.reports, ("en", "fr"), strict=True):
        called = re.findall(r'<th scope="row">([^<]+)', path.read_text(encoding="utf-8"))
        assert not {"hello", "history", "stay-or-go"} & set(called)
        assert told.first.rehearsal.step_titles[language]["hello"] in called


def test_the_reports_ask_nothing_of_any_other_machine(told: Told) -> None:
    """Links that a person may follow are no requests; what a browser fetches by itself would be."""
    for path in told.reports:
        page = path.read_text(encoding="utf-8")
        assert not re.findall(r"<(?:script|img|link|iframe|source|use)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//", page)
        assert "@import" not in page
        assert not re.findall(r"url\([\"']?(?:https?:)?//", page)
