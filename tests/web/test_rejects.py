"""The lines an import did not take, as a file to open in a spreadsheet."""

from django.utils import translation

from relance.core.models import AuditEntry
from tests.web.bringing import MESSY, bring, check, imported
from tests.web.conftest import SignIn


def test_rejected_lines_are_handed_out(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    run = imported(client, upload)
    answer = client.get(f"/imports/run/{run.id}/rejects.csv")
    head, line = b"".join(answer).decode().splitlines()  # type: ignore[arg-type]
    assert head.startswith("\ufeffline,reason,Identifiant client,")
    assert line.startswith('5,"the e-mail address has no @, and there is no customer number",')


def test_french_readers_get_french_reasons_and_what_their_spreadsheets_expect(sign_in: SignIn) -> None:
    client = sign_in(language="fr")
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    run = imported(client, upload)
    with translation.override("en"):  # the file is written after the page has given its language back
        text = b"".join(client.get(f"/imports/run/{run.id}/rejects.csv")).decode()
    head, line = text.splitlines()
    assert head.startswith("\ufeffligne;motif;Identifiant client;")
    assert line.startswith("5;l’adresse e-mail n’a pas d’@, et il n’y a pas de numéro client;")
    assert line.endswith(";Dupont;Aimé;aime.dupont;;05/06/2023;oui;")


def test_the_file_of_rejects_can_be_erased(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY)
    check(client, upload)
    run = imported(client, upload)
    client.post(f"/imports/run/{run.id}/rejects/erase")
    assert client.get(f"/imports/run/{run.id}/rejects.csv").status_code == 404
    assert AuditEntry.objects.filter(action="rejects erased").exists()


def test_rejected_lines_hold_no_formula(sign_in: SignIn) -> None:
    client = sign_in()
    upload = bring(client, "clients.csv", MESSY.replace(b"Dupont", b"=1+1").replace(b"aime.dupont", b"+cmd"))
    check(client, upload)
    run = imported(client, upload)
    line = b"".join(client.get(f"/imports/run/{run.id}/rejects.csv")).decode().splitlines()[1]
    assert ",'=1+1," in line
    assert ",'+cmd," in line
