"""The first run and what is known since when, without a browser; permissions."""

import io
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from relance.contacts.models import Contact
from relance.core import place
from relance.core.models import AuditEntry
from relance.dormancy.models import Profile
from relance.eligibility import permission
from relance.intake.models import Coverage, ImportRun, Work
from relance.web.setup import first_run
from relance.workers import tasks
from tests.web.bringing import MESSY, ORDERS, bring, check, imported, step
from tests.web.conftest import SignIn

PARIS = ZoneInfo("Europe/Paris")


def test_what_nobody_tells_of_is_unknown_and_says_why_it_matters(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    page = client.get("/start/coverage").content.decode()
    assert "5 January 2024" in page
    assert "Dead mailboxes are unknown" in page


def test_the_first_run_goes_on_where_it_stands(sign_in: SignIn) -> None:
    client = sign_in()
    assert first_run.needed()
    assert step(client) == "contacts"
    client.post("/start/skip", {"step": "contacts"})
    assert step(client) == "orders"
    client.post("/start/declare", {"note": "new shop"})
    client.post("/start/skip", {"step": "orders"})
    assert step(client) == "history"
    assert permission.opt_outs_known()


@pytest.mark.slow
def test_the_end_of_the_first_run_scores_everybody(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    client.post("/start/finish")
    work = Work.objects.get(kind="refresh")
    tasks.refresh_base(str(work.id))
    work.refresh_from_db()
    assert (work.state, work.result["score"]) == ("done", 2)


def test_old_files_are_told_to_end(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    page = client.get("/start/coverage").content.decode()
    assert "Order on the web shop (until 5 February 2024)" in page
    assert "Ended</span>" in page


def test_a_file_that_ended_long_ago_is_not_taken_before_somebody_said_what_of_the_days_since(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    refused = client.post(f"/imports/file/{upload.id}/import")
    assert refused.status_code == 422
    assert "Say first what of the days since" in refused.text
    assert not Work.objects.filter(kind="import").exists()


def test_consents_without_a_withdrawal_leave_the_declaration_in_view(sign_in: SignIn) -> None:
    client = sign_in("administrator")
    upload = bring(
        client, "consents.csv", b"email,channel,given,date\nanna@example.org,email,yes,2026-01-05\n", step="optouts"
    )
    check(client, upload)
    imported(client, upload)
    page = client.get("/start/?step=optouts").text
    assert "I declare that there are none" in page
    assert "This step is done" not in page


def test_readers_look_and_bring_nothing(sign_in: SignIn) -> None:
    client = sign_in("reader")
    assert client.get("/imports/").status_code == 200
    assert client.get("/start/").status_code == 200
    answer = client.post("/imports/upload", {"file": io.BytesIO(MESSY)})
    assert answer.status_code == 403
    assert not list(place.folder("uploads").iterdir())
    for address in ("/start/finish", "/start/sample", "/start/sample/remove", "/start/skip"):
        assert client.post(address).status_code == 403


def test_only_approvers_declare_that_there_are_no_opt_outs_and_say_why(sign_in: SignIn) -> None:
    editor, approver = sign_in("editor"), sign_in("approver")
    assert editor.post("/start/declare", {"note": "new shop"}).status_code == 403
    page = editor.get("/start/?step=optouts").content.decode()
    assert 'id="note"' not in page
    assert "An approver or an administrator may declare it" in page
    assert 'name="note" required' in approver.get("/start/?step=optouts").content.decode()
    assert approver.post("/start/declare", {"note": " "}).status_code == 422
    assert not permission.opt_outs_known()
    approver.post("/start/declare", {"note": "new shop"})
    assert permission.opt_outs_known()


def test_a_file_said_to_be_older_is_corrected_where_it_is_told_to_end(sign_in: SignIn) -> None:
    client = sign_in("editor")
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    page = client.get("/start/coverage").text
    assert "As long as the days since 5 February 2024 are unknown, nobody is called dormant." in page
    assert page.count("This file is complete up to today</button>") == 1
    assert "No order and no click since 5 February 2024 then counts as silence" in page
    assert "complete up to today</button>" not in sign_in("reader").get("/start/coverage").text
    answer = client.post("/start/coverage/until-today", follow=True)
    assert "have the base judged again, below" in answer.text
    assert "Show the health of the base" in answer.text
    for gone in ("complete up to today</button>", "Ended</span>", "are unknown, nobody is called dormant"):
        assert gone not in answer.text
    record = AuditEntry.objects.get(action="telling carried on")
    assert (record.subject, record.details["since"]) == ("files", "2024-02-05")
    assert client.post("/start/coverage/until-today").status_code == 422


def test_one_button_carries_on_every_file_of_today_and_says_for_how_many(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("editor", "fr")
    for name, content in (("orders", ORDERS), ("refunds", ORDERS.replace(b"2024-02-05", b"2024-02-07"))):
        upload = bring(client, f"{name}.csv", content.replace(b"A1", name.encode()))
        check(client, upload, source=name)
        imported(client, upload)
    Profile.objects.create(contact=Contact.objects.first(), state="undetermined", state_since=now, scored_at=now)
    page = client.get("/start/coverage").text
    assert "Ces 2 fichiers sont complets jusqu’à aujourd’hui</button>" in page
    assert "la personne que nul ne peut juger aujourd’hui pourra être dite en sommeil" in page
    client.post("/start/coverage/until-today")
    assert {one.until.astimezone(PARIS).date() for one in Coverage.objects.all() if one.until} == {
        timezone.now().astimezone(PARIS).date()
    }


def test_another_file_is_not_carried_on_with_it(sign_in: SignIn) -> None:
    client = sign_in("editor")
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    bought = Coverage.objects.get(type="order_placed")
    Coverage.objects.create(source=bought.source, type="logged_in", since=bought.since, until=bought.until)
    client.post("/start/coverage/until-today", {"source": "files", "type": "order_placed"})
    assert Coverage.objects.get(type="logged_in").until == bought.until
    assert Coverage.objects.get(type="order_placed").until != bought.until


def test_only_a_file_of_today_goes_up_to_today(sign_in: SignIn) -> None:
    client = sign_in("editor")
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    ImportRun.objects.update(started_at=timezone.now() - timedelta(days=2))
    assert "complete up to today</button>" not in client.get("/start/coverage").text
    answer = client.post("/start/coverage/until-today", {"source": "files", "type": "order_placed"})
    assert answer.status_code == 422
    assert "No file that tells of this came in today." in answer.text
    assert not AuditEntry.objects.filter(action="telling carried on").exists()


def test_what_blocks_something_comes_first_and_what_nobody_tells_of_is_folded(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get("/start/coverage").text
    assert page.index("Without web orders") < page.index("<details") < page.index("Dead mailboxes are unknown")
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    page = client.get("/start/coverage").text
    assert "10 further kinds of event nobody tells of: nothing depends on them" in page
    assert page.index("<details") < page.index("People who buy in the shop may look dormant")
