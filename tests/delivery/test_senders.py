"""Several senders through real SMTP servers on loopback: each under its name, signed by its key, by its own way."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import dkim
import pytest
from django.conf import settings

from relance.delivery import dispatch, keys, names, relays
from relance.delivery.relays import Relay
from relance.feedback import bounces
from relance.outbox.models import Message
from relance.senders.models import SenderDefinition
from relance.senders.sender import Sender
from relance.settings import Settings
from tests.delivery import post_office
from tests.delivery.sending import message, person, published
from tests.senders.files import outlet

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def shop_office() -> Iterator[post_office.PostOffice]:
    with post_office.opened() as office:
        yield office


@pytest.fixture
def outlet_office() -> Iterator[post_office.PostOffice]:
    with post_office.opened() as office:
        yield office


def put(monkeypatch: pytest.MonkeyPatch, **changed: str) -> None:
    given = settings.RELANCE.model_dump() | {"base_url": "https://relance.example.org"} | changed
    monkeypatch.setattr(settings, "RELANCE", Settings(**given))


def two(now: datetime, language: str = "fr") -> tuple[Message, Message]:
    """A message of each sender."""
    published(now)
    anna, boris = person("Anna", now, language=language), person("Boris", now, language=language)
    return message(anna, now), message(boris, now, sender="outlet")


def read(office: post_office.PostOffice) -> list[EmailMessage]:
    found = [message_from_bytes(raw, policy=policy.SMTP) for _, raw in office.mails]
    assert all(isinstance(one, EmailMessage) and not one.defects for one in found)
    return found  # type: ignore[return-value]


def verified(mail: bytes, sender: Sender) -> bool:
    """Tell whether dkimpy finds the signature good, given the records of this sender's domain alone."""
    records = {f"{key.name(sender.domain)}.".encode(): key.record().encode() for key in keys.in_force(sender)}
    return bool(dkim.verify(mail, dnsfunc=lambda name, timeout=5: records.get(name)))


def test_each_leaves_under_its_name_signed_for_its_domain_by_its_relay(
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    shop_office: post_office.PostOffice,
    outlet_office: post_office.PostOffice,
) -> None:
    for selector in ("shop1", "outlet1"):
        keys.make(selector, "rsa")
    put(
        monkeypatch, smtp_url=shop_office.url, sender_relays=f"outlet={outlet_office.url}", dkim_keys="shop1=dkim/shop1.pem",
        mail_from_name="Maison Éclair", unsubscribe_address="stop@example.org", bounce_address="returns@example.org",
    )  # fmt: skip
    other = outlet(now, "dkim_keys: {outlet1: dkim/outlet1.pem}", "relays: outlet")
    of_shop, of_outlet = two(now)
    done = dispatch.dispatch(now)
    assert done.states == {"sent": 2}
    assert done.where == f"127.0.0.1:{shop_office.port}, 127.0.0.1:{outlet_office.port}"
    (shop,), (theirs,) = read(shop_office), read(outlet_office)
    assert (str(shop["From"]), str(theirs["From"])) == (
        "Maison Éclair <shop@example.org>", "L’Atelier Outlet <Hello@Outlet.Example.com>",
    )  # fmt: skip
    assert (shop["Reply-To"], str(theirs["Reply-To"])) == (None, "care@outlet.example.com")
    assert theirs["Message-ID"] == f"<{names.write(of_outlet.pk, of_outlet.uuid)}@outlet.example.com>"
    assert theirs["Feedback-ID"].endswith(":outletexampleco")
    assert theirs["List-Id"].endswith("<promotion.outlet.example.com>")
    assert "<mailto:stop@outlet.example.com?subject=" in theirs["List-Unsubscribe"]
    assert "<mailto:stop@example.org?subject=" in shop["List-Unsubscribe"]
    assert "2 rue du Port, Nantes" in theirs.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    raw_shop, raw_outlet = shop_office.mails[0][1], outlet_office.mails[0][1]
    assert b"d=example.org;" in raw_shop
    assert b"d=outlet.example.com;" in raw_outlet
    assert verified(raw_shop, Sender.of_settings())
    assert verified(raw_outlet, other)
    assert not verified(raw_outlet, other._replace(address="a@elsewhere.example"))
    assert shop_office.senders == [names.return_path("returns@example.org", of_shop.pk, of_shop.uuid)]
    assert outlet_office.senders == [names.return_path("returns@outlet.example.com", of_outlet.pk, of_outlet.uuid)]
    (found,) = names.found(f"To: <{outlet_office.senders[0]}>")
    assert (found.id, found.uuid) == (of_outlet.pk, of_outlet.uuid)


def test_a_sender_without_relays_of_its_own_leaves_as_all_do_in_each_language(
    now: datetime, monkeypatch: pytest.MonkeyPatch, shop_office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url=shop_office.url)
    outlet(now)
    two(now, "en")
    assert dispatch.dispatch(now).states == {"sent": 2}
    found = {one["From"].addresses[0].domain.lower(): one for one in read(shop_office)}
    assert found["outlet.example.com"]["From"].addresses[0].display_name == "The Outlet"
    assert shop_office.connections <= settings.RELANCE.smtp_connections


def test_relays_that_take_nothing_hold_up_their_sender_alone(
    now: datetime, monkeypatch: pytest.MonkeyPatch, shop_office: post_office.PostOffice
) -> None:
    with post_office.opened() as gone:
        dead = gone.url
    put(monkeypatch, smtp_url=shop_office.url, sender_relays=f"outlet={dead}", batch="1", smtp_connections="1")
    outlet(now, "relays: outlet")
    _, waits = two(now)
    for number in range(12):
        message(person(f"P{number}", now), now, sender="outlet" if number % 2 else "default")
    assert dispatch.dispatch(now).states == {"sent": 7, "deferred": 4}  # of the first batch; then theirs are left alone
    assert Message.objects.filter(sender="outlet", state="ready").count() == 3
    waits.refresh_from_db()
    assert (waits.state, waits.attempt) == ("deferred", 0)
    assert waits.reason.startswith("channel_shut:")
    assert "RELANCE_SENDER_RELAYS" in waits.reason
    assert waits.due_since == now
    relays.took(Relay.read(dead))


def test_the_installation_s_relay_may_be_gone_while_another_sender_s_takes(
    now: datetime, monkeypatch: pytest.MonkeyPatch, outlet_office: post_office.PostOffice
) -> None:
    with post_office.opened() as gone:
        dead = gone.url
    put(monkeypatch, smtp_url=dead, sender_relays=f"outlet={outlet_office.url}")
    outlet(now, "relays: outlet")
    waits, leaves = two(now)
    dispatch.dispatch(now)
    states = dict(Message.objects.values_list("pk", "state"))
    assert (states[waits.pk], states[leaves.pk]) == ("deferred", "sent")
    relays.took(Relay.read(dead))


def test_keys_that_cannot_sign_keep_their_sender_s_mails_back_and_no_other(
    now: datetime, monkeypatch: pytest.MonkeyPatch, shop_office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url=shop_office.url)
    outlet(now, "dkim_keys: {s1: dkim/none.pem}")
    _, waits = two(now)
    assert dispatch.dispatch(now).states == {"sent": 1}
    waits.refresh_from_db()
    assert (waits.state, waits.attempt) == ("ready", 0)


def test_a_message_leaves_under_the_name_it_was_written_for(
    now: datetime, monkeypatch: pytest.MonkeyPatch, shop_office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url=shop_office.url)
    outlet(now)
    two(now)
    SenderDefinition.objects.update(removed_at=now)
    dispatch.dispatch(now)
    assert {one["From"].addresses[0].domain for one in read(shop_office)} == {"example.org", "Outlet.Example.com"}


def test_a_bounce_finds_its_message_whatever_the_domain_it_comes_back_to(
    now: datetime, monkeypatch: pytest.MonkeyPatch, shop_office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url=shop_office.url)
    outlet(now)
    _, sent = two(now)
    dispatch.dispatch(now)
    bounces.record_many([bounces.Bounce(sent.pk, "hard", "550 5.1.1 unknown")], now + timedelta(hours=1))
    sent.refresh_from_db()
    assert sent.state == "bounced"


def test_a_domain_beyond_ascii_signs_under_its_name_in_the_dns(
    now: datetime, monkeypatch: pytest.MonkeyPatch, shop_office: post_office.PostOffice
) -> None:
    put(monkeypatch, smtp_url=shop_office.url, mail_from="hallo@münchen.example", dkim_keys="s1=dkim/s1.pem")
    keys.make("s1", "rsa")
    published(now)
    message(person("Anna", now), now)
    dispatch.dispatch(now)
    raw = shop_office.mails[0][1]
    assert b"d=xn--mnchen-3ya.example;" in raw
    assert verified(raw, Sender.of_settings())
