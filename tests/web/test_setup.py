"""First run and imports, without a browser: arrival, columns, check, import, coverage, the sample shop, permissions."""

import gzip
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from relance.contacts.models import Contact, Suppression
from relance.core import place
from relance.core.errors import RefusedError
from relance.core.models import AuditEntry
from relance.eligibility import permission
from relance.events import engine
from relance.intake import uploads
from relance.intake.models import ImportRun, Source, Upload, Work
from relance.web.setup import files, first_run, sample, uploading, works
from relance.web.setup import tasks as sample_tasks
from relance.workers import stages, tasks
from tests.conftest import NOW
from tests.web.conftest import SignIn

MESSY = """Identifiant client;Nom;Prénom;Adresse e-mail;Téléphone portable;Date d'inscription;Newsletter;Niveau fidélité
1001;Lefèvre;Zoé;zoe.lefevre@example.org;06 12 34 56 78;25/12/2023;oui;Or
1002;Martin;Hélène;HELENE.MARTIN@EXAMPLE.ORG;;26/12/2023;non;Argent
1002;Martin;Hélène;helene.martin@example.org;;26/12/2023;oui;Argent
;Dupont;Aimé;aime.dupont;;05/06/2023;oui;
""".encode("cp1252")
ORDERS = b"customer id,order number,date,amount\n1001,A1,2024-01-05,10.50\n1002,A2,2024-02-05,20\n,A3,2024-02-06,5\n"


def bring(client: Client, name: str, content: bytes, **said: str) -> Upload:
    """Send a file as the form does."""
    answer = client.post("/imports/upload", {"file": SimpleUploadedFile(name, content), **said})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.get(id=answer["Location"].split("/")[3])


def columns(upload: Upload, **said: Any) -> dict[str, Any]:
    """Return the fields of the columns' form as it stands, with some said otherwise."""
    found = files.context(upload)
    fields: dict[str, Any] = {"kind": upload.kind, "source": found["source"]}
    for column in found["columns"]:
        fields[f"header-{column['number']}"] = column["header"]
        fields[f"column-{column['number']}"] = column["field"]
    return fields | said


def step(client: Client) -> str:
    """Return the step the first run shows."""
    page = client.get("/start/").content.decode()
    return page.split('name="step" value="')[1].split('"')[0]


def check(client: Client, upload: Upload, **said: Any) -> Work:
    """Start the check, and do what the worker would."""
    client.post(f"/imports/file/{upload.id}/", columns(upload, **said) | {"check": "yes"})
    work = Work.objects.get(upload=upload, kind="check")
    tasks.check_file(str(work.id))
    work.refresh_from_db()
    return work


def imported(client: Client, upload: Upload) -> ImportRun:
    """Confirm, and do what the worker would."""
    client.post(f"/imports/file/{upload.id}/import")
    tasks.import_file(str(Work.objects.get(upload=upload, kind="import").id))
    upload.refresh_from_db()
    assert upload.run
    return upload.run


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


def test_rejected_lines_are_handed_out(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    run = imported(client, upload)
    answer = client.get(f"/imports/run/{run.id}/rejects.csv")
    assert b"".join(answer).decode().splitlines()[1].startswith("5,")  # type: ignore[arg-type]


def test_the_file_of_rejects_can_be_erased(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    run = imported(client, upload)
    client.post(f"/imports/run/{run.id}/rejects/erase")
    assert client.get(f"/imports/run/{run.id}/rejects.csv").status_code == 404
    assert AuditEntry.objects.filter(action="rejects erased").exists()


def test_a_mended_file_takes_the_place_of_one_nobody_can_read(sign_in: SignIn) -> None:
    client = sign_in()
    first = bring(client, "base.xlsx", b"PK\x03\x04workbook")
    bring(client, "base.csv", MESSY, replaces=str(first.id))
    assert [upload.file_name for upload in Upload.objects.all()] == ["base.csv"]


def test_files_nobody_brings_in_are_erased_after_a_week(sign_in: SignIn) -> None:
    upload = bring(sign_in(), "clients.csv", MESSY)
    assert uploads.sweep(upload.at + timedelta(days=6)) == 0
    assert uploads.sweep(upload.at + timedelta(days=8)) == 1
    assert not list(place.folder("uploads").iterdir())


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
    page = client.get(f"/imports/file/{upload.id}/").content.decode()
    assert "is “03/04/2024” written day first or month first?" in page
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


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("base.xlsx", b"PK\x03\x04workbook", "Enregistrez-le au format CSV"),
        ("vide.csv", b"email,nom\n", "aucune ligne"),
        ("double.csv", b"email,nom,Email\na@example.org,b,c\n", "deux fois"),
    ],
)
def test_a_file_nobody_can_read_is_refused_in_french(sign_in: SignIn, name: str, content: bytes, sentence: str) -> None:
    client = sign_in(language="fr")
    page = client.get(f"/imports/file/{bring(client, name, content).id}/").content.decode()
    assert sentence in page
    assert 'name="check"' not in page


def test_a_large_file_goes_to_disk_as_it_arrives(sign_in: SignIn) -> None:
    client = sign_in()
    lines = b"email,name\n" + b"".join(b"person-%d@example.org,Somebody\n" % n for n in range(200_000))
    upload = bring(client, "people.csv", lines)
    assert (place.folder("uploads") / str(upload.id) / "people.csv").stat().st_size == len(lines)
    assert client.get(f"/imports/file/{upload.id}/").status_code == 200


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
    page = client.get(f"/imports/works/{work.id}/progress").content.decode()
    assert "The worker went away before the end" in page
    assert "every 1s" not in page


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


def test_every_stage_of_a_work_has_its_words() -> None:
    assert {stage.name for stage in stages.STAGES if stage.nightly} <= set(works.STAGES)


def test_old_files_are_told_to_end(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "orders.csv", ORDERS)
    check(client, upload)
    imported(client, upload)
    assert "Your files end on 5 February 2024" in client.get("/start/coverage").content.decode()


def test_readers_look_and_bring_nothing(sign_in: SignIn) -> None:
    client = sign_in("reader")
    assert client.get("/imports/").status_code == 200
    assert client.get("/start/").status_code == 200
    answer = client.post("/imports/upload", {"file": io.BytesIO(MESSY)})
    assert answer.status_code == 403
    assert not list(place.folder("uploads").iterdir())
    for address in ("/start/finish", "/start/sample", "/start/sample/remove", "/start/skip"):
        assert client.post(address).status_code == 403


def test_an_upload_without_token_is_refused(sign_in: SignIn) -> None:
    signed = sign_in()
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.cookies = signed.cookies
    answer = client.post("/imports/upload", {"file": SimpleUploadedFile("a.csv", MESSY)})
    assert answer.status_code == 403
    assert not Upload.objects.exists()


def test_sample_files_are_what_the_importer_takes(sign_in: SignIn) -> None:
    for language in ("fr", "en"):
        client = sign_in("administrator" if language == "fr" else "editor", language)
        for name in ("contacts", "orders", "optouts", "consents", "history"):
            content = client.get(f"/imports/sample/{name}.csv").content
            assert check(client, bring(client, f"{name}.{language}.csv", content)).result["totals"]["rejected"] == 0


def test_the_sample_shop_comes_and_goes(sign_in: SignIn, tmp_path: Path) -> None:
    client = sign_in()
    sample.demonstration.files(lambda *_: None, contacts=300)
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


def test_nothing_remains_of_a_refused_upload(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    begin = uploading.ToDisk.new_file

    def arrive(handler: uploading.ToDisk, *given: Any, **named: Any) -> None:
        begun.append("file")
        begin(handler, *given, **named)

    monkeypatch.setattr(uploading.ToDisk, "new_file", arrive)
    signed, stranger = sign_in(), Client(SERVER_NAME="localhost")
    for client, status in ((stranger, 302), (sign_in("reader"), 403)):
        answer = client.post("/imports/upload", {"file": SimpleUploadedFile("a.csv", MESSY)})
        assert answer.status_code == status
        assert not begun  # not a byte was written
    tokenless = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    tokenless.cookies = signed.cookies
    assert tokenless.post("/imports/upload", {"file": SimpleUploadedFile("a.csv", MESSY)}).status_code == 403
    assert signed.post("/imports/upload", {"other": SimpleUploadedFile("a.csv", MESSY)}).status_code == 422
    assert signed.post("/imports/upload", {"file": SimpleUploadedFile("a.csv", b"")}).status_code == 422
    assert not list(place.folder("uploads").iterdir())


def test_a_token_in_the_header_lets_an_upload_in(sign_in: SignIn) -> None:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.cookies = sign_in().cookies
    token = client.get("/imports/new").content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    sent = {"file": SimpleUploadedFile("a.csv", MESSY)}
    assert client.post("/imports/upload", sent, headers={"X-CSRFToken": token}).status_code == 302


def test_works_of_other_areas_are_none_of_the_imports(sign_in: SignIn) -> None:
    client = sign_in()
    work = Work.objects.create(kind="launch rehearsal", state="running", asked_at=NOW)
    assert client.get("/imports/").status_code == 200
    assert client.get(f"/imports/works/{work.id}/").status_code == 404
    assert client.post(f"/imports/works/{work.id}/stop").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("cut.csv.gz", gzip.compress(MESSY, mtime=0)[:-20], "file is cut or damaged"),
        ("bent.csv.gz", gzip.compress(MESSY, mtime=0)[:12] + b"\xff" * 40, "file is cut or damaged"),
        ("cut.parquet", b"PAR1cut", "The Parquet file is damaged"),
        ("pays.csv", b"PAYS;email\nFR;a@example.org\n", "PAYS"),
    ],
)
def test_a_cut_file_is_told_not_failed_on(sign_in: SignIn, name: str, content: bytes, sentence: str) -> None:
    client = sign_in()
    page = client.get(f"/imports/file/{bring(client, name, content).id}/")
    assert page.status_code == 200
    assert sentence in page.content.decode()


def test_a_long_accented_name_is_cut_by_bytes(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "é" * 190 + ".csv", MESSY)
    assert len(upload.file_name.encode()) <= files.NAME
    assert upload.file_name.endswith("é.csv")
    assert client.get(f"/imports/file/{upload.id}/").status_code == 200


def test_rejected_lines_hold_no_formula(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY.replace(b"Dupont", b"=1+1").replace(b"aime.dupont", b"+cmd"))
    check(client, upload)
    run = imported(client, upload)
    line = b"".join(client.get(f"/imports/run/{run.id}/rejects.csv")).decode().splitlines()[1]
    assert ",'=1+1," in line
    assert ",'+cmd," in line
