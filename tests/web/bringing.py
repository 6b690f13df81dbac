"""Files brought in as the pages do it, with the worker's part done at once."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from relance.intake.models import ImportRun, Upload, Work
from relance.web.setup import files
from relance.workers import tasks

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


def imported(client: Client, upload: Upload, **said: str) -> ImportRun:
    """Confirm, and do what the worker would; where the file ended long ago, its end is its end unless said otherwise."""
    client.post(f"/imports/file/{upload.id}/import", {"told": "end"} | said)
    tasks.import_file(str(Work.objects.get(upload=upload, kind="import").id))
    upload.refresh_from_db()
    assert upload.run
    return upload.run
