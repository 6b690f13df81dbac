"""Refusals of the code below the pages, in the reader's language."""

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

import pytest
from django.utils import translation
from pydantic_core.core_schema import ErrorType

from relance.accounts.models import User
from relance.core import misfits
from relance.core.definitions import Definition, parse, validate
from relance.core.errors import DefinitionError
from relance.intake.models import Work
from relance.web import wording
from relance.web.messages import sentences as messages
from relance.web.segments import forms
from relance.web.setup import sentences as setup
from tests.web import raised
from tests.web.conftest import SignIn

RAISED = {f"{where} {text[:30]}": text for where, text in raised.sentences()}


@pytest.fixture
def _in_french() -> Iterator[None]:
    with translation.override("fr"):
        yield


def has_words(sentence: str) -> bool:
    """Tell whether some page has words for it: each area says what its own code finds."""
    return any(words.known(sentence) for words in (wording, messages, setup))


def test_the_code_below_the_pages_refuses_in_many_ways() -> None:
    assert len(RAISED) > 150  # else the reading of the code is broken, and the next test says nothing


@pytest.mark.parametrize("where", RAISED)
def test_every_refusal_behind_a_page_has_words_in_both_languages(where: str) -> None:
    assert has_words(RAISED[where]), f"Add its form to a module of relance.web.wording: {RAISED[where]}"


def test_every_form_is_still_said_by_the_code() -> None:
    made = {*RAISED.values(), *misfits.SENTENCES.values(), misfits.OTHER}
    whole = [form for form in wording.forms() if "{sentence}" not in form]
    used = {form for form in whole if any(wording.fits(form, sentence) for sentence in made)}
    narrower = {form for form in whole if any(wording.fits(other, form) for other in used)}
    assert set(whole) - used - narrower == set()


def test_what_pydantic_finds_is_said_in_our_words() -> None:
    context = dict.fromkeys(("expected", "gt", "ge", "lt", "le", "min_length", "max_length"), 3)
    for kind in get_args(ErrorType):
        assert wording.known(misfits.sentence({"type": kind, "ctx": context})), kind
    assert set(misfits.SENTENCES) <= set(get_args(ErrorType))


class Shop(Definition):
    """A definition with fields of several kinds."""

    name: str
    people: int
    open: bool


@pytest.mark.usefixtures("_in_french")
def test_a_definition_that_does_not_fit_is_told_in_french_with_its_line() -> None:
    with pytest.raises(DefinitionError) as caught:
        validate(Shop, parse("name: [1]\npeople: many\ncolour: red\n", "shop.yaml"))
    assert wording.say(str(caught.value)).split("\n") == [
        "shop.yaml, ligne 1, name\u00a0: un texte est attendu ici",
        "shop.yaml, ligne 2, people\u00a0: un nombre entier est attendu ici (il y a 'many')",
        "shop.yaml, ligne 1, open\u00a0: ce champ manque. Ajoutez-le.",
        "shop.yaml, ligne 3, colour\u00a0: ce champ n’existe pas ici. Retirez-le ou corrigez son nom.",
    ]


@pytest.mark.usefixtures("_in_french")
def test_a_sentence_within_a_sentence_is_french_too_and_what_nobody_foresaw_stays() -> None:
    said = wording.say("no field is called `stat`. Did you mean `state`?")
    assert said == "aucun champ ne s’appelle `stat`. Vouliez-vous dire `state`\u202f?"
    assert wording.say("Something else altogether.") == "Something else altogether."


def test_pages_leave_out_the_words_of_the_command_line() -> None:
    assert not [words for words in wording.forms().values() if "`relance " in words or " --" in words]


def test_a_refusal_from_below_is_french_on_the_page(sign_in: SignIn) -> None:
    client = sign_in("administrator", language="fr")
    anna = User.objects.get()
    answer = client.post(f"/team/{anna.pk}", {"role": "reader"})
    assert answer.status_code == 422
    assert "est la dernière personne à administrer Relance" in answer.text


def test_a_work_that_failed_says_why_in_the_language_of_the_reader(sign_in: SignIn, now: datetime) -> None:
    why = "The file of this import is not here any more. Bring it again."
    work = Work.objects.create(kind="refresh", state="failed", sentence=why, by="Anna", asked_at=now)
    answer = sign_in("editor", language="fr").get(f"/imports/works/{work.id}/")
    assert "Ce fichier n’est plus ici" in answer.text


@pytest.mark.usefixtures("_in_french")
@pytest.mark.parametrize("text", ["a: [1, 2", "a:\n\t- b", "a: b: c", "a: 'x", "a: \x07", "%x"])
def test_what_is_no_yaml_is_told_in_french_at_its_line_and_without(text: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        parse(text, "shop.yaml")
    said = wording.say(str(caught.value))
    told = "ceci n’est pas du YAML. Vérifiez les retraits, les deux-points et les guillemets."
    assert said.startswith("shop.yaml, ligne ")
    assert [problem.sentence for problem in forms.problems(caught.value)] == [told]
    assert "found" not in said
    assert "allowed" not in said
