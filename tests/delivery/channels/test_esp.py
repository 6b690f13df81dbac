import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from relance.core import place
from relance.core.errors import ChannelError, ConfigurationError, RefusedError
from relance.delivery import dispatch, names
from relance.delivery.channels import registry
from relance.delivery.channels.esp import EspChannel
from relance.delivery.channels.protocol import Channel, Kind, Outgoing
from relance.intake.models import Source
from relance.outbox.models import Message
from tests.delivery import sending
from tests.delivery.channels import services
from tests.delivery.channels.conformance import MAIL, OverNetwork, outgoing

WHOLE = (
    b"From: =?utf-8?b?Q2Fmw6k=?= <shop@example.org>\r\nTo: <anna@example.org>\r\nSubject: =?utf-8?b?w4dhIHZhID8=?=\r\n"
    b"Date: Mon, 27 Jul 2026 08:00:00 +0000\r\nMessage-ID: <0f@example.org>\r\nReply-To: <team@example.org>\r\n"
    b"List-Unsubscribe: <https://crm.example.org/u/token>,\r\n <mailto:leave@example.org?subject=token>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Id: =?utf-8?b?Q2Fmw6k=?= <promotion.example.org>\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; b=AAAA\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative;\r\n boundary="=_1"\r\n\r\n'
    b"--=_1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Caf=C3=A9 fran=C3=A7ais, le texte\r\n--=_1\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Caf=C3=A9, la page</p>\r\n--=_1--\r\n"
)
EVERY = [pytest.param(name, id=name) for name in services.KEYS]


@contextmanager
def opened(service: str, url: str = "", **changes: Any) -> Iterator[tuple[Channel, services.Api]]:
    """A channel that sends by a service on loopback."""
    if service == "ses":
        pytest.importorskip("boto3", reason="Amazon SES needs the extra `ses`")
    with services.opened(service) as api:
        given = {"mailing_service": service, "service_key": services.KEYS[service], "service_url": url or api.url}
        with override_settings(RELANCE=settings.RELANCE.model_copy(update=given | changes)):
            channel = EspChannel(service)
            yield channel, api
            channel.close()


@pytest.mark.parametrize("service", EVERY)
class TestEsp(OverNetwork):
    api: services.Api

    @pytest.fixture
    def channel(self, service: str) -> Iterator[Channel]:
        with opened(service) as (channel, self.api):
            yield channel

    def came_out(self) -> list[bytes]:
        return [one.raw or _again(one) for one in self.api.taken]

    def fall_silent(self) -> None:
        self.api.silent = lambda to: to.startswith("chloe")

    @pytest.fixture(autouse=True)
    def _named(self, service: str) -> None:
        self.service = service

    def nobody_there(self) -> Channel:
        with services.opened(self.service) as api:
            url = api.url
        with opened(self.service, url=url) as (channel, _):
            return channel

    def test_the_mail_arrives_as_it_was_given(self, channel: Channel) -> None:
        channel.send([outgoing(1)])
        (one,) = self.api.taken
        assert (one.to, one.subject) == ("anna@example.org", "Hi")
        wanted = MAIL.partition(b"\r\n\r\n")[2].decode().split()
        assert (one.raw.decode().partition("\n\n")[2] or one.text).split() == wanted

    def test_headers_texts_and_uuid_arrive(self, channel: Channel, service: str) -> None:
        mail = outgoing(1, mail=WHOLE)
        (outcome,) = channel.send([mail])
        (one,) = self.api.taken
        assert (outcome.kind, bool(outcome.provider_id)) == (Kind.SENT, True)
        assert (one.subject, one.uuid) == ("Ça va ?", names.write(mail.id, mail.uuid))
        given = {name.lower(): " ".join(value.split()) for name, value in one.headers.items()}
        assert (
            given["list-unsubscribe"] == "<https://crm.example.org/u/token>, <mailto:leave@example.org?subject=token>"
        )
        assert given["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
        assert given["list-id"].endswith("<promotion.example.org>")
        assert ("dkim-signature" in given) is (service == "ses")
        assert service == "ses" or ("Café français" in one.text and "Café, la page" in one.html)
        assert one.quiet is (service in {"mailgun", "mailjet", "postmark", "sendgrid"})
        assert services.KEYS[service].split(":")[-1] in one.key or one.key.startswith(("Basic ", "AWS4"))

    def test_outcomes_come_in_the_order_given(self, channel: Channel) -> None:
        batch = [outgoing(n, f"anna{n}") for n in (5, 3, 9, 1, 7, 2)]
        assert [one.id for one in channel.send(batch)] == [5, 3, 9, 1, 7, 2]

    @pytest.mark.parametrize(
        ("status", "kind"),
        [(500, Kind.LATER), (503, Kind.LATER), (502, Kind.DOUBTFUL), (504, Kind.DOUBTFUL), (400, Kind.FAILED)],
    )
    def test_what_a_service_answers_is_of_that_mail_alone(self, channel: Channel, status: int, kind: Kind) -> None:
        self.api.refuse = lambda to: (status, {"message": "no"}, {}) if to.startswith("full") else None
        kinds = {one.id: one.kind for one in channel.send([outgoing(1), outgoing(2, "full")])}
        assert kinds[2] is kind
        assert kinds[1] in {Kind.SENT, Kind.UNTRIED}

    def test_too_fast_is_later_and_the_rest_waits(self, channel: Channel) -> None:
        self.api.refuse = lambda _to: (429, {"message": "Too many requests"}, {"Retry-After": "30"})
        outcomes = channel.send([outgoing(n) for n in range(1, 20)])
        assert outcomes[0].kind is Kind.LATER
        assert {one.kind for one in outcomes} == {Kind.LATER, Kind.UNTRIED}
        assert [one.kind for one in outcomes].count(Kind.LATER) <= settings.RELANCE.smtp_connections
        with pytest.raises(ChannelError, match="given a pause"):
            channel.send([outgoing(30)])

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_wrong_key_shuts_the_channel(self, channel: Channel, status: int) -> None:
        self.api.refuse = lambda _to: (status, {"message": "Key not found"}, {})
        with pytest.raises(ChannelError, match="Check RELANCE_SERVICE_KEY") as caught:
            channel.send([outgoing(n) for n in range(1, 20)])
        assert caught.value.permanent
        assert self.api.taken == []

    def test_a_door_that_closes_midway_loses_nothing(self, channel: Channel) -> None:
        self.api.refuse = lambda to: (401, {"message": "Key revoked"}, {}) if to != "anna1@example.org" else None
        outcomes = channel.send([outgoing(n, f"anna{n}") for n in range(1, 9)])
        assert {one.kind for one in outcomes} == {Kind.SENT, Kind.UNTRIED}
        assert [one.id for one in outcomes if one.kind is Kind.SENT] == [1]


def _again(one: services.Taken) -> bytes:
    return f"Subject: {one.subject}\n\n{one.text}".encode()


pytestmark = pytest.mark.usefixtures("db")


def test_a_yes_that_cannot_be_read_is_a_doubt() -> None:
    with opened("brevo") as (channel, api):
        api.answer = lambda _to: (200, b"<html>proxy</html>")
        kinds = [one.kind for one in channel.send([outgoing(n) for n in range(20)])]
        assert set(kinds) == {Kind.DOUBTFUL, Kind.UNTRIED}
        assert kinds.count(Kind.DOUBTFUL) <= settings.RELANCE.smtp_connections
        with pytest.raises(ChannelError, match="given a pause"):
            channel.send([outgoing(30)])


def test_a_service_that_hangs_is_given_a_pause() -> None:
    with opened("brevo", smtp_connections=1) as (channel, api):
        api.silent = lambda to: to != "anna0@example.org"
        kinds = [one.kind for one in channel.send([outgoing(n, f"anna{n}") for n in range(4)])]
        assert kinds == [Kind.SENT, Kind.DOUBTFUL, Kind.DOUBTFUL, Kind.DOUBTFUL]
        with pytest.raises(ChannelError, match="given a pause"):
            channel.send([outgoing(30)])


def test_an_answer_that_points_elsewhere_is_not_followed() -> None:
    with opened("brevo") as (channel, api), services.opened("brevo") as other:
        api.refuse = lambda _to: (307, None, {"Location": other.url + "smtp/email"})
        with pytest.raises(ChannelError, match="cannot be reached"):
            channel.send([outgoing(1)])
        assert other.taken == []


def test_a_sender_nobody_verified_shuts_the_channel_rather_than_failing_everyone() -> None:
    with opened("brevo") as (channel, api):
        words = "Sending has been rejected because the sender you used shop@example.org is not valid."
        api.refuse = lambda _to: (400, {"code": "invalid_parameter", "message": words}, {})
        with pytest.raises(ChannelError, match="is not valid"):
            channel.send([outgoing(1)])


def test_an_address_on_the_service_s_own_list_is_no_dead_mailbox() -> None:
    words = (
        "You tried to send to a recipient that has been marked as inactive.\nFound inactive addresses: boris@example.org.\n"
        "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
    )
    with opened("postmark") as (channel, api):
        api.refuse = lambda _to: (422, {"ErrorCode": 406, "Message": words}, {})
        (outcome,) = channel.send([outgoing(1, "boris")])
    assert (outcome.kind, outcome.reason.startswith("rejected: ")) == (Kind.FAILED, True)


def test_a_message_goes_all_the_way(now: datetime) -> None:
    sending.published(now)
    one = sending.message(sending.person("Anna", now), now)
    with opened("postmark") as (_, api):
        assert dispatch.dispatch(now).channel == "postmark"
        (taken,) = api.taken
    one.refresh_from_db()
    assert (one.state, one.provider_id, taken.uuid) == ("sent", "1", names.write(one.pk, one.uuid))
    assert taken.headers["Message-ID"] == f"<{names.write(one.pk, one.uuid)}@example.org>"
    assert taken.headers["X-PM-KeepID"] == "true"
    assert Message.objects.filter(state="sent").count() == 1


def test_which_channel_is_chosen(now: datetime) -> None:
    with opened("brevo", smtp_url="smtp://127.0.0.1:2525"):
        assert registry.choose().name == "smtp"
    with opened("brevo"):
        assert registry.choose().name == "brevo"
        with place.elsewhere(simulated=True):
            assert registry.choose().name == "simulated"
            with pytest.raises(RefusedError, match="rehearsal"):
                EspChannel("brevo")
    with (
        opened("brevo", service_key=services.KEYS["brevo"]),
        override_settings(RELANCE=settings.RELANCE.model_copy(update={"service_key": ""})),
    ):
        assert registry.choose().name == "maildir"


def test_a_key_with_a_part_missing_and_a_service_unknown_are_refused() -> None:
    for name, key in (("mailjet", "public"), ("nobody", "key")):
        given = settings.RELANCE.model_copy(update={"mailing_service": name, "service_key": key})
        with override_settings(RELANCE=given), pytest.raises(ConfigurationError, match="RELANCE_SERVICE_KEY"):
            EspChannel(name)


@pytest.mark.slow
def test_a_worker_without_a_service_never_loads_its_libraries() -> None:
    program = (
        "import django; django.setup(); import relance.workers.stages, relance.delivery.dispatch, relance.web.urls, sys;"
        "print(sorted({'anymail', 'requests', 'urllib3', 'boto3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_channel_is_asked_for_nothing() -> None:
    nothing: list[Outgoing] = []
    with opened("brevo") as (channel, api):
        assert channel.send(nothing) == []
        assert api.taken == []
    assert Source.objects.count() == 0
