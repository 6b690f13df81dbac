"""The templates that come with Relance publish without a warning and keep the rules."""

import re
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import pytest

from relance.content import publishing, values
from relance.content.compiler import Filled, Rendered

FOLDER = Path(str(files("relance") / "recipes" / "templates"))
NAMES = [
    "hello-no-offer",
    "from-your-history",
    "offer",
    "last-call",
    "newsletter-choice",
    "store-hello",
    "vip-letter",
    "ask-once-more",
    "first-order",
]


def test_the_folder_holds_these_and_no_others() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(NAMES)


def mail(name: str, language: str, variant: str = "a") -> Rendered:
    """The template as the sample person gets it."""
    _, compiled = publishing.check(FOLDER / f"{name}.yaml")
    links = {"links": [f"https://relance.example.org/c/{n}" for n in range(len(compiled[language].links))]}
    return Filled(compiled[language].as_json(), language).render(variant, values.samples({}, language) | links)


def test_each_publishes_without_warning_and_only_the_offer_speaks_of_an_offer(db: None, now: datetime) -> None:
    versions = {name: publishing.publish(FOLDER / f"{name}.yaml", now) for name in NAMES}
    assert [sentence for version in versions.values() for sentence in publishing.warnings(version)] == []
    assert [name for name, version in versions.items() if "offer" in publishing.values_used(version)] == ["offer"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_names_the_sender_with_address_and_way_out(name: str, language: str) -> None:
    made = mail(name, language)
    for part in (made.html, made.text):
        assert all(words in part for words in ("Maison Claire", "12 rue des Lilas", "https://relance.example.org/u/"))
    assert len(made.html) < 20_000


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variant", ["a", "b"])
def test_french_is_set_as_french_is(name: str, variant: str) -> None:
    made = mail(name, "fr", variant)
    words = " ".join((made.subject, made.preheader, made.text)).replace("https:", "")
    assert "'" not in words
    assert re.findall(r"[^\u00a0\u202f][?!;:]", words) == []


def test_the_last_call_has_a_way_to_stay_and_a_way_to_go() -> None:
    text = mail("last-call", "fr").text
    assert "Oui, je reste\u00a0: https://relance.example.org/c/0" in text
    assert "Non, me désabonner\u00a0: https://relance.example.org/u/" in text
