"""Long works as the pages show them: stopped, started again, told from those whose worker died."""

from pathlib import Path

import pytest

from relance.contacts.models import Contact
from relance.intake.models import Work
from relance.web.setup import works
from relance.workers import background, stages, tasks
from tests.conftest import NOW
from tests.web.bringing import MESSY, bring, check
from tests.web.conftest import SignIn


def test_a_stop_asked_before_the_end_leaves_nothing(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    client.post(f"/imports/file/{upload.id}/import")
    work = Work.objects.get(kind="import")
    Work.objects.filter(id=work.id).update(stop_asked=True)
    tasks.import_file(str(work.id))
    work.refresh_from_db()
    assert (work.state, Contact.objects.count()) == ("stopped", 0)
    assert "Stopped, as asked" in client.get(f"/imports/works/{work.id}/").content.decode()


def test_a_work_nobody_began_is_stopped_at_once_and_can_start_again(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    client.post(f"/imports/file/{upload.id}/import")
    work = Work.objects.get(kind="import")
    client.post(f"/imports/works/{work.id}/stop")
    tasks.import_file(str(work.id))
    assert not Contact.objects.exists()
    client.post(f"/imports/works/{work.id}/again")
    tasks.import_file(str(Work.objects.get(kind="import", state="waiting").id))
    assert Contact.objects.count() == 2


def test_a_work_whose_worker_died_is_told_from_one_that_runs(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    work = Work.objects.create(kind="import", upload=upload, state="running", by="Anna", asked_at=NOW, started_at=NOW)
    assert client.get(f"/imports/works/{work.id}/progress")["HX-Refresh"] == "true"
    page = client.get(f"/imports/works/{work.id}/").content.decode()
    assert "Relance was stopped, or the machine restarted" in page
    assert "every 1s" not in page


def test_what_shows_how_far_a_work_is_renews_itself_without_its_button() -> None:
    """A button that is renewed loses the focus, and the press that falls on that instant."""
    renewed = [
        path for path in Path(works.__file__).parent.parent.rglob("*.html") if "every 1s" in path.read_text("utf-8")
    ]
    assert len(renewed) == 5
    for path in renewed:
        text = path.read_text("utf-8")
        assert "<form" not in text or text.index("</div>\n", text.index("every 1s")) < text.index("<form"), path


def test_every_stage_of_a_work_has_its_words() -> None:
    assert {stage.name for stage in stages.STAGES if stage.nightly} <= set(works.STAGES)


def test_works_of_other_areas_are_none_of_the_imports(sign_in: SignIn) -> None:
    client = sign_in()
    work = Work.objects.create(kind="launch rehearsal", state="running", asked_at=NOW)
    assert client.get("/imports/").status_code == 200
    assert client.get(f"/imports/works/{work.id}/").status_code == 404
    assert client.post(f"/imports/works/{work.id}/stop").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/sender/outside/examine/{}", "/launch/works/{}", "/base/models/learn/{}", "/dormancy/works/{}/progress"],
)
def test_an_import_is_neither_shown_nor_stopped_on_the_pages_of_others(sign_in: SignIn, address: str) -> None:
    client = sign_in()
    work = Work.objects.create(kind="import", state="waiting", asked_at=NOW)
    assert client.get(address.format(work.id)).status_code == 404
    assert client.post(f"{address.removesuffix('/progress').format(work.id)}/stop").status_code == 404
    work.refresh_from_db()
    assert (work.state, work.stop_asked) == ("waiting", False)


@pytest.mark.parametrize(
    ("done", "total", "shown"), [(0, 0, ""), (1, 1, ""), (900, 900, ""), (1, 2, ""), (45, 90, "50.0%")]
)
def test_a_percentage_stands_only_where_it_measures_something(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, done: int, total: int, shown: str
) -> None:
    client = sign_in()
    monkeypatch.setattr(background, "abandoned", lambda _work: False)
    work = Work.objects.create(kind="refresh", state="running", asked_at=NOW, stage="clean", done=done, total=total)
    page = client.get(f"/imports/works/{work.id}/progress").text
    assert "Cleaning addresses and duplicates" in page
    assert ("%" in page, shown in page) == (bool(shown), True)
