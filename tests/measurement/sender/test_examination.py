"""The sender's domain, hosts and listings, asked of a real name server on loopback."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from typer.testing import CliRunner

from relance.core import place
from relance.delivery import keys
from relance.measurement.sender import examination, spf, words
from relance.measurement.sender.findings import Finding
from relance.measurement.sender.lookups import Resolver
from relance.senders.sender import Sender
from tests.command_line import app
from tests.measurement.sender.zone import Zone, served

pytestmark = pytest.mark.usefixtures("db")
HOST = "192.0.2.25"


def key(bits: int) -> str:
    public = rsa.generate_private_key(65537, bits).public_key()
    return base64.b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


GOOD: dict[tuple[str, str], list[str]] = {
    ("shop.test", "TXT"): ["another text", "v=spf1 include:_spf.mailer.test -all"],
    ("_spf.mailer.test", "TXT"): ["v=spf1 ip4:192.0.2.0/24 ~all"],
    ("shop.test", "MX"): ["10 mx.shop.test."],
    ("s1._domainkey.shop.test", "TXT"): [f"v=DKIM1; k=rsa; p={key(2048)[:200]}"],
    ("_dmarc.shop.test", "TXT"): ["v=DMARC1; p=quarantine; rua=mailto:dmarc@shop.test"],
    ("25.2.0.192.in-addr.arpa", "PTR"): ["out.shop.test."],
    ("out.shop.test", "A"): [HOST],
}


@pytest.fixture(scope="module")
def good() -> dict[tuple[str, str], list[str]]:
    whole = key(2048)
    # a key is longer than one string of a TXT record: two, which belong together
    return GOOD | {("s1._domainkey.shop.test", "TXT"): [f'v=DKIM1; k=rsa; p={whole[:200]}" "{whole[200:]}']}


def findings(monkeypatch: pytest.MonkeyPatch, zone: Zone, now: datetime, **more: str) -> dict[str, Finding]:
    """Examine the sender shop.test, mails of which leave from HOST, in a zone; return what was found by code."""
    with served(zone) as server:
        given = {
            "mail_from": "hello@shop.test", "sending_hosts": HOST, "dkim_selectors": "s1", "resolver": server,
            "blocklists": "bl.test", "domain_blocklists": "dbl.test",
        } | more  # fmt: skip
        monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=given))
        return {one.code: one for one in examination.examine(now).findings}


def test_a_sender_in_order_has_nothing_to_mend(monkeypatch: pytest.MonkeyPatch, good: Zone, now: datetime) -> None:
    found = findings(monkeypatch, good, now)
    assert {one.level for one in found.values()} == {"ok"}
    assert {"spf_passes", "dkim_good", "dmarc_holds", "mail_taken", "reverse_good", "not_listed"} == set(found)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({("shop.test", "TXT"): ["no record"]}, "spf_missing"),
        ({("shop.test", "TXT"): ["v=spf1 -all", "v=spf1 ~all"]}, "spf_several"),
        ({("shop.test", "TXT"): ["v=spf1 ip4:198.51.100.1 -all"]}, "spf_refuses"),
        ({("shop.test", "TXT"): ["v=spf1 ip4:192.0.2.25 +all"]}, "spf_open"),
        ({("shop.test", "TXT"): ["v=spf1 include:shop.test -all"]}, "spf_broken"),
        ({("shop.test", "TXT"): ["v=spf1 ipv4:192.0.2.25 -all"]}, "spf_broken"),
        ({("shop.test", "TXT"): ["v=spf1 exists:%{i}.x.test -all"]}, "spf_unknown"),
        ({("s1._domainkey.shop.test", "TXT"): ["v=DKIM1; p="]}, "dkim_revoked"),
        ({("s1._domainkey.shop.test", "TXT"): ["v=DKIM1; p=notakey"]}, "dkim_unreadable"),
        ({("s1._domainkey.shop.test", "TXT"): [f"v=DKIM1; p={key(1024)}"]}, "dkim_could_be_longer"),
        ({("s1._domainkey.shop.test", "TXT"): []}, "dkim_missing"),
        ({("_dmarc.shop.test", "TXT"): []}, "dmarc_missing"),
        ({("_dmarc.shop.test", "TXT"): ["v=DMARC1; p=none"]}, "dmarc_watches"),
        ({("_dmarc.shop.test", "TXT"): ["v=DMARC1; p=maybe"]}, "dmarc_broken"),
        ({("shop.test", "MX"): []}, "mail_refused"),
        ({("out.shop.test", "A"): ["192.0.2.99"]}, "reverse_missing"),
        ({("25.2.0.192.bl.test", "A"): ["127.0.0.4"], ("25.2.0.192.bl.test", "TXT"): ["seen in traps"]}, "listed"),
        ({("shop.test.dbl.test", "A"): ["127.0.1.2"]}, "listed"),
        ({("25.2.0.192.bl.test", "A"): ["127.255.255.254"]}, "list_refuses"),
        ({("shop.test.dbl.test", "A"): ["127.0.0.1"]}, "list_refuses"),
        ({("broken.25.2.0.192.bl.test", ""): []}, "list_unanswered"),
    ],
)
def test_each_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, good: dict[tuple[str, str], list[str]], change: Zone, code: str, now: datetime
) -> None:
    found = findings(monkeypatch, good | dict(change), now)
    assert found[code].level != "ok"
    for language in ("en", "fr"):
        assert any(str(value) in words.sentence(found[code], language) for value in found[code].values.values())


def test_the_keys_that_sign_are_looked_up_too_and_compared(
    monkeypatch: pytest.MonkeyPatch, good: Zone, now: datetime, tmp_path: Path
) -> None:
    with place.elsewhere(data=tmp_path):
        own = keys.make("own", "ed25519")
        pairs = {"dkim_keys": "own=dkim/own.pem"}
        name = ("own._domainkey.shop.test", "TXT")
        assert findings(monkeypatch, good, now, **pairs)["dkim_missing"].values == {"name": name[0]}
        assert "dkim_differs" in findings(
            monkeypatch, {**good, name: good["s1._domainkey.shop.test", "TXT"]}, now, **pairs
        )
        found = findings(monkeypatch, {**good, name: [own.record()]}, now, **pairs)
        assert not {"dkim_missing", "dkim_differs"} & set(found)
        unreadable = findings(monkeypatch, good, now, dkim_keys="s1=dkim/gone.pem")
        assert "dkim_good" in unreadable, "`relance check` says what is wrong with the file"


def test_a_policy_above_the_sending_name_holds_for_it(
    monkeypatch: pytest.MonkeyPatch, good: Zone, now: datetime
) -> None:
    zone = {**good, ("_dmarc.shop.test", "TXT"): ["v=DMARC1; p=none; sp=reject; rua=mailto:a@shop.test"]}
    found = findings(monkeypatch, zone, now, mail_from="hello@news.shop.test")
    assert found["dmarc_holds"].values["policy"] == "reject"


def test_ten_lookups_are_the_most(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    zone = {(f"n{n}.test", "TXT"): [f"v=spf1 include:n{n + 1}.test -all"] for n in range(12)}
    with served({**zone, ("n12.test", "TXT"): ["v=spf1 +ip4:192.0.2.25 -all"]}) as server:
        monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update={"resolver": server}))
        assert [one.code for one in spf.examine(Resolver(), "n0.test", [HOST])] == ["spf_broken"]
        assert [one.code for one in spf.examine(Resolver(), "n2.test", [HOST])] == ["spf_passes"]


def test_a_night_examines_once_and_a_silent_server_fails_nothing(
    db: None, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    silent = settings.RELANCE.model_copy(
        update={"smtp_url": "smtp://127.0.0.1:1", "resolver": "127.0.0.1:9", "mail_from": "hello@shop.test"}
    )
    monkeypatch.setattr(settings, "RELANCE", silent)
    monkeypatch.setattr("relance.measurement.sender.lookups.SECONDS", 0.2)
    assert [examination.run(now), examination.run(now + timedelta(hours=1))] == [1, 0]
    last = examination.latest()
    assert last is not None
    assert last.level == "advice"  # nobody answered is unknown, not good; only the selector is missing


def test_the_command_says_what_to_do_and_exits_with_1(
    db: None, monkeypatch: pytest.MonkeyPatch, good: Zone, now: datetime
) -> None:
    with served({**good, ("25.2.0.192.bl.test", "A"): ["127.0.0.4"]}) as server:
        given = {
            "mail_from": "hello@shop.test", "sending_hosts": HOST, "dkim_selectors": "s1", "resolver": server,
            "blocklists": "bl.test", "domain_blocklists": "",
        }  # fmt: skip
        monkeypatch.setattr(settings, "RELANCE", settings.RELANCE.model_copy(update=given))
        result = CliRunner().invoke(app, ["sender", "examine"])
    assert result.exit_code == 1
    assert "bl.test" in result.stdout
    again = CliRunner().invoke(app, ["sender", "examine", "--last", "--json"])
    assert '"level": "fault"' in again.stdout


def test_keys_of_one_sender_that_cannot_be_read_leave_the_others() -> None:
    keys.make("s1", "rsa")
    good = Sender.of_settings()._replace(dkim_keys="s1=dkim/s1.pem")
    assert set(examination._own_keys([good._replace(dkim_keys="s2=dkim/none.pem"), good])) == {"s1"}
