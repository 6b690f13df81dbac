import re
from datetime import datetime, timedelta
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from relance.core import place
from relance.delivery import dispatch, rendering, tokens, values
from relance.delivery.ledger import Due
from relance.events import hot
from relance.events.hot import NewEvent
from relance.intake import sources
from relance.outbox.models import Message
from tests.delivery.sending import TEMPLATE, message, person, published

pytestmark = pytest.mark.usefixtures("db")


def due(one: Message, language: str | None = "en") -> Due:
    return Due(
        one.pk, one.uuid, one.contact_id, one.purpose, None, None, one.step, one.template_version_id, one.variant, 0,
        one.not_before, one.created_at, language,
    )  # fmt: skip


def html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_each_person_gets_their_own_signed_links(now: datetime) -> None:
    published(now)
    one, two = (message(person(name, now), now) for name in ("Anna", "Chloe"))
    known = values.of([due(one), due(two)])
    found = [tokens.read_click(url.rpartition("/")[2]) for url in known[one.pk]["links"]]
    assert [(token.message_id, token.message_uuid) for token in found if token] == [(one.pk, one.uuid)] * 2
    left = tokens.read_unsubscribe(known[two.pk]["unsubscribe_url"].rpartition("/")[2])
    assert left is not None
    assert left.message_id == two.pk
    assert known[two.pk]["contact"]["first_name"] == "Chloe"


def test_the_last_order_is_read_where_the_template_speaks_of_it(now: datetime) -> None:
    published(now, TEMPLATE.replace("how are", "{{ last_order.number | default: 'how' }} are"))
    anna = person("Anna", now)
    source = sources.source_id("shop", now)
    for number, days in (("A1", 400), ("A2", 40)):
        lines = [{"product": "MUG", "name": f"Mug {number}", "quantity": 2, "amount": "9.50"}]
        at = now - timedelta(days=days)
        hot.insert(
            [NewEvent(anna.pk, source, "order_placed", at, Decimal("9.50"), None, number, properties={"lines": lines})]
        )
    order = values.of([due(message(anna, now))]).popitem()[1]["last_order"]
    assert (order["number"], order["amount"], order["date"]) == ("A2", Decimal("9.5"), now - timedelta(days=40))
    assert order["lines"] == [{"product": "MUG", "name": "Mug A2", "quantity": 2}]


def test_a_language_the_template_lacks_becomes_the_installations(now: datetime) -> None:
    published(now)
    anna = message(person("Anna", now), now)
    assert [values.language(due(anna, language)) for language in ("fr", "de", None)] == ["fr", "en", "en"]


def test_what_a_person_is_called_reaches_no_header_and_no_markup(now: datetime) -> None:
    published(now)
    evil = "Eve\r\nBcc: boris@example.org\r\n\r\n<script>alert(1)</script>"
    one = message(person(evil, now, address="eve@example.org"), now)
    raw = rendering.prepare([due(one)], {one.pk: "eve@example.org"}, now).mail(due(one))
    assert isinstance(raw, bytes)
    read = message_from_bytes(raw, policy=policy.SMTP)
    assert read["Bcc"] is None
    assert "Bcc: boris" in read["Subject"]
    page = html(read)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_without_a_server_mails_go_to_the_maildir_and_that_is_said(now: datetime) -> None:
    published(now)
    message(person("Anna", now, language="en"), now)
    message(person("Chloé", now, language="fr", address="chloe@example.org"), now)
    done = dispatch.dispatch(now)
    assert (done.channel, done.states) == ("maildir", {"sent": 2})
    assert "nothing leaves this machine" in done.where
    files = [path.read_bytes() for path in (place.current().data / "maildir" / "new").iterdir()]
    mails = {read["To"]: read for read in (message_from_bytes(raw, policy=policy.default) for raw in files)}
    assert mails["anna@example.org"]["Subject"] == "Hello Anna, how are you?"
    assert mails["chloe@example.org"]["Subject"].startswith("Bonjour Chloé, ça va")
    page = html(mails["chloe@example.org"])
    assert "Des nouvelles de l’atelier" in page
    assert len(re.findall(r"http://localhost:8000/c/[\w-]+", page)) == 3  # and the one that no person sees
    assert all(not read.defects for read in mails.values())
