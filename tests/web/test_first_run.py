"""The first run leads on by itself: from a file that is in to the next step, with what came in one sentence."""

import re

from django.test import Client
from django.utils import translation

from relance.intake.models import ImportRun, Work
from relance.web.setup.gist import gist
from tests.web.bringing import MESSY, ORDERS, bring, check, imported
from tests.web.conftest import SignIn

STOPS = b"email,reason\nanna@example.org,unsubscribed\nboris@example.org,bounced\n"
YES = b"email,channel,given,date\nchloe@example.org,email,yes,2026-01-05\n"


def led(client: Client, name: str, content: bytes, step: str = "") -> tuple[str, ImportRun]:
    """Bring a file in; return where its progress leads once done, and its run."""
    upload = bring(client, name, content, step=step)
    check(client, upload)
    run = imported(client, upload)
    work = Work.objects.get(upload=upload, kind="import")
    answer = client.get(f"/imports/works/{work.id}/progress")
    assert answer.status_code == 204
    assert client.get(f"/imports/works/{work.id}/")["Location"] == answer["HX-Redirect"]
    return answer["HX-Redirect"], run


def words(client: Client, address: str) -> str:
    """Return the text of a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(address).text).split())


def test_a_file_that_is_in_leads_to_the_next_step_and_is_summed_up_there(sign_in: SignIn) -> None:
    client = sign_in("editor")
    address, run = led(client, "clients.csv", MESSY, "contacts")
    assert address == f"/start/?step=orders&came={run.id}"
    assert (
        "clients.csv is in: 2 people (1 duplicate line merged); 1 line rejected. The whole result · Download the rejects"
        in words(client, address)
    )
    address, _ = led(client, "orders.csv", ORDERS, "orders")
    assert address.startswith("/start/?step=optouts&")
    assert "orders.csv is in: 2 orders, €30; 14% of all sales, before refunds, name no customer." in words(
        client, address
    )


def test_the_last_file_leads_to_what_is_known(sign_in: SignIn) -> None:
    client = sign_in("editor")
    for step in ("contacts", "optouts", "history"):
        client.post("/start/skip", {"step": step})
    address, run = led(client, "orders.csv", ORDERS, "orders")
    assert address == f"/start/coverage?came={run.id}"
    assert "orders.csv is in:" in words(client, address)


def test_outside_the_first_run_the_page_of_the_result_stays(sign_in: SignIn) -> None:
    address, run = led(sign_in("editor"), "clients.csv", MESSY)
    assert address == f"/imports/run/{run.id}/"


def test_the_step_of_two_files_comes_back_for_the_other(sign_in: SignIn) -> None:
    client = sign_in("editor")
    address, _ = led(client, "stops.csv", STOPS, "optouts")
    assert address.startswith("/start/?step=optouts&")
    page = client.get(address).text
    assert "Add the file of consents" in page
    assert re.search(r'href="/start/\?step=contacts">\s*Continue', page)
    address, _ = led(client, "consents.csv", YES, "optouts")
    assert address.startswith("/start/?step=contacts&")
    assert "Add the file of" not in client.get("/start/?step=optouts").text


def test_the_result_of_a_file_leads_to_where_its_import_did(sign_in: SignIn) -> None:
    client = sign_in("editor")
    _, run = led(client, "stops.csv", STOPS, "optouts")
    session = client.session
    session["skipped"] = "nonsense"
    session.save()
    assert 'href="/start/?step=optouts"' in client.get(f"/imports/run/{run.id}/").text


def test_consents_alone_ask_for_the_opt_outs_and_offer_no_way_past_their_warning(sign_in: SignIn) -> None:
    client = sign_in("editor")
    address, _ = led(client, "consents.csv", YES, "optouts")
    page = client.get(address).text
    assert "Add the file of opt-outs" in page
    assert "No commercial message will leave until opt-outs are here" in page
    assert "Continue" not in page


def test_consents_say_whom_the_base_had_and_who_is_left_without(sign_in: SignIn) -> None:
    client = sign_in("editor")
    led(client, "clients.csv", b"email,first name\nanna@example.org,Anna\nboris@example.org,Boris\n", "contacts")
    address, run = led(client, "consents.csv", YES, "optouts")
    said = "The person of this file was not in the base, and is added with no purchase known."
    assert said in words(client, address)
    assert said in words(client, f"/imports/run/{run.id}/")
    assert "of the 3 people of the base, 2 have none and get no such message." in words(client, address)
    more = YES + b"anna@example.org,email,yes,2026-01-06\ndenis@example.org,email,no,2026-01-05\n"
    address, _ = led(client, "more.csv", more, "optouts")
    shown = words(client, address)
    assert "Of the 3 people of this file, 2 were in the base already; 1 was not, and is added with no purchase" in shown
    assert "of the 4 people of the base, 2 have none" in shown


def test_what_no_run_is_leads_nowhere(sign_in: SignIn) -> None:
    client = sign_in("reader")
    for came in ("nonsense", "6f2b1c9e-0000-4000-8000-000000000000"):
        assert "is in:" not in client.get(f"/start/?step=orders&came={came}").text


def test_a_check_says_one_sentence_and_folds_its_counts(sign_in: SignIn) -> None:
    client = sign_in("editor")
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    page = client.get(f"/imports/file/{upload.id}/found").text
    sentence, asked, button, folded = (
        page.index(said)
        for said in ("2 orders, €30; 14%", "What of the days since?", "Import 3 lines", '<details class="counts">')
    )
    assert sentence < asked < button < folded < page.index("Naming nobody")


def test_the_sentence_of_a_check_names_each_kind_and_what_somebody_must_know(sign_in: SignIn) -> None:
    told = {
        "events": {"order_placed": 11517, "refund": 2456, "message_delivered": 3, "tasted": 2},
        "classes": {
            "order_placed": {"money": "900.00"},
            "refund": {"money": "-300.00"},
            "anonymous": {"money": "60.00"},
        },
        "money": "660.00",
        "anonymous_sales": "100.00",
        "rows_repeated": 5,
    }
    assert gist(told, "events").replace("\u2060", "") == (
        "11,517 orders, €900, 2,456 refunds (−€300), 3 deliveries, 2 other events; "
        "10% of all sales, before refunds, name no customer; 5 lines repeat another exactly."
    )
    found = {"loaded": 2844, "merged": 68, "people_without_email": 61, "people_disposable": 7}
    assert (
        gist(found, "contacts")
        == "2,844 people (68 duplicate lines merged); 61 without a usable e-mail; 7 with a disposable address."
    )
    with translation.override("fr"):
        assert gist(found, "contacts").startswith(
            "2\u202f844 personnes (68 lignes en double réunies)\u202f; 61 sans e-mail"
        )


def test_a_check_of_contacts_counts_people_nobody_can_write_to(sign_in: SignIn) -> None:
    client = sign_in("editor")
    rows = ["1,anna@example.org", "2,", "3,boris@example", "4,chloe@yopmail.com", "2,", "5,zoé@exämple.org"]
    upload = bring(client, "clients.csv", ("id,e-mail\n" + "\n".join(rows) + "\n").encode())
    totals = check(client, upload).result["totals"]
    assert (totals["people_without_email"], totals["people_disposable"]) == (2, 1)
    assert (
        "5 people (1 duplicate line merged); 2 without a usable e-mail; 1 with a disposable address."
        in client.get(f"/imports/file/{upload.id}/found").text
    )


def test_rows_of_an_order_that_repeat_another_are_said(sign_in: SignIn) -> None:
    client = sign_in("editor")
    row = "7,A1,2024-01-05,X,2,10.50\n"
    content = "customer id,order number,date,product,quantity,unit price\n" + row + row + row.replace("X", "Y")
    upload = bring(client, "orders.csv", content.encode())
    assert check(client, upload).result["totals"]["rows_repeated"] == 1
