"""What the gate says of the moment: quiet hours, lawful hours, calls, the person's own hour, with real messages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import transaction

from relance.contacts.models import Contact, ContactPoint
from relance.core import database
from relance.core.errors import ConfigurationError, DefinitionError
from relance.dormancy.models import Profile
from relance.eligibility import gate, preview
from relance.eligibility.moment import moments
from relance.eligibility.preview import Sample
from relance.eligibility.verdicts import Verdict
from relance.events.models import Event
from relance.intake import sources
from relance.outbox.models import Message
from tests.eligibility.people import anna, consent, message

PARIS = ZoneInfo("Europe/Paris")
pytestmark = pytest.mark.usefixtures("db")
DAY = timedelta(days=1)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


def reachable(now: datetime, **fields: object) -> Contact:
    """Anna, by SMS and phone too."""
    contact = anna(now, **fields)
    for channel in ("sms", "phone"):
        ContactPoint.objects.create(contact=contact, channel=channel, value="+33612345678", valid=True)
        consent(contact, now - 300 * DAY, channel=channel)
    return contact


def judge(row: Message, now: datetime) -> Verdict:
    [verdict] = gate.check([row], now)
    return verdict


def change(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=values))


@pytest.mark.parametrize(("zone", "until"), [
    ("", "2026-07-28 07:00"), ("America/Guadeloupe", "2026-07-28 13:00"), ("Asia/Tokyo", None),
])  # fmt: skip
def test_a_mail_waits_for_the_morning_where_the_person_lives(zone: str, until: str | None) -> None:
    now = paris("2026-07-28 05:30")
    verdict = judge(message(anna(now, time_zone=zone), now), now)
    if until is None:
        assert verdict.code == "allowed"  # it is half past noon in Tokyo
    else:
        assert (verdict.code, verdict.until) == ("quiet_hours", paris(until))
        assert judge(message(anna_again(), verdict.until), verdict.until).code == "allowed"


def anna_again() -> Contact:
    return Contact.objects.get(first_name="anna")


def test_a_transactional_message_waits_for_nothing() -> None:
    now = paris("2026-08-02 03:00")  # a Sunday night
    contact = reachable(now)
    for channel in ("email", "sms", "phone"):
        assert judge(message(contact, now, "transactional", channel=channel), now).code == "allowed"


@pytest.mark.parametrize(("channel", "at", "until"), [
    ("sms", "2026-08-01 19:59", None), ("sms", "2026-08-01 20:00", "2026-08-03 08:00"), ("sms", "2026-08-02 12:00", "2026-08-03 08:00"),
    ("sms", "2026-08-15 12:00", "2026-08-17 08:00"), ("phone", "2026-08-03 12:59", None), ("phone", "2026-08-03 13:00", "2026-08-03 14:00"),
    ("phone", "2026-08-03 20:00", "2026-08-04 10:00"), ("phone", "2026-08-07 20:00", "2026-08-10 10:00"),
    ("phone", "2026-07-14 11:00", "2026-07-15 10:00"),
])  # fmt: skip
def test_sms_and_calls_keep_to_their_hours(channel: str, at: str, until: str | None) -> None:
    now = paris(at)
    verdict = judge(message(reachable(now), now, channel=channel), now)
    expected = ("allowed", None) if until is None else ("legal_hours", paris(until))
    assert (verdict.code, verdict.until) == expected


def test_alsace_keeps_its_good_friday() -> None:
    now = paris("2027-03-26 11:00")
    strasbourg = judge(message(reachable(now, country="FR", postcode="67000"), now, channel="sms"), now)
    assert (strasbourg.code, strasbourg.until) == ("legal_hours", paris("2027-03-27 08:00"))


def test_an_american_without_a_zone_is_reached_when_it_is_day_in_all_of_america() -> None:
    now = datetime(2026, 7, 28, 13, tzinfo=UTC)  # nine in New York, three in the morning in Honolulu
    verdict = judge(message(reachable(now, country="US"), now, channel="sms"), now)
    assert verdict.until == datetime(2026, 7, 28, 18, tzinfo=UTC)


def call(contact: Contact, at: datetime, kind: str = "call_unanswered") -> None:
    source = sources.source_id("call centre", at)
    Event.objects.create(contact_id=contact.pk, source_id=source, type=kind, occurred_at=at, reference=f"{kind}/{at}")


def test_nobody_is_called_more_than_four_times_in_thirty_days() -> None:
    now = paris("2026-08-03 11:00")
    contact = reachable(now)
    for days in (29, 20, 10):
        call(contact, now - days * DAY)
    Message.objects.filter(pk=message(contact, now, channel="phone").pk).update(state="sent", sent_at=now - 2 * DAY)
    verdict = judge(message(contact, now, channel="phone"), now)
    assert (verdict.code, verdict.until) == ("calls", paris("2026-08-04 10:00"))  # the call of 5 July is 30 days old
    call(contact, now - 1 * DAY)
    assert judge(message(contact, now, channel="phone"), now).until == paris("2026-08-13 10:00")


def test_after_a_refusal_sixty_days_pass() -> None:
    now = paris("2026-08-03 11:00")
    contact = reachable(now)
    call(contact, now - 3 * DAY, "call_refused")  # on Friday 31 July
    verdict = judge(message(contact, now, channel="phone"), now)
    assert (verdict.code, verdict.until) == ("call_refused", paris("2026-09-30 10:00"))
    assert "refused a call on 31 July 2026" in verdict.sentence
    assert judge(message(contact, now), now).code == "allowed"  # a mail may go


def test_a_mail_waits_for_the_persons_own_hours_where_the_setting_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    now = paris("2026-07-28 10:00")
    contact = anna(now)
    Profile.objects.update(preferred_hour=15)  # 17:00 to 20:00 in Paris
    row = message(contact, now)
    assert judge(row, now).code == "allowed"
    change(monkeypatch, best_hour=True)
    verdict = judge(row, now)
    assert verdict.code == "best_hour"
    assert verdict.until is not None
    assert paris("2026-07-28 17:00") <= verdict.until < paris("2026-07-28 20:00")
    assert judge(row, verdict.until).code == "allowed"
    assert judge(message(contact, now, "transactional"), now).code == "allowed"
    gate.release([row.pk])
    waited = message(contact, now, created_at=now - timedelta(hours=20))
    assert judge(waited, now).code == "allowed"  # a day at most


def test_a_best_hour_in_the_night_is_no_reason_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    now = paris("2026-07-28 10:00")
    contact = anna(now)
    Profile.objects.update(preferred_hour=0)
    change(monkeypatch, best_hour=True)
    assert judge(message(contact, now), now).code == "allowed"


def test_quiet_hours_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    now = paris("2026-07-28 23:00")
    change(monkeypatch, quiet_from=0, quiet_until=0)
    assert judge(message(anna(now), now), now).code == "allowed"


def test_lawful_hours_are_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "hours.yaml"
    file.write_text(
        "lawful:\n  - {country: FR, channel: sms, days: [sunday], hours: ['09:00-24:00'], kind: practice, source: ours}\n"
    )
    change(monkeypatch, contact_hours=str(file))
    now = paris("2026-08-02 23:30")
    assert judge(message(reachable(now), now, channel="sms"), now).code == "allowed"
    file.write_text("lawful:\n  - {country: FR, channel: sms, hours: ['12:00-09:00'], kind: practice, source: ours}\n")
    with pytest.raises(DefinitionError, match="the hours stand in order"):
        moments.lines()
    change(monkeypatch, contact_hours=str(tmp_path / "none.yaml"))
    with pytest.raises(ConfigurationError, match="RELANCE_CONTACT_HOURS"):
        moments.lines()


def test_a_reactivation_comes_back_at_an_hour_that_is_open_and_stays_let_through() -> None:
    now = paris("2026-12-10 10:00")
    rows = [message(one, now, "reactivation", expires_at=now + 90 * DAY) for one in several(now, 60)]
    verdicts = gate.check(rows, now)
    assert {one.code for one in verdicts} == {"commercial_period"}
    backs = [one.until.astimezone(PARIS) for one in verdicts if one.until]
    assert {back.date().isoformat() for back in backs} == {f"2026-12-{day}" for day in (29, 30, 31)} | {
        "2027-01-01",
        "2027-01-02",
    }
    assert all(7 <= back.hour < 21 for back in backs)
    assert len({(back.date(), back.hour) for back in backs}) > 20  # over the hours of the days too
    for row, verdict in zip(rows, verdicts, strict=True):
        assert verdict.until is not None
        assert judge(row, verdict.until).code == "allowed"


def several(now: datetime, count: int) -> list[Contact]:
    first = anna(now)
    made = [first]
    for number in range(1, count):
        contact = Contact.objects.create(first_name=f"p{number}", first_seen_at=first.first_seen_at)
        ContactPoint.objects.create(contact=contact, channel="email", value=f"p{number}@example.org", valid=True)
        consent(contact, now - 300 * DAY)
        made.append(contact)
    return made


def test_any_deferral_ends_where_calendar_and_hours_both_allow() -> None:
    """A cap that has room at night makes the message wait until the morning at once, not twice."""
    now = paris("2026-07-28 20:30")
    contact = anna(now)
    evening = paris("2026-07-27 22:00")
    assert judge(message(contact, evening, created_at=evening), evening).code == "quiet_hours"
    Message.objects.all().delete()
    change_day = paris("2026-07-27 20:45")
    assert judge(message(contact, change_day), change_day).code == "allowed"
    verdict = judge(message(contact, now), now)
    assert verdict.code == "pressure"
    assert verdict.until == paris("2026-07-28 20:45")


def test_every_hour_of_the_year_end_leads_to_one_deferral_and_then_out(now: datetime) -> None:
    """From any hour of Christmas to the end of the sales: one wait at most, over week 53 and the new year."""
    contact = anna(now)
    at = paris("2026-12-24 00:00")
    while at < paris("2027-01-12 00:00"):
        row = message(contact, at, "reactivation", expires_at=at + 200 * DAY)
        verdict = judge(row, at)
        until = verdict.until or at
        assert until >= at
        assert judge(row, until).code == "allowed"
        gate.release([row.pk])
        at += timedelta(hours=11)


def test_a_preview_says_what_the_gate_says_where_zones_and_departments_differ() -> None:
    now = paris("2027-09-10 12:00")  # the winter sales of La Réunion, and of nobody else
    people = [
        anna(now, postcode="75011", country="FR"), *(
            Contact.objects.create(first_name=name, first_seen_at=now - 400 * DAY, **fields)
            for name, fields in (
                ("reunion", {"postcode": "97400", "country": "FR"}), ("abroad", {"country": "US", "time_zone": "America/Los_Angeles"}),
            )
        ),
    ]  # fmt: skip
    for contact in people[1:]:
        ContactPoint.objects.create(
            contact=contact, channel="email", value=f"{contact.first_name}@example.org", valid=True
        )
        consent(contact, now - 300 * DAY)
    asked = gate.check([message(one, now, "reactivation") for one in people], now)
    assert [one.code for one in asked] == ["allowed", "commercial_period", "quiet_hours"]
    gate.release(list(Message.objects.values_list("pk", flat=True)))
    Message.objects.all().delete()
    with transaction.atomic():
        database.execute("CREATE TEMP TABLE asked ON COMMIT DROP AS SELECT id AS contact_id FROM contact")
        said = dict(database.rows(preview.judge("asked", Sample("email", "reactivation", now))))
    assert [said[one.pk] for one in people] == [one.code for one in asked]
