"""What is written for the default sender goes before the settings, field by field."""

from datetime import datetime
from email import message_from_bytes, policy

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from relance.cli import checks
from relance.core import addresses, database, place
from relance.core.definitions import as_text, parse
from relance.core.errors import DefinitionError, NotFoundError, RefusedError
from relance.core.models import AuditEntry
from relance.delivery import dispatch, values
from relance.eligibility.breaker import counting
from relance.feedback import destinations
from relance.journeys import sender_uses
from relance.outbox.models import Message
from relance.senders import keeping, register
from relance.senders.models import SenderDefinition
from relance.settings import Settings
from tests.delivery.sending import message, person, published
from tests.senders.files import outlet

pytestmark = pytest.mark.usefixtures("db")
OURS = """
sender: default
from: hello@atelier.example
name: L’Atelier
shop_url: https://www.atelier.example
postal_address: 1 rue du Lac, Annecy
"""


def write(text: str, now: datetime) -> None:
    keeping.apply([parse(text, "default.yaml")], now, by="Marie")


def test_everything_that_reads_the_default_sender_sees_what_is_written(now: datetime) -> None:
    write(OURS, now)
    ours = register.default()
    assert (ours.name, ours.address, ours.title("fr")) == ("default", "hello@atelier.example", "L’Atelier")
    assert register.known()["default"] == register.in_force()["default"] == keeping.find("default") == ours
    assert list(register.domains()) == ["atelier.example"]
    assert counting.sender() == register.default_domain() == "atelier.example"
    told = {"name": "L’Atelier", "url": "https://www.atelier.example", "postal_address": "1 rue du Lac, Annecy"}
    assert values.shop() == told
    hidden = destinations.find(0)
    assert hidden is not None
    assert hidden.address == "https://www.atelier.example"
    keeping.apply([parse("sender: plain\nfrom: a@plain.example\nname: Plain\n", "plain.yaml")], now, by="Marie")
    assert keeping.find("plain").postal_address == "1 rue du Lac, Annecy"


def test_the_settings_hold_where_nothing_is_written(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    given = settings.RELANCE.model_dump() | {"dkim_keys": "s1=dkim/s1.pem", "mail_reply_to": "care@example.org"}
    monkeypatch.setattr(settings, "RELANCE", Settings(**given))
    write("sender: default\npostal_address: 1 rue du Lac, Annecy\n", now)
    ours = register.default()
    assert (ours.address, ours.title("fr")) == (settings.RELANCE.mail_from, settings.RELANCE.mail_from_name)
    assert (ours.dkim_keys, ours.reply_to) == ("s1=dkim/s1.pem", "care@example.org")
    assert ours.postal_address == "1 rue du Lac, Annecy"
    assert register.default_domain() == ours.domain == addresses.domain(settings.RELANCE.mail_from)


def test_mails_bear_what_is_written_and_their_number_asks_nothing_more(now: datetime) -> None:
    write(OURS, now)
    published(now)
    asked = []
    for names in (("Anna",), ("Boris", "Chloe", "Denis", "Eve")):
        for name in names:
            message(person(name, now), now)
        with CaptureQueriesContext(connection) as found:
            assert dispatch.run(now) == len(names)
        asked.append(sum('"sender"."name"' in one["sql"] for one in found))
    assert asked[0] == asked[1]
    for mail in (place.folder("maildir") / "new").iterdir():
        read = message_from_bytes(mail.read_bytes(), policy=policy.default)
        assert read["From"] == "L’Atelier <hello@atelier.example>"
        (text,) = (part.get_content() for part in read.walk() if part.get_content_type() == "text/plain")
        assert "1 rue du Lac, Annecy" in text


def test_the_default_is_shown_and_taken_back_as_any_other(now: datetime) -> None:
    with pytest.raises(NotFoundError, match="Nothing is written for the default sender"):
        keeping.written("default")
    write(OURS, now)
    text = as_text(keeping.written("default"))
    sender_uses.remove("default", now, by="Marie")
    assert register.default().address == settings.RELANCE.mail_from
    assert AuditEntry.objects.filter(action="reset sender", subject="default", actor="Marie").exists()
    write(text, now)
    assert register.default().title("fr") == "L’Atelier"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("relays: outlet", "leaves by RELANCE_SMTP_URL"),
        ("from: nobody", "write an address such as shop@example.org"),
        ('postal_address: "a\\r\\nBcc: b"', "postal_address"),
        (f"postal_address: {'x' * 501}", "postal_address"),
        (f"shop_url: https://{'x' * 500}.example", "shop_url"),
    ],
)
def test_what_cannot_stand_there_is_refused(line: str, said: str, now: datetime) -> None:
    with pytest.raises(DefinitionError) as found:
        write(f"sender: default\n{line}\n", now)
    assert said in str(found.value)
    assert not SenderDefinition.objects.exists()


def test_the_domain_stays_once_messages_left_but_not_that_of_the_example(now: datetime) -> None:
    published(now)
    message(person("Anna", now), now, state="sent")
    write(OURS, now)  # from example.org, where nothing ever left for anybody
    with pytest.raises(RefusedError, match=r"from atelier\.example"):
        write(OURS.replace("atelier.example\nname", "other.example\nname"), now)
    with pytest.raises(RefusedError, match=r"from atelier\.example"):
        sender_uses.remove("default", now, by="Marie")
    assert register.default().domain == "atelier.example"


def test_a_default_s_messages_count_for_its_domain_and_others_for_theirs(now: datetime) -> None:
    outlet(now)
    write(OURS, now)
    published(now)
    message(person("Anna", now), now)
    message(person("Boris", now), now, sender="outlet")
    found = database.rows(f"SELECT {register.DOMAIN} FROM message m ORDER BY m.sender", {"domain": counting.sender()})
    assert found == [("atelier.example",), ("outlet.example.com",)]
    assert Message.objects.count() == 2


def test_check_names_the_page_until_who_sends_is_written(now: datetime) -> None:
    def said() -> str:
        return " ".join(one.sentence for one in checks._default())

    assert "/sender/senders/ or set RELANCE_POSTAL_ADDRESS" in said()
    assert "/sender/senders/ or set RELANCE_MAIL_FROM" in said()
    write(OURS, now)
    assert said() == ""
