"""Addresses, numbers and twins are judged in one pass, with a reason each."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relance.contacts.models import Consent, Contact, ContactAlias, ContactPoint, Suppression
from relance.core import ids
from relance.events import engine, hot
from relance.events.hot import NewEvent
from relance.hygiene import addresses, phones, report, stages
from relance.intake import events, sources
from relance.intake.options import Options
from tests.hygiene.people import person, verdict

VERDICTS = {
    "anna@example.org": (True, "", ""),
    "anna.o'neil+shop@sub.example.co.uk": (True, "", ""),
    "zoé@example.org": (True, "", ""),
    "contact@example.org": (True, "role", ""),
    "no-reply+fr@example.org": (True, "role", ""),
    "anna": (False, "syntax", ""),
    "@example.org": (False, "syntax", ""),
    "anna..b@example.org": (False, "syntax", ""),
    "a" * 65 + "@example.org": (False, "syntax", ""),
    "anna@b@example.org": (False, "syntax", ""),
    "boris@gmial.com": (False, "mistyped", "boris@gmail.com"),
    "boris@yopmail.com": (False, "disposable", ""),
}


def test_each_address_gets_its_verdict(db: None, now: datetime) -> None:
    person("Anna", *VERDICTS.keys() - {"anna"})
    ContactPoint.objects.create(contact=person("Boris"), channel="email", value="anna")
    assert stages.run(now) == len(VERDICTS)
    assert {value: verdict(value) for value in VERDICTS} == VERDICTS
    assert set(ContactPoint.objects.values_list("checked_at", flat=True)) == {now}


def test_what_is_judged_is_not_judged_again(db: None, now: datetime) -> None:
    person("Anna", "anna@example.org")
    assert stages.run(now) == 1
    assert stages.run(now + timedelta(days=1)) == 0
    assert ContactPoint.objects.get().checked_at == now


def test_suppressed_addresses_are_noticed_and_bounced_ones_are_dead(db: None, now: datetime) -> None:
    person("Anna", "anna@example.org", "anna@example.net")
    for value, reason in (("anna@example.org", "unsubscribed"), ("anna@example.net", "bounced")):
        Suppression.objects.create(channel="email", digest=ids.digest(value), reason=reason, at=now)
    stages.run(now)
    assert verdict("anna@example.org") == (True, "suppressed", "")
    assert verdict("anna@example.net") == (False, "dead_mailbox", "")


def test_spellings_of_one_address_are_one_person_the_oldest(db: None, now: datetime) -> None:
    old = person("", "anna@example.org", days=900)
    new = person("Anna", " Anna@Example.ORG. ", days=10, external_id="42", city="Lyon")
    stages.run(now)
    kept = Contact.objects.get()
    assert (kept.pk, kept.first_name, kept.external_id, kept.city) == (old.pk, "Anna", "42", "Lyon")
    assert kept.first_seen_at == old.first_seen_at
    assert ContactPoint.objects.get().value == "anna@example.org"
    assert ContactAlias.objects.get().loser_id == new.pk


def test_same_phone_and_name_is_one_person_even_through_a_third(db: None, now: datetime) -> None:
    chloe = person("Chloé", "06 12 34 56 78", days=300, name_key="petit chloe")
    person("Chloé", "+33612345678", "0033 7 55 66 77 88", days=200, name_key="petit chloe")
    person("Chloé", "07.55.66.77.88", "chloe@example.org", days=100, name_key="petit chloe")
    person("Léo", "0612345678", name_key="petit leo")
    assert stages.run(now) == 6 + 2
    assert set(Contact.objects.values_list("first_name", flat=True)) == {"Chloé", "Léo"}
    points = ContactPoint.objects.filter(contact=chloe).values_list("value", flat=True)
    assert sorted(points) == ["+33612345678", "+33755667788", "chloe@example.org"]


def test_consents_move_with_the_person_and_count_once(db: None, now: datetime) -> None:
    old = person("Anna", "anna@example.org", days=900)
    new = person("Anna", "ANNA@example.org", days=10)
    for contact, given, days in ((old, True, 50), (new, True, 50), (new, False, 5)):
        Consent.objects.create(contact=contact, channel="email", given=given, at=now - timedelta(days=days))
    stages.run(now)
    assert list(Consent.objects.order_by("at").values_list("contact_id", "given")) == [(old.pk, True), (old.pk, False)]


def test_customer_numbers_of_the_merged_still_find_their_person(db: None, now: datetime, tmp_path: Path) -> None:
    old = person("Anna", "anna@example.org", days=400, external_id="7")
    Contact.objects.filter(pk=old.pk).update(attributes={"other_external_ids": ["5"], "size": "M"})
    new = person("Anna", " Anna@Example.ORG. ", days=10, external_id="42")
    Contact.objects.filter(pk=new.pk).update(attributes={"other_external_ids": ["6", "5"], "size": "L"})
    stages.run(now)
    kept = Contact.objects.get()
    assert (kept.external_id, kept.attributes) == ("7", {"other_external_ids": ["42", "5", "6"], "size": "M"})
    file = tmp_path / "orders.csv"
    file.write_text("customer id,date,amount,order number\n42,2026-07-01,10.00,A1\n6,2026-07-02,10.00,A2\n")
    events.load(file, Options(source="shop", type="order_placed"), now)
    with engine.reading() as con:
        assert con.execute("SELECT DISTINCT contact_id FROM events WHERE type = 'order_placed'").fetchall() == [
            (old.pk,)
        ]
    assert Contact.objects.count() == 1


def test_a_merge_without_further_numbers_adds_no_attribute(db: None, now: datetime) -> None:
    person("Anna", "anna@example.org", days=400)
    person("Anna", " Anna@Example.ORG. ", days=10, external_id="42")
    stages.run(now)
    assert (Contact.objects.get().external_id, Contact.objects.get().attributes) == ("42", {})


def test_a_chain_of_merges_leads_to_the_last_survivor(db: None, now: datetime) -> None:
    second = person("Anna", "anna@example.org", days=500)
    person("Anna", "Anna@example.org", days=10)
    stages.run(now)
    first = person("Anna", "anna@example.org.", days=900)
    stages.run(now)
    assert list(ContactAlias.objects.values_list("survivor_id", flat=True)) == [first.pk, first.pk]
    assert Contact.objects.get().pk == first.pk != second.pk


@pytest.mark.parametrize(
    ("digits", "country", "channel", "expected"),
    [
        ("0612345678", "FR", "sms", ("+33612345678", "")),
        ("0142345678", "FR", "sms", ("+33142345678", "landline")),
        ("0142345678", "FR", "phone", ("+33142345678", "")),
        ("07400123456", "GB", "sms", ("+447400123456", "")),
        ("12", "FR", "sms", (None, "number")),
        ("call me", "FR", "phone", (None, "number")),
    ],
)
def test_a_number_is_read_by_its_country(
    digits: str, country: str, channel: str, expected: tuple[str | None, str]
) -> None:
    assert phones.parse(digits, country, channel) == expected


def test_numbers_are_normalised_and_wrong_ones_flagged(db: None, now: datetime) -> None:
    person("Anna", "06.12.34.56.78", "+33 (0)6 12 34 56 78", "0199")
    person("Boris", "020 7946 0018", country="GB")
    stages.run(now)
    found = ContactPoint.objects.order_by("value").values_list("value", "valid", "reason")
    assert list(found) == [("+33612345678", True, ""), ("+442079460018", False, "landline"), ("0199", False, "number")]


def event(contact: Contact, name: str, when: datetime, source: int, **properties: str) -> NewEvent:
    return NewEvent(
        contact_id=contact.pk, source_id=source, type=name, occurred_at=when, channel="email",
        reference=f"{name} {contact.pk} {when}", properties=properties,
    )  # fmt: skip


def test_dead_mailboxes_of_the_former_tool_are_known(db: None, now: datetime) -> None:
    boris, anna, chloe, dan = (person(name, f"{name}@example.org") for name in ("boris", "anna", "chloe", "dan"))
    tool, own = sources.source_id("former tool", now), sources.own_id(now)
    earlier, later = now - timedelta(days=60), now - timedelta(days=30)
    hot.insert(
        [
            event(boris, "message_bounced", later, tool, kind="hard"),
            event(boris, "message_delivered", earlier, tool),
            event(anna, "message_bounced", earlier, tool, kind="hard"),
            event(anna, "message_clicked", later, tool),
            event(chloe, "message_bounced", later, tool, kind="soft"),
            event(dan, "message_bounced", later, own, kind="hard"),
        ]
    )
    stages.run(now)
    assert verdict("boris@example.org") == (False, "dead_mailbox", "")
    assert [verdict(f"{name}@example.org")[0] for name in ("anna", "chloe", "dan")] == [True, True, True]


def test_history_brought_later_counts_when_everything_is_looked_at(db: None, now: datetime) -> None:
    boris = person("Boris", "boris@example.org", "b@example.org")
    stages.run(now)
    hot.insert(
        [event(boris, "message_bounced", now, sources.source_id("tool", now), kind="hard", address="b@example.org")]
    )
    assert stages.run(now) == 0
    assert stages.run(now, everything=True) == 1
    assert [verdict("b@example.org")[1], verdict("boris@example.org")[1]] == ["dead_mailbox", ""]


def test_the_report_counts_each_reason_with_its_denominator(db: None, now: datetime) -> None:
    person("Anna", "anna@example.org", "0612345678")
    person("Boris", "boris@gmial.com")
    person("Chloé", "contact@example.org")
    person("Anna", "ANNA@example.org")
    stages.run(now)
    Suppression.objects.create(channel="email", digest=ids.digest("contact@example.org"), reason="complained", at=now)
    found = report.report(now)
    assert found["contacts"] == 3
    assert found["merged"] == {"count": 1, "of": 4, "share": 0.25}
    assert found["without_valid_email"] == {"count": 1, "of": 3, "share": 0.333333}
    assert found["email"]["reasons"]["mistyped"] == {"count": 1, "of": 3, "share": 0.333333}
    assert found["email"]["reasons"]["suppressed"]["count"] == 1
    assert found["email"]["usable"] == {"count": 1, "of": 3, "share": 0.333333}
    assert found["phone"]["usable"] == {"count": 1, "of": 1, "share": 1.0}


def test_an_empty_base_has_no_shares(db: None, now: datetime) -> None:
    assert stages.run(now, everything=True) == 0
    assert report.report(now)["email"]["usable"] == {"count": 0, "of": 0, "share": None}


@pytest.mark.data
@pytest.mark.parametrize(("name", "valid"), [("mailbox_valid.txt", True), ("mailbox_invalid.txt", False)])
def test_the_public_mailboxes_are_judged_as_labelled(public_data: Path, name: str, valid: bool) -> None:
    lines = (public_data / "addresses" / name).read_text().splitlines()
    values = [line for line in lines if line.strip() and not line.startswith("#")]
    wrong = [value for value in values if addresses.is_well_formed(value) != valid]
    assert len(wrong) / len(values) < 0.2, wrong
