from datetime import datetime

import pytest
from django.conf import settings

from relance.core import database
from relance.core.definitions import as_text, parse
from relance.core.errors import DefinitionError, NotFoundError, RefusedError
from relance.core.models import AuditEntry
from relance.outbox.models import Message
from relance.senders import keeping, register
from relance.senders.models import SenderDefinition
from relance.senders.sender import Sender
from relance.settings import Settings
from tests.delivery.sending import message, person, published
from tests.senders.files import OUTLET, outlet

pytestmark = pytest.mark.usefixtures("db")


def refused(text: str) -> str:
    with pytest.raises(DefinitionError) as found:
        keeping.apply([parse(text, "outlet.yaml")], datetime(2026, 1, 1), by="Marie")
    return str(found.value)


def test_the_settings_are_the_default_sender() -> None:
    ours = settings.RELANCE
    (only,) = register.in_force().values()
    assert (only.name, only.address, only.title("fr")) == ("default", ours.mail_from, ours.mail_from_name)
    assert register.domains() == {"example.org": ["default"]}


def test_a_sender_is_kept_and_told_in_the_audit_log(now: datetime) -> None:
    found = outlet(now)
    assert (found.domain, found.title("fr"), found.title("en")) == (
        "outlet.example.com",
        "L’Atelier Outlet",
        "The Outlet",
    )
    assert list(register.in_force()) == ["default", "outlet"]
    outlet(now)
    assert AuditEntry.objects.filter(action="applied sender", subject="outlet", actor="Marie").count() == 1


def test_what_is_shown_is_taken_back(now: datetime) -> None:
    before = outlet(now, "dkim_keys: {s1: dkim/s1.pem}", "dkim_selectors: [relay]")
    text = as_text(keeping.written("outlet"))
    keeping.remove("outlet", now, by="Marie")
    keeping.apply([parse(text, "again.yaml")], now, by="Marie")
    assert keeping.find("outlet") == before
    assert as_text(keeping.written("outlet")) == text


def test_shop_and_postal_address_are_the_settings_where_the_file_has_none(now: datetime) -> None:
    keeping.apply([parse("sender: plain\nfrom: a@plain.example\nname: Plain\n", "plain.yaml")], now, by="Marie")
    plain = keeping.find("plain")
    assert (plain.shop_url, plain.postal_address) == (settings.RELANCE.shop_url, settings.RELANCE.postal_address)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("from: nobody", "line 3, from: write an address such as shop@example.org"),
        ("name: ''", "line 4, name"),
        ("bounce_address: a+b@example.org", "no +"),
        ("dkim_keys: {s1: /etc/key.pem}", "name a file in the data folder"),
        ("dkim_keys: {s1: ../key.pem}", "name a file in the data folder"),
        ("dkim_keys: {'a,b': dkim/s1.pem}", "a selector has letters"),
        ("password: secret", "password"),
        ("relays: outlet", "RELANCE_SENDER_RELAYS names no relay `outlet` (none yet)"),
        ('name: "Outlet\\r\\nBcc: all@example.org"', "name"),
        ('name: "Outlet\\u2028Bcc: all@example.org"', "name"),
        ("from: 'a,b@outlet.example.com'", "line 3, from: write an address such as shop@example.org"),
        ("from: a@-,.example", "from: write an address"),
        ("reply_to: '(x)@outlet.example.com'", "reply_to: write an address"),
        ("unsubscribe_address: 'stöp@outlet.example.com'", "write plain letters (a to z) before the @"),
        ("bounce_address: 'rückläufer@outlet.example.com'", "write plain letters (a to z) before the @"),
        ("from: 'a@outlet，.example.com'", "its domain is no domain name"),
        ('shop_url: "https://a.example/\\"><script>x</script>"', "write it without spaces, quotes and < >"),
        ('shop_url: "https://a.example\\n/x"', "write it without spaces, quotes and < >"),
        ('postal_address: "2 rue\\0du Port"', "postal_address: a text holds the character U+0000"),
        ('dkim_keys: {s1: "a\\0b"}', "dkim_keys.s1: a text holds the character U+0000"),
    ],
)
def test_what_cannot_be_a_sender_is_refused_by_file_line_and_field(line: str, said: str) -> None:
    key = line.partition(":")[0]
    kept = [one for one in OUTLET.splitlines() if not one.startswith(f"{key}:")]
    at = next((n for n, one in enumerate(OUTLET.splitlines()) if one.startswith(f"{key}:")), len(kept))
    assert said in refused("\n".join([*kept[:at], line, *kept[at:]]))


def test_a_wrong_file_keeps_the_right_one_beside_it_out(now: datetime) -> None:
    with pytest.raises(DefinitionError):
        keeping.apply([parse(OUTLET, "outlet.yaml"), parse("sender: b\n", "b.yaml")], now, by="Marie")
    assert list(register.in_force()) == ["default"]


def test_relays_are_named_in_the_settings_and_their_passwords_stay_there(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings.RELANCE.model_dump() | {
        "sender_relays": "outlet=smtp://u:p@a.example:587 outlet=smtps://b.example"
    }
    monkeypatch.setattr(settings, "RELANCE", Settings(**given))
    assert outlet(now, "relays: outlet").relays == "outlet"
    assert settings.RELANCE.relay_groups == {"outlet": "smtp://u:p@a.example:587 smtps://b.example"}
    assert register.mails_leave()


def test_nobody_takes_away_a_sender_whose_messages_wait(now: datetime) -> None:
    outlet(now)
    published(now)
    waiting = message(person("Anna", now), now, sender="outlet")
    with pytest.raises(RefusedError, match="wait to leave"):
        keeping.remove("outlet", now, by="Marie")
    Message.objects.filter(pk=waiting.pk).update(state="sent")
    keeping.remove("outlet", now, by="Marie")
    assert list(register.in_force()) == ["default"]
    assert register.known()["outlet"].domain == "outlet.example.com"  # its bounces still count for it
    with pytest.raises(NotFoundError, match="There are: default"):
        keeping.find("outlet")


def test_a_name_that_messages_bear_keeps_its_domain(now: datetime) -> None:
    outlet(now)
    other = parse(OUTLET.replace("Hello@Outlet.Example.com", "hello@other.example"), "outlet.yaml")
    keeping.apply([other], now, by="Marie")  # nothing left yet: a slip is mended
    published(now)
    message(person("Anna", now), now, sender="outlet", state="sent")
    with pytest.raises(RefusedError, match=r"from other\.example"):
        outlet(now)


def test_messages_of_another_sender_are_found_by_their_index() -> None:
    database.execute("SET LOCAL enable_seqscan = off")
    plan = database.rows(f"EXPLAIN {keeping._borne('outlet')}", ["outlet"])
    assert any("message_by_sender" in line for (line,) in plan)


def test_senders_are_hashable_and_equal_by_what_they_say(now: datetime) -> None:
    assert hash(outlet(now)) == hash(outlet(now))
    assert isinstance(register.known()["default"], Sender)


def test_names_and_keys_keep_the_order_they_were_written_in(now: datetime) -> None:
    found = outlet(now, "dkim_keys: {zz: dkim/zz.pem, m55: dkim/m55.pem, a1: dkim/a1.pem}")
    assert [language for language, _ in found.titles] == ["fr", "en"]
    assert found.dkim_keys == "zz=dkim/zz.pem,m55=dkim/m55.pem,a1=dkim/a1.pem"
    assert list(keeping.written("outlet")["dkim_keys"]) == ["zz", "m55", "a1"]


def test_a_domain_beyond_ascii_is_known_as_the_dns_has_it(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    text = OUTLET.replace("Hello@Outlet.Example.com", "hallo@münchen.example")
    keeping.apply([parse(text, "outlet.yaml")], now, by="Marie")
    assert keeping.find("outlet").domain == "xn--mnchen-3ya.example"
    assert SenderDefinition.objects.get().domain == "xn--mnchen-3ya.example"
    monkeypatch.setattr(
        settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | {"mail_from": "x@Élan.example"})
    )
    assert settings.RELANCE.mail_domain == "xn--lan-9la.example"
    published(now)
    message(person("Anna", now), now, sender="outlet", state="sent")
    SenderDefinition.objects.update(domain="münchen.example")  # as a former version kept it
    keeping.apply([parse(text, "outlet.yaml")], now, by="Marie")
    assert SenderDefinition.objects.get().domain == "xn--mnchen-3ya.example"
