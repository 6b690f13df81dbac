"""Conditions in words, in both languages, and what the builder is told."""

import json

import pytest
from django.utils import translation

from relance.core import database
from relance.core.errors import DefinitionError
from relance.journeys.conditions import VOCABULARY
from relance.segments.vocabulary import PEOPLE_AND_SEGMENTS
from relance.web import conditions

NARROW = "\u202f"


def told(data: object, language: str) -> str:
    with translation.override(language):
        return conditions.sentence(data).replace(NARROW, "").replace("\u00a0", " ")


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    ("data", "english", "french"),
    [
        ({}, "Everybody.", "Tout le monde."),
        (
            {"state": ["dormant", "very_dormant"]},
            "State: dormant or very dormant.",
            "État : en sommeil ou en sommeil profond.",
        ),
        (
            {"monetary_value": {"gte": 80, "lt": 99.5}},
            "Average purchase: at least €80 and less than €99.50.",
            "Panier moyen : au moins 80€ et moins de 99,50€.",
        ),
        ({"T": {"gt": 365}}, "Time as a customer: more than 365 days.", "Ancienneté de client : plus de 365 jours."),
        (
            {"not": {"event": "message_clicked", "within": "6 months"}},
            "No “Link in a message clicked” in the last 6 months.",
            "Pas de «Clic dans un message» dans les 6 derniers mois.",
        ),
        (
            {"event": "product_viewed", "count": {"gte": 2}, "within": "48 hours", "same": "product"},
            "“Product page viewed” at least 2 times in the last 48 hours for the same product.",
            "«Fiche produit consultée» au moins 2 fois dans les 48 dernières heures pour le même élément (produit).",
        ),
        (
            {"without": ["order_placed", "store_purchase"], "for": "1 year"},
            "No “Order on the web shop” or “Purchase in the store” for 1 year.",
            "Pas de «Commande en ligne» ou «Achat en magasin» depuis 1 an.",
        ),
        (
            {
                "all": [
                    {"language": "fr"},
                    {"any": [{"unreachable": False}, {"last_purchase": {"older_than": "1 month"}}]},
                ]
            },
            "Language: French, and (unreachable: no, or last purchase: more than 1 month ago).",
            "Langue : français, et (injoignable : non, ou dernier achat : il y a plus de 1 mois).",
        ),
        (
            {"not": {"any": [{"attributes.size": 3}, {"clicked": ["hello"]}]}},
            "None of: (size: 3, or clicked in the message: hello).",
            "Rien de ceci : (size : 3, ou a cliqué dans le message : hello).",
        ),
    ],
)
def test_a_condition_is_told_in_words(data: object, english: str, french: str) -> None:
    assert told(data, "en") == english
    assert told(data, "fr") == french


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "data",
    [
        {"state": None},
        {"all": [None]},
        {"event": [], "within": None},
        {"x": {"gte": {"y": 1}}},
        [1],
        {"all": []},
        {"for": "1 day", "without": {}},
    ],
)
def test_anything_at_all_can_be_told(data: object) -> None:
    assert told(data, "fr").endswith(".")


@pytest.mark.usefixtures("db")
def test_every_part_of_a_condition_has_a_sentence_of_its_own() -> None:
    data = {"all": [{"state": "dormant", "first_seen": "2026-01-01"}, {"not": {"any": ["odd"]}}]}
    with translation.override("en"):
        found = conditions.parts(data)
    assert found['{"first_seen":"2026-01-01"}'] == "First seen: 1 January 2026."
    assert found['{"state":"dormant"}'] == "State: dormant."
    assert found['"odd"'] == 'Written in YAML: "odd".'


@pytest.mark.usefixtures("db")
def test_the_builder_knows_every_field_in_words() -> None:
    with translation.override("fr"):
        known = conditions.vocabulary(PEOPLE_AND_SEGMENTS)
    assert {field["name"] for field in known["fields"]} == set(PEOPLE_AND_SEGMENTS.fields)
    assert all(field["label"] != field["name"] for field in known["fields"])
    assert {field["group"] for field in known["fields"]} <= set(known["groups"])
    json.dumps(known)


@pytest.mark.usefixtures("db")
def test_declared_events_attributes_and_segments_are_offered() -> None:
    database.execute("INSERT INTO event_type (name, label) VALUES ('visited_fair', 'Salon')")
    database.execute("INSERT INTO contact (first_seen_at, attributes) VALUES (now(), '{\"size\": 3}')")
    database.execute('INSERT INTO segment (name, definition) VALUES (\'vip\', \'{"title": {"en": "Very good"}}\')')
    with translation.override("en"):
        known = conditions.vocabulary(PEOPLE_AND_SEGMENTS)
    assert {"name": "visited_fair", "label": "Salon"} in known["events"]
    assert known["attributes"] == ["size"]
    assert next(field["values"] for field in known["fields"] if field["name"] == "segment") == [["vip", "Very good"]]


@pytest.mark.usefixtures("db")
def test_a_branch_is_offered_its_steps_and_nothing_that_only_the_lake_knows() -> None:
    known = conditions.vocabulary(VOCABULARY, choices={"clicked": [("hello", "Hello")]}, recent=True)
    fields = {field["name"]: field for field in known["fields"]}
    assert fields["clicked"]["values"] == [["hello", "Hello"]]
    assert "monetary_value" not in fields


def test_what_is_not_json_is_refused_with_a_sentence() -> None:
    assert conditions.read("") == {}
    with pytest.raises(DefinitionError, match="whole"):
        conditions.read("{")


@pytest.mark.parametrize(
    ("data", "lacks"),
    [({}, False), ({"a": 0}, False), ({"a": False}, False), ({"a": ""}, True), ({"all": [{}]}, True), (None, True)],
)
def test_unfinished_is_told_from_false_and_zero(data: object, lacks: bool) -> None:
    assert conditions.unfinished(data) is lacks
