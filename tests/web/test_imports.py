"""From a file to its import: columns, check, confirmation."""

import gzip
import html
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from relance.contacts.models import Contact
from relance.core import database, place
from relance.web.setup import first_run
from tests.web.bringing import MESSY, ORDERS, bring, check, columns, imported
from tests.web.conftest import SignIn

PARIS = ZoneInfo("Europe/Paris")


def test_a_messy_file_is_understood_before_anything_is_written(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get(f"/imports/file/{bring(client, 'clients.csv', MESSY).id}/")
    text = page.content.decode()
    assert "Encoding Windows-1252" in text
    assert "Separator: semicolon" in text
    assert "→ helene.martin@example.org" in text
    assert "the e-mail address has no @, and there is no customer number" in text
    assert not Contact.objects.exists()


def test_lines_are_counted_by_reason_then_imported_when_confirmed(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY, step="contacts")
    work = check(client, upload, **{"column-7": "custom"})
    totals = work.result["totals"]
    assert (totals["read"], totals["loaded"], totals["merged"], totals["rejected"]) == (4, 2, 1, 1)
    assert list(totals["lines"].values()) == [[5]]
    assert not Contact.objects.exists()
    assert "line 5" in client.get(f"/imports/file/{upload.id}/found").content.decode().replace("\n", " ")
    run = imported(client, upload)
    assert Contact.objects.get(external_id="1001").attributes == {"niveau_fidelite": "Or"}
    assert not list(place.folder("uploads").iterdir())
    assert "Next: Orders" in client.get(f"/imports/run/{run.id}/").content.decode()


def test_a_file_that_was_not_checked_is_not_imported(sign_in: SignIn) -> None:
    client = sign_in()
    answer = client.post(f"/imports/file/{bring(client, 'clients.csv', MESSY).id}/import")
    assert answer.status_code == 422
    assert "was not checked yet" in answer.content.decode()


def test_changed_columns_ask_for_a_new_check(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    client.post(f"/imports/file/{upload.id}/", columns(upload, mode="skip"))
    assert client.post(f"/imports/file/{upload.id}/import").status_code == 422


def test_a_packed_file_of_orders_is_recognised_and_told_by_class(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv.gz", gzip.compress(ORDERS, mtime=0))
    assert upload.kind == "events"
    totals = check(client, upload).result["totals"]
    assert totals["classes"]["anonymous"]["rows"] == 1
    imported(client, upload)
    assert first_run.done() == {"orders"}


def test_an_open_date_asks_and_the_answer_settles_it(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv", b"customer id,order number,date,amount\n7,A1,03/04/2024,10.50\n")
    page = client.get(f"/imports/file/{upload.id}/").text
    assert "you are asked only if none does" in page
    assert 'id="dates"' not in page
    work = check(client, upload)
    assert work.state == "failed"
    assert client.get(f"/imports/works/{work.id}/")["Location"] == f"/imports/file/{upload.id}/"
    page = client.get(f"/imports/file/{upload.id}/").text
    assert "is “03/04/2024” written day first or month first?" in page
    assert 'id="dates"' in page
    client.post(f"/imports/file/{upload.id}/", columns(upload, dates="day-first"))
    page = client.get(f"/imports/file/{upload.id}/").content.decode()
    assert "→ 3 April 2024" in page


def test_a_file_without_header_is_mapped_by_position(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "people.csv", b"anna@example.org;Anna\nboris@example.org;Boris\n")
    client.post(f"/imports/file/{upload.id}/", columns(upload, headless="yes"))
    upload.refresh_from_db()
    totals = check(client, upload, **{"column-0": "email", "column-1": "first_name"}).result["totals"]
    assert totals["loaded"] == 2


def test_the_preview_shows_a_line_nobody_can_read_and_says_what_is_dropped(sign_in: SignIn) -> None:
    client = sign_in()
    lines = [
        "id;name;e-mail;town",
        "1;Anna;anna@example.org;Oslo",
        "2;Boris",
        "3;Chloé;chloe(at)example.org;Nice",
        "4;Ada;a@b.org;",
    ]
    page = client.get(f"/imports/file/{bring(client, 'people.csv', chr(10).join(lines).encode()).id}/").text
    assert "2 columns where the header has 4" in page
    assert "→ dropped: invalid address" in page
    assert "4 columns: scroll sideways to see them all." in page


def test_a_source_nobody_named_is_left_to_be_named(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "people.csv", b"id,e-mail\n1,anna@example.org\n")
    assert 'name="source" value="" placeholder="files"' in client.get(f"/imports/file/{upload.id}/").text
    assert check(client, upload).state == "done"
    assert imported(client, upload).source.name == "files"


def test_the_parts_of_an_import_add_up_in_the_list(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    imported(client, upload)
    page = client.get("/imports/").text
    lines, *parts = [
        int(re.findall(r">\s*(\d+)", page.split(f'data-label="{name}"')[1])[0])
        for name in ("Lines", "New lines", "Merged, known or set aside", "Rejected lines")
    ]
    assert (lines, parts) == (4, [2, 1, 1])


SENDS = """Adresse e-mail;Nom du message;Envoyé le;Délivré;Ouvert le;Clics;Type de rebond;Désabonné
anna@example.org;Soldes;06/01/2024 09:00;oui;07/01/2024 18:32;3;;non
boris@example.org;Soldes;06/01/2024 09:00;non;;0;hard;non
chloe@example.org;Soldes;20/01/2024 09:00;oui;;0;;oui
dora@example.org;Soldes;;non;;0;;non
""".encode()


def test_a_line_of_sends_shows_each_event_it_becomes_and_is_counted_once(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "envois.csv", SENDS, step="history")
    page = client.get(f"/imports/file/{upload.id}/").text
    assert (
        "<li>Message sent</li><li>Message delivered</li><li>Message opened</li><li>Link in a message clicked</li>"
        in page
    )
    assert "→ Message opened, 7 January 2024, 18:32" in page
    assert "→ Link in a message clicked, 6 January 2024, 09:00 (date of the send)" in page
    assert "→ no event" in page
    assert (
        '<div class="cell">hard</div><div class="became">→ Message bounced, 6 January 2024, 09:00 (date of the send)'
        in page
    )
    assert "no event: every column of events is empty or says no" in page
    assert "an assumption, since nobody clicks before the mail leaves" in page
    assert "what its columns say" not in page
    totals = check(client, upload).result["totals"]
    assert (totals["read"], totals["taken"], totals["rejected"], totals["events_assumed"]) == (4, 3, 1, 5)
    found = client.get(f"/imports/file/{upload.id}/found").text
    for said in ("Lines taken", "All new events", "those that took the date of their send", "Import 3 lines"):
        assert said in found
    run = imported(client, upload, told="end")
    assert run.totals["events"] == {
        "message_sent": 3, "message_delivered": 2, "message_bounced": 1, "message_opened": 1, "message_clicked": 1,
        "message_unsubscribed": 1,
    }  # fmt: skip
    assert 'data-label="New lines">3<' in client.get("/imports/").text
    assert first_run.done() == {"history"}


def test_sends_of_which_some_events_were_known_show_no_number_of_new_lines(sign_in: SignIn) -> None:
    client = sign_in()
    numbered = SENDS.replace(b"Adresse e-mail", b"Message id;Adresse e-mail").replace(b"boris@", b"2;boris@")
    numbered = numbered.replace(b"anna@", b"1;anna@").replace(b"chloe@", b"3;chloe@").replace(b"dora@", b"4;dora@")
    for name, content in (("one.csv", numbered), ("two.csv", numbered.replace(b"hard;non", b"hard;oui"))):
        upload = bring(client, name, content)
        check(client, upload)
        run = imported(client, upload, told="end")
    assert (run.totals["events_new"], run.totals["events_known"]) == (1, 9)
    new = re.findall(r'data-label="New lines">([^<]*)<', client.get("/imports/").text)
    assert new == ["–", "3"]


def test_a_column_of_sends_may_be_said_otherwise(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "envois.csv", SENDS)
    assert upload.kind == "events"
    client.post(f"/imports/file/{upload.id}/", columns(upload, **{"column-5": "amount"}))
    page = client.get(f"/imports/file/{upload.id}/").text
    assert "“Clics” is said to be: Amount of the line. Other columns are an event of a mail each" in page
    client.post(f"/imports/file/{upload.id}/", columns(upload, **{"column-5": "message_replied"}))
    assert "→ Message answered" in client.get(f"/imports/file/{upload.id}/").text


def test_files_that_wait_stand_in_one_card_with_the_way_on(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    page = client.get("/imports/").text
    assert "Files that wait" in page
    assert "uploaded on" in page
    assert f'href="/imports/file/{upload.id}/" aria-label="Continue with clients.csv"' in page


def test_a_step_that_is_done_asks_for_nothing_more(sign_in: SignIn) -> None:
    client = sign_in()
    assert "No such file?" in client.get("/start/?step=contacts").text
    upload = bring(client, "clients.csv", MESSY, step="contacts")
    check(client, upload)
    imported(client, upload)
    page = client.get("/start/?step=contacts").text
    assert "This step is done" in page
    assert "No such file?" not in page


def test_a_file_that_ends_long_ago_asks_what_of_the_days_since(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("editor")
    for told, until in (("end", "2024-02-05"), ("today", timezone.now().astimezone(PARIS).date().isoformat())):
        upload = bring(client, f"{told}.csv", ORDERS.replace(b"A1", told.encode()), step="orders")
        check(client, upload)
        page = client.get(f"/imports/file/{upload.id}/found").text
        assert "The last event of this file is of 5 February 2024" in page
        assert "No order since 5 February 2024 is then a real silence." in page
        assert "Nobody is said dormant for want of orders until a newer file comes in." in page
        imported(client, upload, told=told)
        ((end,),) = database.rows("SELECT until FROM coverage WHERE type = 'order_placed'")
        assert end.astimezone(PARIS).date().isoformat() == until


def test_what_is_told_until_today_is_not_asked(sign_in: SignIn) -> None:
    client = sign_in("editor")
    recent = bring(
        client, "recent.csv", ORDERS.replace(b"2024-02-05", str(timezone.localdate()).encode()), step="orders"
    )
    check(client, recent)
    assert "What of the days since?" not in client.get(f"/imports/file/{recent.id}/found").text
    said = bring(client, "said.csv", ORDERS.replace(b"A1", b"B1"), step="orders")
    check(client, said, covered_until="2024-03-01")
    assert "What of the days since?" not in client.get(f"/imports/file/{said.id}/found").text


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("email,consentement,date", "consents"),
        ("email,opt-in", "consents"),
        ("email,reason", "suppressions"),
        ("email,date", "suppressions"),
    ],
)
def test_a_list_of_consents_is_no_list_of_opt_outs(sign_in: SignIn, header: str, kind: str) -> None:
    content = f"{header}\nanna@example.org,{'oui' if kind == 'consents' else 'bounced'},2026-01-01\n".encode()
    assert bring(sign_in("editor"), "list.csv", content, step="optouts").kind == kind


def test_the_whole_file_may_tell_what_its_first_lines_do_not(sign_in: SignIn) -> None:
    client = sign_in("editor")
    lines = [f"{n},A{n},0{n % 9 + 1}/02/2025,10.50" for n in range(1, 60_000)] + ["1,B1,25/02/2025,5"]
    upload = bring(client, "orders.csv", ("customer id,order number,date,amount\n" + "\n".join(lines)).encode())
    page = client.get(f"/imports/file/{upload.id}/").text
    assert "a later line may tell" in page
    work = check(client, upload)
    assert (work.state, work.result["totals"]["loaded"], work.result["totals"]["latest"][:10]) == (
        "done",
        60_000,
        "2025-02-24",
    )


def test_the_columns_page_says_first_how_many_columns_are_recognised(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.get(f"/imports/file/{bring(client, 'clients.csv', MESSY).id}/").text
    assert "7 columns of 8 recognised; left aside: Niveau fidélité" in page
    assert page.index("recognised; left aside") < page.index("<table")
    whole = bring(client, "people.csv", b"id,e-mail\n1,anna@example.org\n")
    page = client.get(f"/imports/file/{whole.id}/").text
    assert "All is recognised: 2 columns. Nothing to settle." in page
    assert "Say what each column is" not in page
    assert page.count("Check the whole file</button>") == 1
    assert page.index("Check the whole file</button>") < page.index("<details") < page.index("<table")
    changed = client.get(f"/imports/file/{whole.id}/", headers={"HX-Request": "true", "HX-Trigger-Name": "column-1"})
    assert '<details class="counts" open>' in changed.text


def test_a_file_brought_again_is_known_already_before_it_is_imported(sign_in: SignIn) -> None:
    client = sign_in()
    for again in (False, True):
        upload = bring(client, "orders.csv", ORDERS)
        totals = check(client, upload).result["totals"]
        assert (totals["loaded"], totals["known"]) == ((0, 2) if again else (2, 0))
        page = client.get(f"/imports/file/{upload.id}/found").text
        assert ("all in the base already" in page) is again
        if not again:
            imported(client, upload)


def test_dates_written_in_several_ways_name_their_column_in_french(sign_in: SignIn) -> None:
    client = sign_in(language="fr")
    people = "N° client;Adresse mail;Client depuis\n1;a@b.fr;03/04/2025\n2;b@b.fr;2025-04-25\n3;c@b.fr;Apr 26 2025\n4;d@b.fr;04/27/2025\n"
    orders = "commande;N° client;date;montant\nC1;1;03/04/2026;12,50\nC2;2;2026-04-25;20,00\nC3;3;04/27/2026;30,00\n"
    page, other = (
        html.unescape(client.get(f"/imports/file/{bring(client, 'f.csv', text.encode()).id}/").text)
        for text in (people, orders)
    )
    assert "colonne «\u202fClient depuis\u202f» sont écrites de 3 façons" in page
    assert "mois en lettres à la ligne 4 («\u202fApr 26 2025\u202f»)" in page
    assert "mois d’abord à la ligne 5 («\u202f04/27/2025\u202f»)" in page
    assert "mois d’abord à la ligne 4 («\u202f04/27/2026\u202f»)" in other
    assert "laissez la colonne de côté" in page
    assert "laissez la colonne de côté" not in other
