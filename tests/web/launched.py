"""A base where a journey is published: real templates, people who consented and some who did not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.test import Client

from relance.core import database, place
from relance.core.definitions import parse
from relance.intake.models import OptOutDeclaration
from relance.journeys import library, publishing
from relance.journeys.models import LaunchPlan, Version
from relance.measurement import launching, waterfall
from relance.segments.models import Segment
from relance.workers import stages

JOURNEY = "reactivation-ecommerce"
STATEMENTS = (
    """
    INSERT INTO contact (first_name, last_name, name_key, first_seen_at)
    SELECT 'Anna' || n, 'Morel', 'morel anna' || n, %(at)s FROM generate_series(1, %(people)s) n
    """,
    """
    INSERT INTO contact_point (contact_id, channel, value, valid)
    SELECT id, 'email', 'anna' || id || '@example.org', true FROM contact
    """,
    "INSERT INTO consent (contact_id, channel, given, at) SELECT id, 'email', true, %(at)s FROM contact WHERE id %% 10 <> 0",
    """
    INSERT INTO membership (segment_id, contact_id, since)
    SELECT s.id, c.id, %(at)s FROM segment s, contact c WHERE s.name = %(segment)s
    """,
)


@contextmanager
def base(folder: Path, now: datetime) -> Iterator[None]:
    """Put a database of its own in force, with the journey published in it."""
    with database.scratch(), place.elsewhere(data=folder / "data", lake=str(folder / "lake")):
        publish(now)
        yield


def publish(now: datetime, *, people: int = 60) -> Version:
    """Publish the shipped journey, its segment filled with people of whom every tenth gave no consent."""
    recipe = library.recipe(JOURNEY)
    library.provide(recipe, now)
    Segment.objects.update(refreshed_at=now)
    OptOutDeclaration.objects.create(by="Camille", at=now)
    values = {"people": people, "at": now - timedelta(days=400), "segment": recipe.journey.entry.segment}
    for statement in STATEMENTS:
        database.execute(statement, values)
    return publishing.publish(parse(recipe.text, "journey.yaml"), now)


def plan(now: datetime, canary: int = 20) -> LaunchPlan:
    """Work out who would get the first message now."""
    asked = launching.ask(publishing.latest(JOURNEY), start=now, canary=canary, by="Camille", now=now)
    return waterfall.work_out(asked, now)


def live(now: datetime) -> None:
    """Let the stages do what is due."""
    for _ in stages.run(now, nightly=False):
        pass


def said(client: Client, path: str) -> str:
    """Return a page that must be there."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()[-2000:]
    return answer.content.decode()
