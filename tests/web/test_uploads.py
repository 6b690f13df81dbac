"""Files as they arrive: large, foreign, refused, cut, named strangely; what is not brought in is erased."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from relance.core import place
from relance.intake import uploads
from relance.intake.models import Upload
from relance.web.setup import files, uploading
from tests.web.bringing import MESSY, bring
from tests.web.conftest import SignIn


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


def test_an_upload_without_token_is_refused(sign_in: SignIn) -> None:
    signed = sign_in()
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.cookies = signed.cookies
    answer = client.post("/imports/upload", {"file": SimpleUploadedFile("a.csv", MESSY)})
    assert answer.status_code == 403
    assert not Upload.objects.exists()


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
