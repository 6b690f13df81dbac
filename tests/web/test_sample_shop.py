"""The sample shop: one button in, one out, never among people; and the small sample files."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from relance.contacts.models import Contact, Suppression
from relance.core import place
from relance.core.errors import RefusedError
from relance.core.ids import digest
from relance.core.models import AuditEntry
from relance.events import engine
from relance.intake import sources
from relance.intake.models import Source, Work
from relance.journeys import launches
from relance.journeys.models import Journey, Launch, LaunchPlan, LaunchRehearsal, Version
from relance.measurement.models import HealthSnapshot
from relance.rehearsal import demonstration
from relance.web.setup import first_run, sample
from relance.web.setup import tasks as sample_tasks
from tests.conftest import NOW
from tests.web.bringing import bring, check
from tests.web.conftest import SignIn


@pytest.mark.slow
def test_sample_files_are_what_the_importer_takes(sign_in: SignIn) -> None:
    for language in ("fr", "en"):
        client = sign_in("administrator" if language == "fr" else "editor", language)
        for name in ("contacts", "orders", "optouts", "consents", "history"):
            content = client.get(f"/imports/sample/{name}.csv").content
            assert check(client, bring(client, f"{name}.{language}.csv", content)).result["totals"]["rejected"] == 0


@pytest.mark.slow
def test_the_sample_shop_comes_and_goes(sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in()
    demonstration.files(lambda *_: None, contacts=300, today=timezone.now().date())
    client.post("/start/sample")
    sample_tasks.load_sample(str(Work.objects.get(kind="sample").id))
    assert sample.is_in()
    assert Contact.objects.count() > 200
    client.post("/start/sample/remove")
    sample_tasks.remove_sample(str(Work.objects.get(kind="removal").id))
    assert Work.objects.get(kind="removal").state == "done"
    assert first_run.needed()
    assert not sample.is_in()
    assert not Suppression.objects.exists()
    with engine.reading() as con:
        assert con.execute("SELECT count(*) FROM events").fetchone() == (0,)
    assert AuditEntry.objects.filter(action="sample shop removed").exists()


def test_every_table_is_emptied_with_the_sample_shop_or_kept() -> None:
    ours = {
        model._meta.db_table
        for app in apps.get_app_configs()
        if app.name.startswith("relance.")
        for model in app.get_models()
    }
    assert {*sample.EMPTIED, *sample.KEPT} == ours
    assert not {*sample.EMPTIED} & {*sample.KEPT}


def test_the_sample_shop_goes_after_a_launch_was_planned_rehearsed_and_approved(sign_in: SignIn, now: datetime) -> None:
    Source.objects.create(name="sample shop", created_at=now)
    journey = Journey.objects.create(name=demonstration.JOURNEY)
    version = Version.objects.create(journey=journey, number=1, definition={}, templates={}, published_at=now)
    given = {"journey": journey, "version": version}
    plan = LaunchPlan.objects.create(**given, start_at=now, canary=10, asked_at=now, by="Marie")
    LaunchRehearsal.objects.create(**given, start_at=now, days=75, rates={}, asked_at=now, by="Marie")
    Launch.objects.create(**given, plan=plan, start_at=now, approved_by="Marie", approved_at=now)
    HealthSnapshot.objects.create(day=now.date(), at=now, figures={})
    sample.remove(now, lambda *_: None, by="Marie")
    assert not sample.is_in()
    assert not any(model.objects.exists() for model in (Journey, Launch, LaunchPlan, LaunchRehearsal, HealthSnapshot))


def test_journeys_of_ones_own_rest_after_the_sample_shop_until_a_new_approval(sign_in: SignIn, now: datetime) -> None:
    Source.objects.create(name="sample shop", created_at=now)
    for name, running in (("own", True), ("resting", False)):
        journey = Journey.objects.create(name=name, running=running)
        version = Version.objects.create(journey=journey, number=1, definition={}, templates={}, published_at=now)
        Launch.objects.create(
            journey=journey, version=version, canary=10, start_at=now, approved_by="Marie", approved_at=now
        )
        AuditEntry.objects.create(at=now, actor="Marie", action="start journey", subject=name)
    sample.remove(now, lambda *_: None, by="Paul")
    assert launches.opening(now) == []
    for name in ("own", "resting"):
        with pytest.raises(RefusedError, match="never started"):
            launches.resume(Journey.objects.get(name=name), by="Paul", now=now)
    told = AuditEntry.objects.filter(actor="Paul").order_by("pk").values_list("action", "subject")
    assert list(told) == [("pause journey", "own"), ("approval withdrawn", "own"), ("approval withdrawn", "resting")]


def test_suppressions_of_ones_own_stay_when_the_sample_shop_goes(sign_in: SignIn, now: datetime) -> None:
    shop = Source.objects.create(name="sample shop", created_at=now)
    for address, source in (("real@x.fr", None), ("other@x.fr", sources.own_id(now)), ("sample@x.fr", shop.pk)):
        Suppression.objects.create(channel="all", digest=digest(address), reason="manual", at=now, source_id=source)
    sample.remove(now, lambda *_: None, by="Paul")
    kept = {bytes(one.digest) for one in Suppression.objects.all()}
    assert kept == {digest("real@x.fr"), digest("other@x.fr")}


def test_the_sample_shop_ends_today_even_if_its_files_are_of_another_day(tmp_path: Path) -> None:
    with place.elsewhere(data=tmp_path, lake=str(tmp_path / "lake")):
        for today in (date(2026, 7, 27), date(2027, 2, 3)):
            demonstration.forget_files_of_another_day(today)
            folder = demonstration.files(lambda *_: None, contacts=300, today=today)
            assert demonstration.made_for(folder) == today
            orders = (folder / "orders.csv").read_text("cp1252")
            assert [n for n in (1, 2, 3) if f"{today - timedelta(days=n):%d/%m/%Y}" in orders]
            assert f"{today:%d/%m/%Y}" not in orders


def test_the_sample_shop_stays_once_something_else_came_in(sign_in: SignIn) -> None:
    Source.objects.create(name="sample shop", created_at=NOW)
    Source.objects.create(name="web shop", created_at=NOW)
    with pytest.raises(RefusedError, match="web shop"):
        sample.refuse_if_mixed()


def test_the_sample_shop_does_not_come_into_a_base_of_people(sign_in: SignIn) -> None:
    client = sign_in()
    Contact.objects.create(external_id="anna", first_seen_at=NOW)
    assert client.post("/start/sample").status_code == 422
    assert not Work.objects.exists()
