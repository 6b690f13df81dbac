"""The permission matrix, every cell of it: as written here by hand, as the gate judges, as SQL says."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from relance.contacts import matrix
from relance.contacts.matrix import BASES, CHANNELS, COMMERCIAL, KINDS, PURPOSES, Person
from relance.contacts.models import ContactPoint
from relance.core import database
from relance.core.errors import DefinitionError
from relance.eligibility import gate
from relance.eligibility.permission import permits
from relance.intake.models import OptOutDeclaration
from relance.settings import Settings
from tests.eligibility.people import consent, message, person

BEFORE, SINCE = datetime(2026, 7, 27, 8, tzinfo=UTC), datetime(2026, 8, 11, 10, tzinfo=UTC)
ADDRESSED = ("email", "sms", "push", "postal", "phone")
# What a basis allows of reactivation, promotion and relationship: `.` nothing, else y(es), s(ale), c(ompany). By channel:
# email, sms, push, postal, phone, audience.
TRUTH = {
    "opt_in": "yyyyyy",
    "existing_customer": "ss.s..",
    "business": "c..c..",
    "contract": "....y.",
}


def expected(basis: str, channel: str, purpose: str, who: Person, *, now: datetime) -> bool:
    if purpose not in COMMERCIAL:
        return basis == "none" and channel in ADDRESSED
    said = TRUTH.get(basis, "......")[CHANNELS.index(channel)]
    if (basis, channel) == ("existing_customer", "phone") and now < SINCE:
        said = "s"
    if basis == "contract" and said == "y":
        return who.running
    return said == "y" or (said == "s" and who.sale) or (said == "c" and who.kind == "b2b")


@pytest.mark.parametrize("now", [BEFORE, SINCE])
def test_every_cell_is_as_the_law_says(now: datetime) -> None:
    asked = product(
        ("none", *BASES, "because we can"), CHANNELS, (*PURPOSES, "of tomorrow"), KINDS, (True, False), (True, False)
    )
    for basis, channel, purpose, kind, sale, running in asked:
        who = Person(kind, sale, running)
        told = permits(basis, purpose, channel, who, now)
        wanted = purpose in PURPOSES and expected(basis, channel, purpose, who, now=now)
        assert told == wanted, (basis, channel, purpose, who)


def test_calls_need_an_opt_in_from_the_first_minute_of_11_august_2026() -> None:
    midnight = datetime(2026, 8, 10, 22, tzinfo=UTC)  # in Paris
    customer = Person("b2c", sale=True)
    assert permits("existing_customer", "promotion", "phone", customer, midnight - timedelta(seconds=1))
    assert not permits("existing_customer", "promotion", "phone", customer, midnight)
    assert permits("opt_in", "promotion", "phone", customer, midnight)
    assert permits("contract", "promotion", "phone", Person("b2c", running=True), midnight)


def test_the_table_shows_every_cell_with_its_source() -> None:
    rows = list(matrix.rows(SINCE))
    assert len(rows) == 5 * len(CHANNELS) * len(PURPOSES)
    assert all(bool(row["source"]) == row["allowed"] for row in rows)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_gate_and_the_sql_judge_every_cell_as_the_table_does(channel: str, purpose: str) -> None:
    now = SINCE
    OptOutDeclaration.objects.create(by="Camille", at=now)
    asked, known = [], {}
    for number, (basis, kind, bought) in enumerate(product((None, *BASES), KINDS, (True, False))):
        one = person(f"p{number}", now, basis=None, kind=kind, bought=bought, street="1 rue Haute", city="Lyon")
        for kind_of_address in ("sms", "push", "phone"):
            ContactPoint.objects.create(
                contact=one, channel=kind_of_address, value=f"{kind_of_address}{number}", valid=True
            )
        if basis:
            topic = "audience" if channel == "audience" else "marketing"
            consent(
                one,
                now - timedelta(days=1),
                basis=basis,
                channel="email" if channel == "audience" else channel,
                topic=topic,
            )
        asked.append(message(one, now, purpose, channel=channel))
        known[one.pk] = expected(basis or "none", channel, purpose, Person(kind, bought, basis == "contract"), now=now)
        if purpose not in COMMERCIAL:
            known[one.pk] = channel in ADDRESSED  # needs no basis
    gate_says = {m.contact_id: v.decision != "block" for m, v in zip(asked, gate.check(asked, now), strict=True)}
    assert gate_says == known
    if purpose in COMMERCIAL:
        sql = matrix.permitted_sql(
            now, purpose, channel=f"'{channel}'", sale="p.last_purchase_at IS NOT NULL", consent="k", kind="c.kind"
        )
        rows = database.rows(
            f"SELECT c.id, {sql} FROM contact c JOIN profile p ON p.contact_id = c.id LEFT JOIN consent k ON k.contact_id = c.id"
        )
        assert dict(rows) == known


def test_a_file_takes_the_place_of_the_shipped_matrix(tmp_path: Path, settings_with: object) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text(
        "matrix: ours\nlines:\n  - {basis: opt_in, channel: [email], purpose: [promotion], source: our counsel}\n"
    )
    settings_with(permission_matrix=str(file))  # type: ignore[operator]
    assert permits("opt_in", "promotion", "email", Person(), SINCE)
    assert not permits("opt_in", "reactivation", "email", Person(), SINCE)
    file.write_text("matrix: ours\nlines:\n  - {basis: hope, channel: [email], purpose: [promotion], source: none}\n")
    with pytest.raises(DefinitionError, match="line 3"):
        permits("opt_in", "promotion", "email", Person(), SINCE)


@pytest.fixture
def settings_with(monkeypatch: pytest.MonkeyPatch) -> object:
    from django.conf import settings

    def change(**fields: object) -> None:
        current: Settings = settings.RELANCE
        monkeypatch.setattr(settings, "RELANCE", current.model_copy(update=fields))

    return change
