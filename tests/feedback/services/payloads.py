"""Webhooks in the shape the services document, made up for one of our messages; no account of ours received them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

SECRET = "relance:a-long-enough-password"
SIGNING_KEY = "key-0123456789abcdef0123456789abcdef"
_SENDGRID = ec.generate_private_key(ec.SECP256R1())
VERIFICATION_KEY = base64.b64encode(
    _SENDGRID.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
AT = 1785139200  # 27 July 2026, 8:00 UTC
DEAD = "550 5.1.1 <boris@example.org>: Recipient address rejected: User unknown in virtual mailbox table"
FULL = "452 4.2.2 The email account that you tried to reach is over quota"
POLICY = "554 5.7.1 OFR_506 Service refused by policy of the receiving server"


@dataclass(frozen=True)
class Post:
    """One request of a service."""

    service: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def password(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(secret.encode()).decode()}


def posted(service: str, events: Any, headers: Mapping[str, str] | None = None) -> Post:
    """Return the request with what proves who sends it."""
    body = json.dumps(events).encode()
    given = {"Content-Type": "application/json"} | password()
    if service == "sendgrid":
        signature = _SENDGRID.sign(str(AT).encode() + body, ec.ECDSA(hashes.SHA256()))
        given |= {
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": str(AT),
        }
    if service == "ses":
        given |= {
            "Content-Type": "text/plain; charset=UTF-8",
            "x-amz-sns-message-type": events["Type"],
            "x-amz-sns-message-id": events["MessageId"],
        }
    return Post(service, body, given | dict(headers or {}))


def brevo(uuid: UUID, to: str, event: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event, "email": to, "id": 26224, "date": "2026-07-27 10:00:00", "ts": AT, "ts_event": AT,
        "ts_epoch": AT * 1000, "message-id": "<202607270800.12345678901@smtp-relay.mailin.fr>", "subject": "Hello",
        "X-Mailin-custom": json.dumps({"relance": str(uuid)}), "sending_ip": "192.0.2.1", "tags": ["promotion"], **more,
    }  # fmt: skip


def mailjet(uuid: UUID, to: str, event: str, **more: Any) -> dict[str, Any]:
    return {
        "event": event, "time": AT, "MessageID": 19421777835146490, "Message_GUID": "1ab23cd4", "email": to,
        "mj_campaign_id": 7257, "mj_contact_id": 4, "customcampaign": "", "CustomID": "",
        "Payload": json.dumps({"relance": str(uuid)}), **more,
    }  # fmt: skip


def ses(uuid: UUID, to: str, event: str, number: str = "1", **more: Any) -> dict[str, Any]:
    told = {
        "eventType": event,
        "mail": {
            "timestamp": "2026-07-27T08:00:00.000Z", "messageId": "00000137860315fd-34208509", "destination": [to],
            "source": "shop@example.org", "headersTruncated": False,
            "headers": [{"name": "To", "value": to}, {"name": "X-Metadata", "value": json.dumps({"relance": str(uuid)})}],
        },
        **more,
    }  # fmt: skip
    return notification(json.dumps(told), number)


def notification(message: str, number: str = "1", kind: str = "Notification", **more: Any) -> dict[str, Any]:
    return {
        "Type": kind, "MessageId": f"19ba9823-d7f2-53c1-860e-cb10e0d13df{number}", "Message": message,
        "TopicArn": "arn:aws:sns:eu-west-3:123456789012:ses-events", "Timestamp": "2026-07-27T08:00:00.000Z",
        "SignatureVersion": "1", "Signature": "EXAMPLE", "SigningCertURL": "https://sns.eu-west-3.amazonaws.com/cert.pem", **more,
    }  # fmt: skip


def ses_bounce(uuid: UUID, to: str, kind: str, sub: str, said: str = "", status: str = "") -> dict[str, Any]:
    person = {"emailAddress": to, "action": "failed"} | ({"diagnosticCode": f"smtp; {said}"} if said else {})
    person |= {"status": status} if status else {}
    bounce = {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": [person], "reportingMTA": "dsn; a.smtp"}
    return ses(uuid, to, "Bounce", bounce=bounce)


def sendgrid(uuid: UUID, to: str, event: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "email": to, "timestamp": AT, "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "event": event,
            "category": ["promotion"], "sg_event_id": f"{event}-1", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001",
            "relance": str(uuid), **more,
        }
    ]  # fmt: skip


def mailgun(uuid: UUID, to: str, event: str, key: str = SIGNING_KEY, **more: Any) -> dict[str, Any]:
    token = "651869375b9df3c98fc15c4889b102119add1235c38fc92824"
    signature = hmac.new(key.encode(), f"{AT}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": str(AT), "token": token, "signature": signature},
        "event-data": {
            "event": event, "timestamp": AT + 0.153, "id": "hTWCTD81RtiDN", "recipient": to, "log-level": "info",
            "user-variables": {"relance": str(uuid)}, "tags": ["promotion"],
            "message": {"headers": {"to": to, "message-id": f"{uuid}@example.org", "from": "shop@example.org"}}, **more,
        },
    }  # fmt: skip


def mailgun_failed(uuid: UUID, to: str, said: str, code: int, **more: Any) -> dict[str, Any]:
    status = {"attempt-no": 1, "message": said, "code": code, "description": "", "session-seconds": 0.4}
    given = {"severity": "permanent", "reason": "bounce", "delivery-status": status}
    return mailgun(uuid, to, "failed", **given | more)


def postmark(uuid: UUID, to: str, record: str, **more: Any) -> dict[str, Any]:
    whom = {"Email": to} if record in {"Bounce", "SpamComplaint"} else {"Recipient": to}
    return {
        "RecordType": record, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "ServerID": 23, "Tag": "promotion",
        "Metadata": {"relance": str(uuid)}, "DeliveredAt": "2026-07-27T08:00:00Z", "MessageStream": "outbound",
        **whom, **more,
    }  # fmt: skip


def postmark_bounce(uuid: UUID, to: str, kind: str, said: str = "", **more: Any) -> dict[str, Any]:
    sentence = "The server was unable to deliver your message (ex: unknown user, mailbox not found)."
    given = {"ID": 4323372036854775807, "Type": kind, "TypeCode": 1, "Description": sentence, "Details": said}
    return postmark(uuid, to, "Bounce", BouncedAt="2026-07-27T08:00:00Z", **given | more)


Make = Callable[[UUID, str], Any]
