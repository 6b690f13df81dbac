"""Who takes a domain's mail is asked at night, and nobody is asked who did not want it."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from relance.contacts.models import Contact, ContactPoint
from relance.core import place
from relance.core.configuration import Settings
from relance.eligibility.breaker import providers
from relance.measurement.sender import mail_domains
from relance.outbox.models import MailDomain
from tests.measurement.sender.zone import Zone, served

pytestmark = pytest.mark.usefixtures("db")

ZONE: Zone = {
    ("atelier.example", "MX"): ["20 mx.elsewhere.example.", "10 aspmx.l.google.com."],
    ("bureau.example", "MX"): ["0 bureau-example.mail.protection.outlook.com."],
    ("cabinet.example", "MX"): ["1 mx1.mail.ovh.net."],
    ("direct.example", "A"): ["192.0.2.1"],
    ("broken.silent.example", ""): [],
}


def people(now: datetime, *addresses: str) -> None:
    for address in addresses:
        who = Contact.objects.create(first_seen_at=now)
        ContactPoint.objects.create(contact=who, channel="email", value=address, valid=True)


def given(monkeypatch: pytest.MonkeyPatch, **changed: object) -> None:
    monkeypatch.setattr(settings, "RELANCE", Settings(**settings.RELANCE.model_dump() | changed))


def test_the_host_that_takes_the_mail_names_the_provider(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    names = ("atelier", "bureau", "cabinet", "direct", "silent")
    people(now, *(f"anna@{name}.example" for name in names), "boris@gmail.com")
    with served(ZONE) as server:
        given(monkeypatch, provider_lookup=True, smtp_url="smtp://127.0.0.1", resolver=server)
        assert mail_domains.run(now) == 4
        assert dict(MailDomain.objects.values_list("domain", "provider")) == {
            "atelier.example": "gmail", "bureau.example": "microsoft", "cabinet.example": "ovh.net",
            "direct.example": "direct.example",
        }  # fmt: skip
        assert mail_domains.run(now + timedelta(days=1)) == 0
        assert mail_domains.run(now + timedelta(days=31)) == 4


def test_nobody_is_asked_unless_it_is_wished(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    people(now, "anna@atelier.example")
    with served(ZONE) as server:
        for changed in ({"provider_lookup": False}, {"provider_lookup": True, "smtp_url": ""}):
            given(monkeypatch, **{"smtp_url": "smtp://127.0.0.1", "resolver": server} | changed)
            assert mail_domains.run(now) == 0
        given(monkeypatch, provider_lookup=True, smtp_url="smtp://127.0.0.1")
        with place.elsewhere(simulated=True):
            assert mail_domains.run(now) == 0


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("gmail-smtp-in.l.google.com.", "gmail"), ("mx1.hc.mx.microsoft", "microsoft"), ("smtp-in.orange.fr", "orange"),
        ("mta5.am0.yahoodns.net", "yahoo"), ("mx.shop.co.uk", "shop.co.uk"), ("mx1.mail.ovh.net", "ovh.net"), ("localhost", "localhost"),
    ],
)  # fmt: skip
def test_a_host_is_known_by_the_domain_it_stands_in(host: str, provider: str) -> None:
    assert providers.behind(host) == provider
