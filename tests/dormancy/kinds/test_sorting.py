"""Each kind of quiet people, position in the funnel and reason, with one named person each."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from relance.core import database
from relance.core.errors import NotFoundError, RefusedError
from relance.dormancy import kinds, scoring
from relance.dormancy.kinds import sorting
from relance.events import engine
from relance.segments import definitions, refresh
from relance.segments.models import Membership
from tests.dormancy.kinds.conftest import PEOPLE, do, told

NAMES = {number: name for name, number in PEOPLE.items()}
OF = {
    "unreachable": {"boris"},
    "out_of_target": {"hugo", "ines"},
    "put_to_sleep": {"paula"},
    "false_inactives": {"chloe"},
    "formerly_valuable": {"denis"},
    "users": {"farid"},
    "ex_buyers": {"anna", "denis"},
    "never_reacted": {"gilles"},
    "formerly_reactive": {"jeanne", "karim"},
    "newsletter_ghosts": {"gilles", "jeanne", "karim"},
    "never_bought": {"farid", "gilles", "jeanne", "karim", "lea", "marc", "oscar"},
}
STANDS = {
    "repeat": {"denis", "elsa"},
    "bought_once": {"anna", "boris", "chloe", "hugo", "ines", "nadia", "paula"},
    "cart": {"marc"},
    "visited": {"gilles", "lea"},
    "never_visited": {"farid", "jeanne", "karim", "oscar"},
}


@pytest.fixture
def sorted_people(shop: None, now: datetime) -> Iterator[Any]:
    """Rows of the sorting, by name."""
    with engine.reading() as con:
        sorting.show(con, now)
        yield lambda column: {
            NAMES[n]: v for n, v in con.execute(f"SELECT contact_id, {column} FROM sorted").fetchall()
        }


def test_one_person_of_each_kind(sorted_people: Any) -> None:
    found = {code: {who for who, holds in sorted_people(f"kind_{code}").items() if holds} for code in OF}
    assert found == OF
    assert list(OF) == [one.code for one in kinds.KINDS]


def test_the_first_kind_that_holds_leads(sorted_people: Any) -> None:
    leading = sorted_people("first_kind")
    assert [leading[who] for who in ("denis", "farid", "gilles", "karim", "lea", "elsa")] == [
        "formerly_valuable", "users", "never_reacted", "formerly_reactive", "never_bought", "",
    ]  # fmt: skip


def test_each_stands_in_one_place_of_the_funnel(sorted_people: Any) -> None:
    stands = sorted_people("first_funnel")
    assert {code: {who for who, place in stands.items() if place == code} for code in STANDS} == STANDS


def test_segments_hold_the_people_of_the_kinds(shop: None, now: datetime) -> None:
    for one in (*kinds.KINDS, *kinds.FUNNEL[:2]):
        definitions.apply(one.document, now)
    refresh.run(now)
    for code, people in OF.items():
        members = Membership.objects.filter(segment__name=kinds.kind(code).segment)
        assert {NAMES[n] for n in members.values_list("contact_id", flat=True)} == people, code


def test_what_no_source_covers_is_unknown_not_never(shop: None, now: datetime) -> None:
    database.execute("DELETE FROM coverage WHERE type IN ('message_clicked', 'message_replied')")
    found = kinds.overview(now)
    never = next(row for row in found["kinds"] if row["code"] == "never_reacted")
    assert never["people"] is None
    assert never["unknown"] >= 1


def test_who_objected_is_in_nothing_that_rests_on_a_score(sorted_people: Any) -> None:
    scored = [one.code for one in kinds.KINDS if one.rests_on_score]
    assert {"ex_buyers", "formerly_valuable", "false_inactives"} <= set(scored)
    assert "never_bought" not in scored
    assert not any(sorted_people(f"kind_{code}")["nadia"] for code in scored)
    assert sorted_people("first_reason")["nadia"] == ""


def test_an_objection_or_an_erasure_does_not_wait_for_the_next_scoring(shop: None, now: datetime) -> None:
    database.execute("UPDATE contact SET objected_at = %s WHERE id = %s", [now, PEOPLE["anna"]])
    database.execute("UPDATE contact SET erased_at = %s WHERE id = %s", [now, PEOPLE["denis"]])
    assert kinds.person(PEOPLE["anna"], now)["kinds"] == []
    assert kinds.person(PEOPLE["denis"], now)["kinds"] == []
    assert (kinds.overview(now)["people"], kinds.overview(now)["objected"]) == (15, 2)


@pytest.mark.parametrize(
    ("kind", "topic", "code"),
    [
        ("support_contact", "livraison", "delivery"),
        ("support_contact", "Réclamation", "complaint"),
        ("support_contact", "size", "after_sales"),
        ("message_complained", "", "complaint"),
        ("refund", "", "after_sales"),
        ("survey_answered", "", "survey"),
    ],
)
def test_the_reason_of_a_silence(shop: None, now: datetime, kind: str, topic: str, code: str) -> None:
    told("anna", kind, 400, now, **({"topic": topic} if topic else {}))
    found = kinds.reason(PEOPLE["anna"], now)
    assert found["code"] == code
    assert "2025-06-22" in found["sentence"]
    assert "2025-06-22" in found["sentence_fr"]


def test_what_somebody_said_comes_before_what_happened(shop: None, now: datetime) -> None:
    told("anna", "support_contact", 300, now, topic="delivery")
    told("anna", "survey_answered", 350, now, reason="too expensive")
    assert kinds.reason(PEOPLE["anna"], now)["sentence"] == "Answered a survey on 2025-08-11 (“too expensive”)."


def test_forgot_is_said_only_where_contacts_with_support_are_known(shop: None, now: datetime) -> None:
    assert kinds.reason(PEOPLE["anna"], now)["code"] == "forgot"
    database.execute("DELETE FROM coverage WHERE type = 'support_contact'")
    assert kinds.reason(PEOPLE["anna"], now)["code"] == "unknown"


def test_an_old_trouble_is_no_reason(shop: None, now: datetime) -> None:
    told("anna", "support_contact", 740, now, topic="delivery")
    assert kinds.reason(PEOPLE["anna"], now)["code"] == "forgot"


@pytest.mark.parametrize(
    ("who", "code"), [("elsa", "not_silent"), ("chloe", "not_silent"), ("nadia", "objected"), ("jeanne", "forgot")]
)
def test_no_reason_is_looked_for_where_there_is_no_silence(shop: None, now: datetime, who: str, code: str) -> None:
    assert kinds.reason(PEOPLE[who], now)["code"] == code


def test_one_persons_kinds_and_place(shop: None, now: datetime) -> None:
    found = kinds.person(PEOPLE["denis"], now)
    assert [one["code"] for one in found["kinds"]] == ["formerly_valuable", "ex_buyers"]
    assert found["funnel"]["code"] == "repeat"
    assert kinds.person(999, now)["reason"]["code"] == "not_scored"


def test_a_sign_moves_a_person_out_of_her_kind(shop: None, now: datetime) -> None:
    do("gilles", "message_clicked", 1, now)
    scoring.run(now)
    assert [one["code"] for one in kinds.person(PEOPLE["gilles"], now)["kinds"]] == ["never_bought"]


def test_nobody_scored_is_refused(db: None, now: datetime) -> None:
    with pytest.raises(RefusedError, match="relance score"):
        kinds.overview(now)
    assert kinds.run(now) == 0


def test_an_unknown_kind_names_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="never_bought"):
        kinds.kind("ghost")
