"""Words shared by the areas: channels, proofs, sources, and the details of the audit log."""

import ast
from datetime import datetime

import pytest
from django.utils import translation

from relance.contacts.models import Channel, Consent, Contact
from relance.core import audit
from relance.intake.models import Source
from relance.web import words
from relance.web.setup import fields
from relance.web.team import log_words
from tests.web import raised
from tests.web.conftest import SignIn


def test_every_channel_has_one_word_wherever_it_is_shown() -> None:
    assert set(words.CHANNELS) == set(Channel.values)
    with translation.override("fr"):
        assert [words.channel(code) for code in ("phone", "postal")] == ["Téléphone", "Courrier"]


def test_no_area_has_words_of_its_own_for_what_is_shared() -> None:
    """Channels, bases and opt-outs are said in `web/words.py` alone."""
    for name, tree in raised.modules().items():
        if name.startswith("relance.web.") and name != "relance.web.words":
            tables = [set(map(key, node.keys)) for node in ast.walk(tree) if isinstance(node, ast.Dict)]
            assert not [table for table in tables if {"email", "postal"} <= table], name
            assert not [table for table in tables if {"opt_in", "existing_customer"} <= table], name
    assert fields.WORDS["opt_in"] is words.BASES["opt_in"]


def key(node: ast.expr | None) -> object:
    """Return the constant of a table's key."""
    return node.value if isinstance(node, ast.Constant) else None


@pytest.mark.parametrize(
    ("written", "shown"),
    [("contacts.csv, line 542", "contacts.csv, ligne 542"), ("formulaire du site", "formulaire du site")],
)
def test_a_proof_that_is_a_line_of_a_file_is_said_in_the_language(written: str, shown: str) -> None:
    with translation.override("fr"):
        assert words.proof(written) == shown


def test_a_person_of_the_sample_shop_is_told_in_french(sign_in: SignIn, now: datetime) -> None:
    shop = Source.objects.create(name="sample shop", created_at=now)
    anna = Contact.objects.create(first_name="Anna", first_seen_at=now, source_id=shop.pk)
    Consent.objects.create(
        contact=anna,
        channel="email",
        given=True,
        basis="opt_in",
        proof="contacts.csv, line 542",
        at=now,
        source_id=shop.pk,
    )
    page = sign_in("reader", language="fr").get(f"/people/{anna.uuid}/").text
    assert "source\u00a0: boutique d’exemple" in page
    assert "contacts.csv, ligne 542" in page
    assert "sample shop" not in page


def test_every_detail_of_the_log_has_its_words() -> None:
    found = {name for tree in raised.modules().values() for node in ast.walk(tree) for name in recorded(node)}
    assert {"role", "why", "people", "version"} <= found
    assert found - set(log_words.LABELS) == set()


def recorded(node: ast.AST) -> set[str]:
    """Return the names of the details that a call of `audit.record`, or a table named `details`, writes."""
    tables = []
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
        tables = [keyword.value for keyword in node.keywords if keyword.arg == "details"]
    elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "details" and node.value is not None:
        tables = [node.value]
    return {str(key(name)) for table in tables if isinstance(table, ast.Dict) for name in table.keys}


def test_the_log_says_its_details_in_french_words(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("administrator", language="fr")
    why = {"channels": "email, phone", "level": "manual", "why": "elle l’a demandé", "addresses": 2, "withdrawn": 0}
    audit.record("person suppressed", "person 12", now=now, actor="Anna", details=why)
    audit.record("role changed", "boris@example.org", now=now, actor="Anna", details={"from": "reader", "to": "editor"})
    audit.record("segment deleted", "vip", now=now, actor="Anna", details={"definition": {"state": "dormant"}})
    audit.record(
        "import started", "a.csv", now=now, actor="Anna", details={"kind": "events", "options": {"mode": "skip"}}
    )
    page = client.get("/team/log").text
    for said in (
        "personne 12",
        "canaux\u00a0: E-mail, Téléphone",
        "arrêt\u00a0: tous les messages",
        "avant\u00a0: Lecteur",
        "nature du fichier\u00a0: Commandes et autres évènements",
        "choix faits\u00a0: personnes déjà connues\u00a0: laissées telles quelles",
        "<summary>définition</summary>",
    ):
        assert said in page, said
    assert page.index("avant\u00a0:") < page.index("maintenant\u00a0:")
    for raw in ("{&#x27;", "manual", "events<", "from:"):
        assert raw not in page


def test_the_log_is_searched_by_the_words_it_shows(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("administrator", language="fr")
    audit.record("role changed", "boris@example.org", now=now, actor="Anna")
    audit.record("signed in", "chloe@example.org", now=now, actor="Chloé")
    page = client.get("/team/log", {"q": "rôle"}).text
    assert "boris@example.org" in page
    assert "chloe@example.org" not in page
