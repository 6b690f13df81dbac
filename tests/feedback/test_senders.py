"""What a click and the pages of a mail lead to goes by the sender the message came from."""

from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client

from relance.content.models import Link
from relance.core.definitions import parse
from relance.delivery import tokens
from relance.feedback import destinations
from relance.outbox.models import Message
from relance.senders import keeping
from tests.delivery.sending import TEMPLATE, message, person, published
from tests.senders.files import OUTLET, outlet

pytestmark = pytest.mark.usefixtures("db")


def two(now: datetime) -> tuple[Message, Message]:
    published(now)
    return message(person("Anna", now), now), message(person("Boris", now), now, sender="outlet")


def leads_to(sent: Message, link: Link) -> str | None:
    """Where a click on a link of a message leads, as the tracking server asks for it."""
    (text,) = tokens.clicks(sent.pk, sent.uuid, [link.pk])
    token = tokens.read_click(text)
    found = destinations.find(link.pk)
    assert token is not None
    assert found is not None
    return found.address or destinations.of_message(token)


def test_links_to_the_shop_lead_to_the_shop_of_the_sender(now: datetime) -> None:
    ours, theirs = two(now)
    link = Link.objects.get(language="fr", url__startswith="{{ shop.url")
    assert leads_to(ours, link) == f"{settings.RELANCE.shop_url}/nouveau"
    outlet(now)
    assert leads_to(ours, link) == f"{settings.RELANCE.shop_url}/nouveau"
    assert leads_to(theirs, link) == "https://outlet.example.com/nouveau"
    Message.objects.update(state="sent")
    keeping.remove("outlet", now, by="Marie")
    assert leads_to(theirs, link) == "https://outlet.example.com/nouveau"  # the mail is still out there


def test_other_links_need_no_message(now: datetime) -> None:
    two(now)
    outlet(now)
    found = destinations.find(Link.objects.get(url="https://blog.example.org/fr").pk)
    assert found is not None
    assert found.address == "https://blog.example.org/fr"


def test_the_ways_out_bear_the_name_of_the_sender(now: datetime) -> None:
    client, (_, theirs) = Client(SERVER_NAME="localhost"), two(now)
    outlet(now)
    token = tokens.unsubscribe(theirs.pk, theirs.uuid)
    assert "L’Atelier Outlet" in client.get(f"/u/{token}").text
    assert "L’Atelier Outlet" in client.get(f"/p/{token}").text


def test_a_link_that_names_the_sender_hangs_on_its_message(now: datetime) -> None:
    published(now, TEMPLATE.replace('/nouveau"', '/nouveau?utm_source={{ shop.name | url_encode }}"'))
    ours = message(person("Anna", now), now)
    theirs = message(person("Boris", now), now, sender="outlet")
    lines = [line for line in OUTLET.splitlines() if not line.startswith("shop_url")]
    keeping.apply([parse("\n".join(lines), "outlet.yaml")], now, by="Marie")
    link = Link.objects.get(language="fr", url__contains="utm_source")
    assert str(leads_to(ours, link)).endswith("utm_source=Relance")
    assert str(leads_to(theirs, link)).endswith("Outlet")
