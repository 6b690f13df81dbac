"""What mails that came in do: to whom it is proven they are about, once, whatever way they take."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import ProgrammingError

from relance.contacts.models import Contact, ContactPoint, Suppression
from relance.core import ids
from relance.delivery import ledger, names, tokens
from relance.events.models import Event
from relance.feedback import bounces, complaints
from relance.feedback.bounces import Bounce
from relance.feedback.mails import forwarding, judging, matching, taking
from relance.feedback.mails.parts import Returned
from relance.feedback.mails.taking import Incoming
from relance.feedback.models import ReturnedMail
from relance.outbox.models import Message
from relance.senders import register
from tests.delivery.post_office import PostOffice, opened
from tests.delivery.sending import message, person
from tests.feedback.mails import letters

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def anna(now: datetime) -> Contact:
    return person("Anna", now)


@pytest.fixture
def mail(anna: Contact, now: datetime) -> Message:
    return sent(anna, now)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with opened() as running:
        yield running


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(**changes: object) -> None:
        monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=changes))

    return change


def sent(contact: Contact, now: datetime) -> Message:
    point = ContactPoint.objects.get(contact=contact)
    return message(contact, now, state="sent", sent_at=now, contact_point_id=point.pk)


def take(content: bytes, now: datetime, *recipients: str) -> dict[str, int]:
    return dict(taking.take([Incoming(content, recipients)], "pipe", now))


def events(kind: str) -> list[Event]:
    return list(Event.objects.filter(type=f"message_{kind}").order_by("id"))


def suppressed(address: str) -> str | None:
    return Suppression.objects.filter(digest=ids.digest(address)).values_list("reason", flat=True).first()


def test_a_dead_mailbox_suppresses_its_address_once(mail: Message, now: datetime) -> None:
    content = letters.bounce(mail, "anna@example.org")
    assert take(content, now) == {"bounce": 1}
    assert take(content, now) == {"known": 1}
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("bounced", "hard: no_mailbox: 5.1.1 550 5.1.1 User unknown")
    assert suppressed("anna@example.org") == "bounced"
    assert len(events("bounced")) == 1
    kept = ReturnedMail.objects.get()
    assert (kept.message_id, kept.kind, kept.reason, kept.hard, kept.way) == (
        mail.pk,
        "bounce",
        "no_mailbox",
        True,
        "pipe",
    )


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        ("5.2.2", "552 5.2.2 Mailbox full", "soft"),
        ("5.7.1", "554 5.7.1 Message refused, your IP has a poor reputation", "block"),
        ("5.7.26", "550 5.7.26 unauthenticated mail is prohibited", "block"),
        ("5.0.0", "550 OFR_506 [506]", "block"),
    ],
)
def test_nothing_else_suppresses_anybody(mail: Message, now: datetime, status: str, text: str, kind: str) -> None:
    take(letters.bounce(mail, "anna@example.org", status, text), now)
    assert suppressed("anna@example.org") is None
    assert events("bounced")[0].properties["kind"] == kind
    assert ContactPoint.objects.get().soft_bounces == (kind == "soft")


def test_soft_bounces_halve_in_thirty_days_and_a_delivery_forgets_them(anna: Contact, now: datetime) -> None:
    for number in range(4):
        take(letters.bounce(sent(anna, now), "anna@example.org", "5.2.2", f"552 5.2.2 Mailbox full {number}"), now)
    assert ContactPoint.objects.get().soft_bounces == 4
    later = now + timedelta(days=30)
    take(letters.bounce(sent(anna, later), "anna@example.org", "5.2.2", "552 5.2.2 Mailbox full"), later)
    assert ContactPoint.objects.get().soft_bounces == 3


def test_a_mailbox_that_refuses_every_day_is_counted_every_day(anna: Contact, now: datetime) -> None:
    for day in range(12):
        at = now + timedelta(days=day)
        take(letters.bounce(sent(anna, at), "anna@example.org", "5.2.2", f"552 5.2.2 Mailbox full {day}"), at)
    expected = sum(0.5 ** (day / 30) for day in range(12))
    assert ContactPoint.objects.get().soft_bounces == pytest.approx(expected)


def test_a_delay_is_no_bounce(mail: Message, now: datetime) -> None:
    take(letters.bounce(mail, "anna@example.org", "4.4.1", "connection timed out", action="delayed"), now)
    mail.refresh_from_db()
    assert (mail.state, events("bounced")) == ("sent", [])


def test_a_dead_address_somebody_forwards_to_is_not_theirs(mail: Message, now: datetime) -> None:
    take(letters.bounce(mail, "old@elsewhere.example.net"), now)
    assert suppressed("anna@example.org") is None
    assert events("bounced")[0].properties["kind"] == "soft"


def test_an_address_is_the_same_however_its_domain_is_written(now: datetime) -> None:
    zoe = person("Zoe", now)
    ContactPoint.objects.filter(contact=zoe).update(value="zoe@café.example")
    take(letters.bounce(sent(zoe, now), "Zoe@xn--caf-dma.example"), now)
    assert suppressed("zoe@café.example") == "bounced"


def test_what_came_back_did_leave(anna: Contact, now: datetime) -> None:
    doubtful = sent(anna, now)
    Message.objects.update(state="unknown", sent_at=None)
    take(letters.bounce(doubtful, "anna@example.org", "5.2.2", "552 5.2.2 Mailbox full"), now)
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.sent_at, len(events("sent"))) == ("bounced", now, 1)


@pytest.mark.parametrize("state", ["ready", "deferred", "claimed"])
def test_what_came_back_is_never_offered_again(anna: Contact, now: datetime, state: str) -> None:
    """A gateway said no, and delivered it nevertheless."""
    mail, reason = sent(anna, now), "service_error: 500"
    Message.objects.update(state=state, sent_at=None, attempt=1, reason=reason, worker="w")
    take(letters.bounce(mail, "anna@example.org"), now)
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at, len(events("sent")), len(events("bounced"))) == ("bounced", now, 1, 1)
    assert suppressed("anna@example.org") == "bounced"
    later = now + timedelta(days=1)
    assert ledger.claim("w", 10, now=later, lease_until=later) == []
    assert ledger.begin("w", [(mail.pk, mail.contact_point_id)], lease_until=later) == set()


@pytest.mark.parametrize("said", ["a delay", "a complaint", "an answer", "a machine's answer"])
def test_whatever_comes_back_shows_that_it_left(anna: Contact, now: datetime, said: str) -> None:
    mail = sent(anna, now)
    Message.objects.update(state="deferred", sent_at=None, attempt=1)
    content = {
        "a delay": letters.bounce(mail, "anna@example.org", "4.4.1", "connection timed out", action="delayed"),
        "a complaint": letters.complaint(mail, "anna@example.org"),
        "an answer": letters.answer(mail, "anna@example.org"),
        "a machine's answer": letters.answer(mail, "anna@example.org", automatic=True),
    }[said]
    take(content, now)
    mail.refresh_from_db()
    assert (mail.state, mail.sent_at, len(events("sent"))) == ("sent", now, 1)


def test_what_was_never_offered_waits_on(anna: Contact, now: datetime) -> None:
    mail = sent(anna, now)
    Message.objects.update(state="deferred", sent_at=None, attempt=0, contact_point_id=None)
    take(letters.answer(mail, "anna@example.org"), now)
    mail.refresh_from_db()
    assert (mail.state, len(events("sent"))) == ("deferred", 0)


@pytest.mark.parametrize("forged", ["another uuid", "no name", "another id"])
def test_who_never_had_the_mail_proves_nothing(mail: Message, now: datetime, forged: str) -> None:
    stranger = Message(id=mail.pk, contact_id=mail.contact_id)  # a uuid of its own
    if forged == "another id":
        stranger = Message(id=mail.pk + 1, uuid=mail.uuid, contact_id=mail.contact_id)
    content = letters.bounce(None if forged == "no name" else stranger, "anna@example.org")
    assert take(content, now) == {"unmatched": 1}
    assert suppressed("anna@example.org") is None
    assert (ReturnedMail.objects.get().message_id, events("bounced")) == (None, [])


def test_the_return_path_finds_a_mail_that_quotes_nothing(mail: Message, now: datetime) -> None:
    content = letters.bounce(None, "anna@example.org")
    came_to = names.return_path("bounces@shop.example.org", mail.pk, mail.uuid)
    assert take(content, now, came_to.upper()) == {"bounce": 1}
    assert suppressed("anna@example.org") == "bounced"


def test_a_complaint_is_no_bounce(mail: Message, now: datetime) -> None:
    assert take(letters.complaint(mail, "anna@example.org"), now) == {"complaint": 1}
    assert suppressed("anna@example.org") == "complained"
    assert (len(events("complained")), events("bounced")) == (1, [])


def test_an_opt_out_by_mail(mail: Message, now: datetime) -> None:
    token = tokens.unsubscribe(mail.pk, mail.uuid)
    assert take(letters.answer(mail, "anna@example.org", subject=token), now) == {"unsubscribe": 1}
    assert suppressed("anna@example.org") == "unsubscribed"
    assert take(letters.answer(mail, "anna@example.org", subject=token[::-1]), now) == {"reply": 1}


def test_a_machine_s_answer_says_nothing(mail: Message, now: datetime) -> None:
    assert take(letters.answer(mail, "anna@example.org", automatic=True), now) == {"auto_reply": 1}
    assert (events("replied"), suppressed("anna@example.org")) == ([], None)


def asking(mail: Message, sender: str) -> bytes:
    return letters.answer(mail, sender, subject="Please confirm you are human").replace(
        b"Do you still have it in blue?",
        b"Your message is held. Click here to have it delivered: https://filter.example",
    )


def test_what_seems_a_challenge_is_no_engagement_but_goes_on_to_the_team(
    mail: Message, now: datetime, told: Callable[..., None], office: PostOffice
) -> None:
    told(smtp_url=office.url, reply_forward="team@example.org")
    assert take(asking(mail, "anna@example.org"), now) == {"other": 1}
    kept = ReturnedMail.objects.get()
    assert (kept.reason, kept.forwarded, events("replied")) == ("challenge", False, [])
    assert forwarding.run(now) == 1
    assert [to for to, _ in office.mails] == ["team@example.org"]


@pytest.mark.parametrize("doubt", ["seems away", "quotes a notification"])
def test_what_may_be_a_letter_befalls_nobody_and_goes_on_to_the_team(
    mail: Message, now: datetime, told: Callable[..., None], doubt: str
) -> None:
    told(reply_forward="team@example.org")
    if doubt == "seems away":
        content = letters.answer(mail, "anna@example.org", subject="Automatic reply, again")
    else:
        fields = b"Final-Recipient: rfc822; anna@example.org\nAction: failed\nStatus: 5.1.1\n"
        content = letters.answer(mail, "anna@example.org").replace(
            b"Do you still", b"Mine works:\n\n" + fields + b"\nDo"
        )
    taken = take(content, now)
    assert taken == ({"auto_reply": 1} if doubt == "seems away" else {"other": 1})
    assert (events("replied"), events("bounced"), suppressed("anna@example.org")) == ([], [], None)
    assert bytes(ReturnedMail.objects.get().unsent or b"") == content


def test_a_challenge_of_a_known_service_goes_nowhere(mail: Message, now: datetime, told: Callable[..., None]) -> None:
    told(reply_forward="team@example.org")
    assert take(asking(mail, "no-reply@boxbe.com"), now) == {"auto_reply": 1}
    assert (events("replied"), ReturnedMail.objects.get().forwarded) == ([], None)


@pytest.mark.parametrize("words", ["asks", "thanks"])
def test_what_answers_a_forwarded_mail_is_not_forwarded_again(
    mail: Message, now: datetime, told: Callable[..., None], words: str
) -> None:
    told(reply_forward="team@example.org")
    came_to = names.return_path("bounces@shop.example.org", 0, mail.uuid)
    content = asking(mail, "team@example.org") if words == "asks" else letters.answer(mail, "team@example.org")
    assert take(content, now, came_to) == {"unmatched": 1}
    assert (ReturnedMail.objects.get().forwarded, events("replied")) == (None, [])


def test_a_customer_who_tells_of_a_lost_parcel_stays_one(mail: Message, now: datetime) -> None:
    letter = letters.answer(mail, "Anna <anna@work.example.net>", subject="Order not delivered").replace(
        b"Do you still have it in blue?",
        b"The carrier says the address does not exist. My account is anna@example.org",
    )
    assert take(letter, now) == {"reply": 1}
    assert (suppressed("anna@example.org"), events("bounced"), len(events("replied"))) == (None, [], 1)


def test_a_report_on_authentication_is_no_complaint(mail: Message, now: datetime) -> None:
    content = letters.complaint(mail, "anna@example.org").replace(b"Type: abuse", b"Type: auth-failure")
    assert take(content, now) == {"other": 1}
    assert (events("complained"), suppressed("anna@example.org")) == ([], None)
    assert ReturnedMail.objects.get().reason == "authentication"


def test_an_answer_of_a_person_is_engagement_and_goes_on_to_the_team(
    mail: Message, now: datetime, told: Callable[..., None], office: PostOffice
) -> None:
    told(smtp_url=office.url, reply_forward="team@example.org")
    content = letters.answer(mail, "anna@example.org")
    assert take(content, now) == {"reply": 1}
    assert take(content, now) == {"known": 1}
    assert [event.properties["message"] for event in events("replied")] == [mail.pk]
    assert (forwarding.run(now), forwarding.run(now)) == (1, 0)
    ((to, forwarded),) = office.mails
    assert to == "team@example.org"
    assert forwarded.replace(b"\r\n", b"\n").endswith(content.replace(b"\r\n", b"\n"))
    assert b"Resent-To: <team@example.org>" in forwarded
    assert ReturnedMail.objects.get().forwarded is True


def test_an_answer_that_cannot_be_forwarded_is_kept_as_such(
    mail: Message, now: datetime, told: Callable[..., None]
) -> None:
    told(smtp_url="smtp://127.0.0.1:1", reply_forward="team@example.org")
    content = letters.answer(mail, "anna@example.org")
    assert take(content, now) == {"reply": 1}
    kept = ReturnedMail.objects.get()
    assert (kept.forwarded, bytes(kept.unsent or b"")) == (False, content)
    assert forwarding.run(now) == 0
    with opened() as office:
        told(smtp_url=office.url)
        assert forwarding.run(now) == 1
        assert [to for to, _ in office.mails] == ["team@example.org"]
        assert forwarding.run(now) == 0
    kept.refresh_from_db()
    assert (kept.forwarded, kept.unsent) == (True, None)


def test_an_answer_refused_holds_up_none_of_the_others_and_is_tried_again(
    mail: Message, now: datetime, told: Callable[..., None]
) -> None:
    with opened() as office:
        office.refuses = lambda content: "550 5.6.0 We do not like this" if b"poison" in content else ""
        told(smtp_url=office.url, reply_forward="team@example.org")
        poisoned = letters.answer(mail, "anna@example.org").replace(b"Subject: ", b"Subject: poison ", 1)
        take(poisoned, now)
        take(letters.answer(mail, "anna@example.org"), now)
        assert (forwarding.run(now), forwarding.run(now + timedelta(hours=23))) == (1, 0)
        assert len(office.mails) == 1
    refused = ReturnedMail.objects.get(forwarded=False)
    assert (bytes(refused.unsent or b""), refused.again_at) == (poisoned, now + timedelta(days=1))
    with opened() as office:
        told(smtp_url=office.url)
        assert forwarding.run(now + timedelta(days=1)) == 1
        assert forwarding.run(now + timedelta(days=40)) == 0


def test_an_answer_that_may_have_arrived_is_not_sent_again(
    mail: Message, now: datetime, told: Callable[..., None]
) -> None:
    with opened() as office:
        office.cut = lambda moment, _: moment == "data"
        told(smtp_url=office.url, reply_forward="team@example.org")
        take(letters.answer(mail, "anna@example.org"), now)
        assert (forwarding.run(now), forwarding.run(now + timedelta(days=2))) == (1, 0)
        assert len(office.mails) == 1


def test_answers_are_kept_for_a_month(mail: Message, now: datetime, told: Callable[..., None]) -> None:
    told(smtp_url="smtp://127.0.0.1:1", reply_forward="team@example.org")
    take(letters.answer(mail, "anna@example.org"), now)
    forwarding.run(now + timedelta(days=31))
    assert ReturnedMail.objects.get().unsent is None


def test_what_came_back_is_forgotten_after_a_year(mail: Message, now: datetime) -> None:
    take(letters.answer(mail, "anna@example.org"), now)
    forwarding.run(now + timedelta(days=399))
    assert ReturnedMail.objects.count() == 1
    forwarding.run(now + timedelta(days=401))
    assert not ReturnedMail.objects.exists()


def test_many_at_once_and_the_same_twice(now: datetime) -> None:
    mails = [sent(person(f"Anna{number}", now), now) for number in range(30)]
    content = [Incoming(letters.bounce(one, f"anna{number}@example.org")) for number, one in enumerate(mails)]
    assert taking.take([*content, *content, Incoming(b""), Incoming(b"\x00" * 500)], "imap", now)["bounce"] == 30
    assert Suppression.objects.count() == 30


def test_controls_in_a_mail_never_reach_the_database(mail: Message, now: datetime) -> None:
    hostile = letters.bounce(mail, "anna@example.org", text="550 5.1.1 User \x00 unknown")
    assert take(hostile, now) == {"bounce": 1}
    assert "\x00" not in Message.objects.get(pk=mail.pk).reason


@pytest.mark.parametrize("forwards", [True, False])
def test_what_cannot_be_read_is_kept_for_the_team(
    mail: Message, now: datetime, monkeypatch: pytest.MonkeyPatch, told: Callable[..., None], forwards: bool
) -> None:
    told(reply_forward="team@example.org" if forwards else "")
    good, bad = letters.bounce(mail, "anna@example.org"), b"Subject: bad\n\nbad\n"
    meaning = judging.meaning

    def fails(found: Returned) -> list[judging.Judged]:
        if found.headers.get("subject") == "bad":
            raise LookupError("an encoding nobody knows")
        return meaning(found)

    monkeypatch.setattr(judging, "meaning", fails)
    assert taking.take([Incoming(bad), Incoming(good)], "imap", now) == {"bounce": 1, "unreadable": 1}
    assert bytes(ReturnedMail.objects.get(kind="unreadable").unsent or b"") == bad
    ours = b"Resent-From: <" + register.default().address.encode() + b">\n" + bad
    assert taking.take([Incoming(ours)], "imap", now) == {"unreadable": 1}
    assert ReturnedMail.objects.filter(kind="unreadable", unsent=None).count() == 1


def test_what_cannot_be_acted_on_keeps_none_of_the_others(
    mail: Message, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(told: Sequence[Bounce], _: datetime) -> None:
        if told:
            raise ValueError("a bounce nobody can write down")

    monkeypatch.setattr(bounces, "record_many", fails)
    mails = [Incoming(letters.bounce(mail, "anna@example.org")), Incoming(letters.answer(mail, "anna@example.org"))]
    assert taking.take(mails, "imap", now) == {"unreadable": 1, "reply": 1}
    assert bytes(ReturnedMail.objects.get(kind="unreadable").unsent or b"") == mails[0].content
    assert taking.take(mails, "imap", now) == {"known": 2}


def test_a_fault_of_ours_loses_no_mail(mail: Message, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(told: Sequence[int], _: datetime) -> None:
        raise ProgrammingError("a column that comes with the next migration")

    with monkeypatch.context() as patched:
        patched.setattr(complaints, "record_many", fails)
        with pytest.raises(ProgrammingError):
            take(letters.complaint(mail, "anna@example.org"), now)
        patched.setattr(matching, "originals", fails)
        with pytest.raises(TypeError):
            take(letters.complaint(mail, "anna@example.org"), now)
    assert not ReturnedMail.objects.exists()
    assert take(letters.complaint(mail, "anna@example.org"), now) == {"complaint": 1}
    assert suppressed("anna@example.org") == "complained"


def test_a_forwarded_answer_that_comes_back_is_no_answer(
    mail: Message, now: datetime, told: Callable[..., None], office: PostOffice
) -> None:
    told(smtp_url=office.url, reply_forward="team@example.org")
    take(letters.answer(mail, "anna@example.org"), now)
    assert forwarding.run(now) == 1
    ((_, forwarded),) = office.mails
    assert take(b"Received: from somewhere\r\n" + forwarded, now) == {"other": 1}
    assert (len(office.mails), len(events("replied"))) == (1, 1)


def test_a_refusal_of_what_was_forwarded_says_nothing_of_the_person(mail: Message, now: datetime) -> None:
    refused = letters.bounce(mail, "team@example.org", "5.7.1", "554 5.7.1 refused by policy")
    came_to = names.return_path("bounces@shop.example.org", 0, mail.uuid)
    assert take(refused, now, came_to) == {"unmatched": 1}
    assert events("bounced") == []


@pytest.mark.parametrize("report", [True, False])
def test_a_forwarded_answer_refused_without_a_return_path_of_its_own_costs_nobody(
    mail: Message, now: datetime, report: bool
) -> None:
    resent = f"Resent-From: <{register.default().address}>\nResent-To: <team@example.org>\n"
    content = letters.bounce(mail, "team@example.org", "5.2.2", "552 5.2.2 Mailbox full")
    if report:
        content = content.replace(b"From: shop@example.org", f"{resent}From: anna@example.org".encode())
    else:
        said = b"<team@example.org>:\n552 5.2.2 Mailbox full\n\n" + resent.encode()
        content = (
            b"From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\n"
            + said
            + letters.answer(mail, "anna@example.org")
        )
    assert take(content, now) == {"unmatched": 1}
    mail.refresh_from_db()
    assert (mail.state, events("bounced"), ContactPoint.objects.get().soft_bounces) == ("sent", [], 0)


@pytest.mark.parametrize("more", [True, False])
def test_who_opts_out_and_says_more_is_read_as_well(
    mail: Message, now: datetime, told: Callable[..., None], more: bool
) -> None:
    told(reply_forward="team@example.org")
    token = letters.answer(mail, "anna@example.org", subject="Unsubscribe")
    content = token if more else token.replace(b"Do you still have it in blue?", b"Thank you,\nAnna")
    assert take(content, now) == {"unsubscribe": 1}
    assert suppressed("anna@example.org") == "unsubscribed"
    assert (ReturnedMail.objects.get().forwarded is False) is more


def test_a_read_receipt_is_no_answer(mail: Message, now: datetime) -> None:
    receipt = letters.answer(mail, "anna@example.org").replace(
        b"Content-Type: text/plain", b"Content-Type: multipart/report; report-type=disposition-notification; x=", 1
    )
    assert take(receipt, now) == {"other": 1}
    assert events("replied") == []


def test_a_notification_that_its_own_reader_sends_on_suppresses_nobody(mail: Message, now: datetime) -> None:
    words = letters.bounce(mail, "anna@example.org").decode().replace("\n", "\n> ")
    sent_on = f"From: Anna <anna@example.org>\nSubject: Fwd: failure\n\nIs this yours?\n\n> {words}"
    assert [one.kind for one in judging.judge(sent_on.encode())] == ["bounce"]
    assert take(sent_on.encode(), now) == {"other": 1}
    assert (suppressed("anna@example.org"), events("bounced"), ReturnedMail.objects.get().reason) == (
        None,
        [],
        "quoted",
    )
