"""Purpose, channel and legal basis; and that nothing commercial starts before the opt-outs are known."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from relance.contacts.models import Contact, ContactPoint
from relance.core import database
from relance.core.errors import InputError
from relance.core.models import AuditEntry
from relance.eligibility import gate, preview
from relance.eligibility.permission import declare_no_opt_outs, opt_outs_known
from relance.eligibility.preview import Sample
from relance.intake.models import ImportRun, OptOutDeclaration, Source
from tests.eligibility.people import consent, message, person

PURPOSES = ("reactivation", "promotion", "relationship")
CALLING = datetime(2026, 9, 14, 9, tzinfo=UTC)  # customers alone may not be called any more


def answer(contact: Contact, now: datetime, purpose: str = "promotion") -> str:
    OptOutDeclaration.objects.get_or_create(by="Camille", defaults={"at": now})
    sent = message(contact, now, purpose)
    [verdict] = gate.check([sent], now)
    gate.release([sent.pk])
    return verdict.code


def called(contact: Contact, now: datetime) -> str:
    """What the gate says of a call, at an hour of calls."""
    OptOutDeclaration.objects.get_or_create(by="Camille", defaults={"at": now})
    sent = message(contact, now, channel="phone")
    [verdict] = gate.check([sent], now)
    gate.release([sent.pk])
    return verdict.code


def previewed(contact: Contact, now: datetime) -> str:
    with transaction.atomic():
        database.execute("CREATE TEMP TABLE one_person ON COMMIT DROP AS SELECT %s::bigint AS contact_id", [contact.pk])
        return str(database.rows(preview.judge("one_person", Sample("phone", "promotion", now)))[0][1])


@pytest.mark.usefixtures("db")
class TestLedger:
    def test_unknown_is_not_permitted(self, now: datetime) -> None:
        boris = person("boris", now, basis=None)
        consent(boris, now, channel="sms")
        consent(boris, now, topic="audience")
        assert answer(boris, now) == "permission_unknown"
        assert answer(boris, now, "transactional") == "allowed"
        assert answer(boris, now, "notice") == "allowed"

    def test_the_latest_entry_counts_and_a_withdrawal_of_the_same_instant_wins(self, now: datetime) -> None:
        anna = person("anna", now)
        consent(anna, now - timedelta(days=1), given=False)
        assert answer(anna, now) == answer(anna, now, "notice") == "permission_withdrawn"
        assert answer(anna, now, "transactional") == "allowed"
        consent(anna, now)
        assert answer(anna, now) == "allowed"
        consent(anna, now, given=False)
        assert answer(anna, now) == "permission_withdrawn"

    def test_what_is_dated_later_than_now_does_not_count_yet(self, now: datetime) -> None:
        anna = person("anna", now)
        consent(anna, now + timedelta(seconds=1), given=False)
        assert answer(anna, now) == "allowed"
        assert answer(anna, now + timedelta(seconds=1)) == "permission_withdrawn"

    def test_consent_expires(self, now: datetime) -> None:
        anna = person("anna", now)
        consent(anna, now - timedelta(days=1), expires_at=now + timedelta(hours=1))
        assert answer(anna, now) == "allowed"
        assert answer(anna, now + timedelta(hours=1)) == "permission_expired"

    def test_a_contract_does_not_cover_marketing_nor_hide_an_opt_in(self, now: datetime) -> None:
        boris, anna = person("boris", now, basis="contract"), person("anna", now)
        consent(anna, now, basis="contract")
        assert answer(boris, now) == "permission_insufficient"
        assert answer(anna, now) == "allowed"

    def test_on_the_telephone_a_running_contract_is_hidden_by_no_older_customer_or_run_out_opt_in(self) -> None:
        now, day = CALLING, timedelta(days=1)
        older = {
            "a": {"basis": "existing_customer"},
            "b": {"expires_at": now - day},
            "c": {"given": False},
            "d": {"basis": "existing_customer"},
        }
        codes = {}
        for name, fields in older.items():
            one = person(name, now, basis=None)
            ContactPoint.objects.create(contact=one, channel="phone", value=f"+3314000000{ord(name)}", valid=True)
            consent(one, now - 9 * day, channel="phone", **fields)
            consent(
                one, now - 5 * day, channel="phone", basis="contract", expires_at=now - day if name == "d" else None
            )
            codes[name] = (called(one, now), previewed(one, now))
        assert codes == {
            "a": ("allowed", "allowed"),
            "b": ("allowed", "allowed"),
            "c": ("permission_withdrawn", "permission_withdrawn"),
            "d": ("permission_insufficient", "permission_insufficient"),
        }

    def test_a_no_after_the_contract_holds(self) -> None:
        now = CALLING
        one = person("anna", now, basis=None)
        ContactPoint.objects.create(contact=one, channel="phone", value="+33140000000", valid=True)
        for days, fields in ((9, {"basis": "existing_customer"}), (5, {"basis": "contract"}), (1, {"given": False})):
            consent(one, now - timedelta(days=days), channel="phone", **fields)
        assert called(one, now) == "permission_withdrawn"

    def test_a_business_address_is_one_of_a_business(self, now: datetime) -> None:
        assert answer(person("boris", now, basis="business"), now) == "permission_insufficient"
        assert answer(person("dora", now, basis="business", kind="b2b"), now) == "allowed"


@pytest.mark.usefixtures("db")
class TestOptOuts:
    @pytest.mark.parametrize("purpose", [*PURPOSES, "of tomorrow"])
    def test_nothing_commercial_starts_before_they_are_known(self, purpose: str, now: datetime) -> None:
        anna = person("anna", now)
        waiting, receipt = message(anna, now, purpose), message(anna, now, "transactional")
        assert [v.code for v in gate.check([waiting, receipt], now)] == ["opt_outs_unknown", "allowed"]

    @pytest.mark.parametrize(
        ("kind", "state", "withdrawals", "known"),
        [
            ("suppressions", "done", False, True),
            ("suppressions", "failed", False, False),
            ("consents", "done", True, True),
            ("consents", "done", False, False),
            ("consents", "running", True, False),
            ("contacts", "done", True, False),
        ],
    )
    def test_an_import_makes_them_known(
        self, kind: str, state: str, withdrawals: bool, known: bool, now: datetime
    ) -> None:
        source = Source.objects.create(name="former tool", created_at=now)
        ImportRun.objects.create(source=source, kind=kind, state=state, file_name="f", sha256="0", started_at=now)
        consent(person("anna", now, basis=None), now, given=not withdrawals, source_id=source.id)
        assert opt_outs_known() is known

    def test_a_named_person_may_declare_that_there_are_none(self, now: datetime) -> None:
        assert not opt_outs_known()
        declare_no_opt_outs("Camille", "a new shop", now)
        assert opt_outs_known()
        entry = AuditEntry.objects.get()
        assert (entry.actor, entry.at, entry.details) == ("Camille", now, {"note": "a new shop"})

    def test_nobody_may_not(self, now: datetime) -> None:
        with pytest.raises(InputError, match="--by NAME"):
            declare_no_opt_outs("  ", "", now)
        assert not opt_outs_known()
