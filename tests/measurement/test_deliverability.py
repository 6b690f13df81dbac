"""How mails fare by provider: what is counted under which name, where nobody tells, and what the rules say of it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relance.contacts.models import Contact, ContactPoint
from relance.core.errors import InputError
from relance.core.models import AuditEntry
from relance.delivery import happenings
from relance.delivery.happenings import Happening
from relance.eligibility.breaker import providers
from relance.feedback import bounces, complaints, unsubscribes
from relance.feedback.bounces import Bounce
from relance.measurement import intervals
from relance.measurement.deliverability import advice, figures, kept, seeds, words
from relance.measurement.models import DeliverabilitySnapshot, SeedResult
from relance.measurement.sender.findings import Finding
from relance.outbox.models import Message

pytestmark = pytest.mark.usefixtures("db")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def mails(now: datetime, domain: str, count: int, *, at: datetime | None = None, **fields: object) -> list[Message]:
    """So many accepted mails to people of a domain, each sent ten minutes after its moment."""
    at = at or now - DAY
    people = Contact.objects.bulk_create([Contact(first_seen_at=now - 90 * DAY) for _ in range(count)])
    points = ContactPoint.objects.bulk_create(
        [ContactPoint(contact=one, channel="email", value=f"p{one.pk}@{domain}", valid=True) for one in people]
    )
    values: dict[str, object] = {"state": "delivered", "sent_at": at, **fields}
    return Message.objects.bulk_create(
        [
            Message(
                contact_id=point.contact_id, contact_point_id=point.pk, channel="email", purpose="promotion",
                template_version_id=1, send_key=f"k/{at.isoformat()}", not_before=at - timedelta(minutes=10),
                expires_at=at + DAY, created_at=at, **values,
            )
            for point in points
        ]
    )  # fmt: skip


def clicked(messages: list[Message], after: timedelta, now: datetime, **properties: object) -> None:
    told = [Happening(one.pk, one.sent_at + after, properties=properties) for one in messages if one.sent_at]
    happenings.record("message_clicked", told, now=now)


def of(table: figures.Table, provider: str) -> figures.Fares:
    return next(one for one in table.providers if one.provider == provider)


def test_each_mail_counts_once_under_its_provider(now: datetime) -> None:
    gmail, orange = mails(now, "gmail.com", 10), mails(now, "orange.fr", 20)
    mails(now, "orange.fr", 2, state="failed", sent_at=None, reason="no_mailbox: 550 5.1.1 gone")
    mails(now, "orange.fr", 3, state="ready", sent_at=None)
    mails(now, "orange.fr", 4, state="failed", sent_at=None, reason="render: a template")
    mails(now, "orange.fr", 5, at=now - 40 * DAY)
    bounces.record_many(
        [Bounce(orange[0].pk, "soft", "452 4.2.2 full"), Bounce(orange[1].pk, "block", "550 5.7.1")], now
    )
    complaints.record(orange[2].pk, now)
    unsubscribes.record(orange[3].pk, now)
    clicked(gmail[:3], HOUR, now)
    clicked(gmail[:3], 2 * HOUR, now)
    clicked(gmail[3:6], HOUR, now, machine=True)
    table = figures.read(30, now)
    here = of(table, "orange")
    assert (here.sent, here.accepted, here.hard, here.soft, here.block) == (22, 18, 2, 1, 1)
    assert (here.told, here.complained, here.unsubscribed, here.blind) == (18, 1, 1, False)
    there = of(table, "gmail")
    assert (there.sent, there.clicked, there.blind, there.click_median, there.wait_median) == (10, 3, True, 3600, 600)
    assert (table.all.sent, table.all.returned) == (32, 4)
    assert set(table.reasons) == {
        ("orange", "hard", "5.1.1", 2), ("orange", "soft", "4.2.2", 1), ("orange", "block", "5.7.1", 1)
    }  # fmt: skip


def test_nothing_sent_is_nothing_told(now: datetime) -> None:
    table = figures.read(7, now)
    assert (table.all.sent, table.providers, table.weeks) == (0, (), ())
    assert advice.findings(table, []) == []


def test_weeks_add_up_to_the_window(now: datetime) -> None:
    for week in range(3):
        mails(now, "free.fr", 5 + week, at=now - (1 + 7 * week) * DAY)
    table = figures.read(30, now)
    assert [one.sent for one in table.weeks] == [7, 6, 5]
    assert sum(one.sent for one in table.by_week["free"]) == of(table, "free").sent == 18


def codes(now: datetime) -> dict[str, str]:
    return {one.code: one.level for one in advice.findings(figures.read(30, now), seeds.placements(30, now))}


def test_a_few_returns_prove_nothing_and_many_do(now: datetime) -> None:
    bounces.record_many([Bounce(one.pk, "hard", "5.1.1") for one in mails(now, "orange.fr", 20)[:1]], now)
    assert "over_hard" not in codes(now)
    bounces.record_many([Bounce(one.pk, "hard", "5.1.1") for one in mails(now, "orange.fr", 400)[:40]], now)
    assert codes(now)["over_hard"] == "fault"


def test_a_provider_without_clicks_is_suspected(now: datetime) -> None:
    clicked(mails(now, "orange.fr", 200)[:20], HOUR, now)
    mails(now, "gmail.com", 200)
    found = codes(now)
    assert found["clicks_low"] == "advice"
    assert found["blind"] == found["seeds_none"] == "unknown"


def test_a_week_with_fewer_clicks_and_late_mails_are_told(now: datetime) -> None:
    clicked(mails(now, "orange.fr", 300, at=now - 15 * DAY)[:60], HOUR, now)
    mails(now, "orange.fr", 300, at=now - 5 * DAY)
    assert "clicks_fallen" in codes(now)
    Message.objects.update(not_before=now - 20 * DAY)
    assert {"clicks_fallen", "leaves_late"} <= codes(now).keys()


def test_seeds_by_lines_and_by_counts_replace_what_was_brought(now: datetime, tmp_path: Path) -> None:
    lines = tmp_path / "lines.csv"
    lines.write_text("date,provider,campaign,placement\n2026-07-20,Gmail,july,inbox\n2026-07-20,gmail.com,july,Spam\n")
    counts = tmp_path / "counts.csv"
    counts.write_text("jour;fournisseur;campagne;inbox;spam;missing\n20/07/2026;Orange/Wanadoo;july;1;3;1\n")
    for _ in range(2):
        assert (seeds.bring(lines, by="Marie", now=now), seeds.bring(counts, by="Marie", now=now)) == (2, 5)
    assert SeedResult.objects.count() == 2
    assert [(one.provider, one.inbox, one.spam, one.missing) for one in seeds.placements(30, now)] == [
        ("orange", 1, 3, 1), ("gmail", 1, 1, 0)
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action="seed results brought", actor="Marie").count() == 4
    assert codes(now)["seeds_spam"] == "fault"


@pytest.mark.parametrize(("text", "said"), [
    ("a,b\n1,2\n", "line 1: the columns"), ("date,provider,placement\nyesterday,gmail,inbox\n", "line 2: `yesterday`"),
    ("date,provider,placement\n2026-07-20,gmail,attic\n", "line 2: `attic`"), ("date,provider,placement\n", "no line"),
    ("date,provider,inbox\n2026-07-20,gmail,many\n", "`many` is no count"),
])  # fmt: skip
def test_a_file_that_is_none_is_refused_with_its_line(now: datetime, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "seeds.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said):
        seeds.bring(path, by="Marie", now=now)
    assert not SeedResult.objects.exists()


VALUES = {
    "provider": "gmail", "part": 3, "whole": 12_000, "low": 0.001, "high": 0.02, "limit": 0.01, "elsewhere": 0.1,
    "before": 0.1, "seconds": 7200.0,
}  # fmt: skip


@pytest.mark.parametrize("code", words._WORDS)
def test_every_finding_has_its_words_in_both_languages(code: str) -> None:
    finding = Finding(code, "advice", VALUES)
    english, french = (words.sentence(finding, language) + words.advice(finding, language) for language in ("en", "fr"))
    assert english != french
    assert "{" not in english + french


def test_times_and_shares_read_as_people_write_them() -> None:
    assert [words.time(one, "fr") for one in (None, 40, 700, 7200, 200_000)] == ["–", "40 s", "12 min", "2 h", "2 j"]
    assert [words.percent(0.0012, "fr"), words.percent(0.25, "en"), words.percent(None, "en")] == [
        "0,12\u202f%",
        "25.0%",
        "–",
    ]
    assert providers.name("gmail", "fr") == "Gmail"


def test_a_person_of_two_mails_is_one_person(now: datetime) -> None:
    first, again = mails(now, "gmail.com", 30), mails(now, "gmail.com", 30, at=now - 9 * DAY)
    for one, other in zip(first, again, strict=True):
        Message.objects.filter(pk=other.pk).update(contact_id=one.contact_id, contact_point_id=one.contact_point_id)
    clicked([*first[:6], *again[:6]], HOUR, now)
    table = figures.read(30, now)
    for fares in (table.all, of(table, "gmail")):
        share = fares.share("clicked")
        assert (share.part, share.whole, share.sums.people, share.sums.with_events) == (12, 60, 30, 6)
        assert share.interval is not None
        assert share.interval.high > intervals.exact(6, 30).high > intervals.exact(12, 60).high
    assert [week.share("clicked").sums.people for week in table.weeks] == [30, 30]
    assert figures.together([week.share("clicked") for week in table.weeks]).whole == 60


def test_many_mails_are_counted_at_night_and_read_as_they_were(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    clicked(mails(now, "gmail.com", 12, at=now - 9 * DAY)[:5], HOUR, now)
    bounces.record_many([Bounce(one.pk, "hard", "550 5.1.1") for one in mails(now, "orange.fr", 3)], now)
    assert kept.run(now) == 3
    monkeypatch.setattr(kept, "LARGE", 10)
    mails(now, "gmail.com", 1)
    later = now + 10 * HOUR
    whole = kept.read(30, later)
    assert (whole.until, whole.all.sent) == (now, 15)
    assert whole == kept._TABLE.validate_python(DeliverabilitySnapshot.objects.get(days=30).figures)
    assert [one.provider for one in whole.providers] == ["gmail", "orange"]
    assert of(whole, "gmail").week is None
    assert whole.weeks[0].week is not None
    assert kept.read(7, later).until == later  # few mails in the week: counted as it is asked
    assert kept.read(30, now + 2 * DAY).all.sent == 16  # a night was missed
    assert {row.days for row in DeliverabilitySnapshot.objects.all()} == {7, 30, 90}
