"""The endpoint itself, over HTTP: who is believed, what is too big, what cannot be read."""

import http.client
import json
import socket
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from relance.contacts.models import ContactPoint, Suppression
from relance.events.models import Event
from relance.outbox.models import Message
from tests.delivery.sending import message, person
from tests.feedback.services import hooked
from tests.feedback.services import payloads as say
from tests.feedback.services.payloads import DEAD, Post, password, posted

pytestmark = pytest.mark.usefixtures("db")
BORIS = "boris@example.org"


@pytest.fixture
def mail(now: datetime) -> Message:
    boris = person("Boris", now)
    point = ContactPoint.objects.get()
    return message(boris, now, state="sent", sent_at=now, contact_point_id=point.pk)


def nothing_written(one: Message) -> bool:
    one.refresh_from_db()
    return one.state == "sent" and not Event.objects.exists() and not Suppression.objects.exists()


def makers(one: Message) -> dict[str, Any]:
    uuid = one.uuid
    return {
        "brevo": say.brevo(uuid, BORIS, "hard_bounce", reason=DEAD),
        "mailjet": say.mailjet(uuid, BORIS, "bounce", hard_bounce=True, error="user unknown"),
        "sendgrid": say.sendgrid(uuid, BORIS, "bounce", type="bounce", reason=DEAD),
        "mailgun": say.mailgun_failed(uuid, BORIS, DEAD, 550),
        "postmark": say.postmark_bounce(uuid, BORIS, "HardBounce", DEAD),
    }


SERVICES = ["brevo", "mailjet", "sendgrid", "mailgun", "postmark"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "header", [{"Authorization": ""}, password("relance:another-long-password")], ids=["none", "wrong"]
)
def test_without_the_password_nobody_is_believed(
    service: str, header: dict[str, str], port: int, mail: Message
) -> None:
    assert hooked.send(port, posted(service, makers(mail)[service], header)) == 403
    assert nothing_written(mail)


def test_a_body_other_than_the_one_signed_is_refused(port: int, mail: Message) -> None:
    genuine = posted("sendgrid", say.sendgrid(mail.uuid, BORIS, "delivered"))
    forged = Post("sendgrid", json.dumps(makers(mail)["sendgrid"]).encode(), genuine.headers)
    assert hooked.send(port, forged) == 403
    assert (
        hooked.send(port, posted("mailgun", say.mailgun(mail.uuid, BORIS, "complained", key="key-of-somebody"))) == 403
    )
    assert nothing_written(mail)


@pytest.mark.parametrize("service", SERVICES)
def test_where_nothing_proves_the_sender_nobody_listens(service: str, port: int, mail: Message) -> None:
    post = posted(service, makers(mail)[service])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", f"/hooks/{service}/", post.body, dict(post.headers))
    assert connection.getresponse().status == 404
    connection.close()
    assert nothing_written(mail)


def test_a_service_nobody_knows_is_not_there(port: int) -> None:
    assert hooked.send(port, Post("nobody", b"{}", password())) == 404
    assert hooked.send(port, Post("scaleway", b"{}", password())) == 404


def test_fifty_megabytes_are_refused_before_they_are_read(port: int) -> None:
    given = settings.RELANCE.model_copy(update={"webhook_secret": say.SECRET})
    with override_settings(RELANCE=given), socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        head = [
            "POST /hooks/brevo/ HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Content-Length: 52428800",
            f"Authorization: {password()['Authorization']}", "", "",
        ]  # fmt: skip
        line.sendall("\r\n".join(head).encode())  # and not one byte of the body
        assert line.recv(100).split(b"\r\n")[0].split(b" ")[1] == b"413"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"7", "application/json", 400),
        (b'["text", 7, null]', "application/json", 400),
        (b"\xff\xfe\x00", "application/json", 400),
        (b"[]", "application/json", 200),
        (b"event=delivered", "application/x-www-form-urlencoded", 415),
    ],
    ids=["broken", "deep", "number", "no events", "no text", "empty", "form"],
)
@pytest.mark.parametrize("service", ["brevo", "mailjet", "postmark"])
def test_what_is_no_webhook_is_refused_and_not_asked_for_again(
    service: str, body: bytes, kind: str, status: int, port: int
) -> None:
    assert hooked.send(port, Post(service, body, password() | {"Content-Type": kind})) == status


def test_one_event_that_cannot_be_read_does_not_take_the_others_with_it(port: int, mail: Message) -> None:
    told = [{"no": "event"}, 7, *say.sendgrid(mail.uuid, BORIS, "bounce", type="bounce", reason=DEAD), {"event": "new"}]
    told.append(say.sendgrid(mail.uuid, "\x00\ud800@example.org", "bounce", type="bounce", reason="\x00\ud800")[0])
    told.append(say.sendgrid(mail.uuid, BORIS, "open", timestamp=10**30)[0])
    assert hooked.send(port, posted("sendgrid", told)) == 200
    mail.refresh_from_db()
    assert mail.state == "bounced"


def test_a_get_says_nothing_and_a_head_says_that_somebody_is_there(port: int) -> None:
    given = settings.RELANCE.model_copy(update={"webhook_secret": say.SECRET})
    with override_settings(RELANCE=given):
        for method, status in (("GET", 405), ("HEAD", 200)):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request(method, "/hooks/brevo/")
            assert connection.getresponse().status == status
            connection.close()


class TestAmazon:
    """Amazon posts by way of SNS, which confirms each subscription first."""

    @pytest.fixture(autouse=True)
    def _boto(self) -> None:
        pytest.importorskip("boto3", reason="webhooks of Amazon SES need the extra `ses`")

    @pytest.fixture
    def sns(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
        """Amazon's SNS on loopback, and what it was asked."""
        asked: list[str] = []

        class Sns(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.end_headers()
                self.wfile.write(
                    b'<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><ConfirmSubscriptionResult>'
                    b"<SubscriptionArn>arn:1</SubscriptionArn></ConfirmSubscriptionResult></ConfirmSubscriptionResponse>"
                )

            def log_message(self, *_: object) -> None: ...

        with HTTPServer(("127.0.0.1", 0), Sns) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", f"http://127.0.0.1:{server.server_port}")
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0123")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-0123")
            yield asked
            server.shutdown()

    def confirmation(self, **more: Any) -> dict[str, Any]:
        link = "http://169.254.169.254/latest/meta-data/"
        return say.notification(
            "Please confirm", kind="SubscriptionConfirmation", Token="t0k3n", SubscribeURL=link, **more
        )

    def test_a_subscription_is_confirmed_with_amazon_and_the_link_in_it_is_never_followed(
        self, port: int, sns: list[str]
    ) -> None:
        assert hooked.send(port, posted("ses", self.confirmation())) == 200
        assert len(sns) == 1
        assert "Token=t0k3n" in sns[0]

    def test_a_stranger_s_subscription_is_not(self, port: int, sns: list[str]) -> None:
        assert hooked.send(port, posted("ses", self.confirmation(), {"Authorization": ""})) == 401
        assert hooked.send(port, posted("ses", self.confirmation(), password("relance:another-long-password"))) == 403
        assert sns == []

    def test_what_is_not_what_its_headers_say_is_refused(self, port: int, mail: Message) -> None:
        told = say.ses_bounce(mail.uuid, BORIS, "Permanent", "NoEmail")
        assert hooked.send(port, posted("ses", told, {"x-amz-sns-message-id": "another"})) == 403
        assert hooked.send(port, posted("ses", told | {"Message": "not json"})) == 400
        assert hooked.send(port, posted("ses", told | {"Message": "{}"})) == 200
        assert nothing_written(mail)
