"""Each service's webhooks, posted over HTTP to the real endpoint: what became of the message and of the person."""

from datetime import datetime
from typing import Any, NamedTuple

import pytest

from relance.contacts.models import ContactPoint, Suppression
from relance.core import ids
from relance.delivery import dispatch
from relance.outbox.models import Message
from tests.delivery.channels.test_esp import opened
from tests.delivery.sending import message, person, published
from tests.feedback.services import hooked
from tests.feedback.services import payloads as say
from tests.feedback.services.payloads import DEAD, FULL, POLICY, Make, posted

pytestmark = pytest.mark.usefixtures("db")
BORIS = "boris@example.org"


def sent(name: str, now: datetime, **changes: object) -> Message:
    who = person(name, now)
    given: dict[str, Any] = {
        "state": "sent",
        "sent_at": now,
        "contact_point_id": ContactPoint.objects.get(contact=who).pk,
    }
    return message(who, now, **given | changes)


class Case(NamedTuple):
    """What a service posts, and what is to come of it: state and reason of the message, suppression of the person."""

    service: str
    make: Make
    state: str
    reason: str = ""
    suppressed: str | None = None


CASES = {
    "brevo delivered": Case("brevo", lambda u, to: say.brevo(u, to, "delivered"), "delivered"),
    "brevo hard": Case("brevo", lambda u, to: say.brevo(u, to, "hard_bounce", reason=DEAD), "bounced", "hard: no_mailbox", "bounced"),
    "brevo hard, no words": Case("brevo", lambda u, to: say.brevo(u, to, "hard_bounce"), "bounced", "hard: no_mailbox", "bounced"),
    "brevo hard, other words": Case("brevo", lambda u, to: say.brevo(u, to, "hard_bounce", reason="550 Requested action not taken"), "bounced", "soft: other"),
    "brevo hard, really a block": Case("brevo", lambda u, to: say.brevo(u, to, "hard_bounce", reason=POLICY), "bounced", "block: "),
    "brevo soft": Case("brevo", lambda u, to: say.brevo(u, to, "soft_bounce", reason=FULL), "bounced", "soft: full"),
    "brevo soft, dead words": Case("brevo", lambda u, to: say.brevo(u, to, "soft_bounce", reason=DEAD), "bounced", "soft: no_mailbox"),
    "brevo invalid": Case("brevo", lambda u, to: say.brevo(u, to, "invalid_email"), "bounced", "hard: no_mailbox", "bounced"),
    "brevo blocked": Case("brevo", lambda u, to: say.brevo(u, to, "blocked", reason="blocked : due to blacklist user"), "bounced", "soft: listed"),
    "brevo complaint": Case("brevo", lambda u, to: say.brevo(u, to, "spam"), "sent", "", "complained"),
    "brevo unsubscribe": Case("brevo", lambda u, to: say.brevo(u, to, "unsubscribe"), "sent", "", "unsubscribed"),
    "brevo deferred": Case("brevo", lambda u, to: say.brevo(u, to, "deferred", reason="421 try later"), "sent"),
    "brevo open": Case("brevo", lambda u, to: say.brevo(u, to, "unique_opened"), "sent"),
    "mailjet delivered": Case("mailjet", lambda u, to: say.mailjet(u, to, "sent", smtp_reply="sent (250 2.0.0 OK)"), "delivered"),
    "mailjet user unknown": Case("mailjet", lambda u, to: say.mailjet(u, to, "bounce", hard_bounce=True, blocked=True, error_related_to="recipient", error="user unknown", comment="Host or domain name not found"), "bounced", "hard: n", "bounced"),
    "mailjet quota": Case("mailjet", lambda u, to: say.mailjet(u, to, "bounce", hard_bounce=False, blocked=False, error_related_to="recipient", error="quota exceeded"), "bounced", "soft: full"),
    "mailjet policy": Case("mailjet", lambda u, to: say.mailjet(u, to, "bounce", hard_bounce=True, error_related_to="spam", error="policy issue", comment=POLICY), "bounced", "block: "),
    "mailjet preblocked": Case("mailjet", lambda u, to: say.mailjet(u, to, "blocked", error_related_to="mailjet", error="preblocked"), "bounced", "soft: listed"),
    "mailjet spam reporter": Case("mailjet", lambda u, to: say.mailjet(u, to, "blocked", error_related_to="recipient", error="spam reporter"), "bounced", "soft: listed", "complained"),
    "mailjet greylisted": Case("mailjet", lambda u, to: say.mailjet(u, to, "bounce", hard_bounce=False, error_related_to="domain", error="greylisted"), "sent"),
    "mailjet complaint": Case("mailjet", lambda u, to: say.mailjet(u, to, "spam", source="JMRPP"), "sent", "", "complained"),
    "mailjet unsubscribe": Case("mailjet", lambda u, to: say.mailjet(u, to, "unsub", mj_list_id=1), "sent", "", "unsubscribed"),
    "sendgrid delivered": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "delivered", response="250 OK"), "delivered"),
    "sendgrid bounce": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "bounce", type="bounce", status="5.1.1", bounce_classification="Invalid Address", reason=DEAD), "bounced", "hard: no_mailbox", "bounced"),
    "sendgrid blocked": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "bounce", type="blocked", status="5.7.1", reason=POLICY), "bounced", "block: "),
    "sendgrid blocked, dead words": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "bounce", type="blocked", status="5.1.1", reason=DEAD), "bounced", "block: policy"),
    "sendgrid blocked, full": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "bounce", type="blocked", reason=FULL), "bounced", "soft: full"),
    "sendgrid dropped, bounced before": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "dropped", reason="Bounced Address"), "bounced", "soft: listed"),
    "sendgrid dropped, unsubscribed": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "dropped", reason="Unsubscribed Address"), "bounced", "soft: listed", "unsubscribed"),
    "sendgrid complaint": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "spamreport"), "sent", "", "complained"),
    "sendgrid group": Case("sendgrid", lambda u, to: say.sendgrid(u, to, "group_unsubscribe", asm_group_id=1), "sent", "", "unsubscribed"),
    "mailgun delivered": Case("mailgun", lambda u, to: say.mailgun(u, to, "delivered"), "delivered"),
    "mailgun permanent": Case("mailgun", lambda u, to: say.mailgun_failed(u, to, "5.1.1 The email account that you tried to reach does not exist.", 550), "bounced", "hard: no_mailbox", "bounced"),
    "mailgun temporary": Case("mailgun", lambda u, to: say.mailgun_failed(u, to, FULL, 452, severity="temporary", reason="generic"), "sent"),
    "mailgun policy": Case("mailgun", lambda u, to: say.mailgun_failed(u, to, POLICY, 554), "bounced", "block: "),
    "mailgun suppressed": Case("mailgun", lambda u, to: say.mailgun_failed(u, to, "Not delivering to previously bounced address", 605, reason="suppress-bounce"), "bounced", "soft: listed"),
    "mailgun suppressed, complaint": Case("mailgun", lambda u, to: say.mailgun_failed(u, to, "", 607, reason="suppress-complaint"), "bounced", "soft: listed", "complained"),
    "mailgun too old": Case("mailgun", lambda u, to: say.mailgun_failed(u, to, "", 602, reason="old"), "bounced", "soft: expired"),
    "mailgun complaint": Case("mailgun", lambda u, to: say.mailgun(u, to, "complained"), "sent", "", "complained"),
    "postmark delivered": Case("postmark", lambda u, to: say.postmark(u, to, "Delivery", Details="smtp;250 2.0.0 OK"), "delivered"),
    "postmark hard": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "HardBounce", f"smtp;{DEAD}"), "bounced", "hard: no_mailbox", "bounced"),
    "postmark hard, its own sentence proves nothing": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "HardBounce", "smtp;550 mail not taken"), "bounced", "soft: other"),
    "postmark soft": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "SoftBounce", FULL), "bounced", "soft: full"),
    "postmark transient": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "Transient"), "sent"),
    "postmark dns": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "DnsError"), "bounced", "soft: network"),
    "postmark filtered as spam": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "SpamNotification"), "bounced", "block: content"),
    "postmark blocked": Case("postmark", lambda u, to: say.postmark_bounce(u, to, "Blocked", POLICY), "bounced", "block: "),
    "postmark complaint": Case("postmark", lambda u, to: say.postmark(u, to, "SpamComplaint", Type="SpamComplaint", ID=42), "sent", "", "complained"),
    "postmark unsubscribe": Case("postmark", lambda u, to: say.postmark(u, to, "SubscriptionChange", SuppressSending=True, SuppressionReason="ManualSuppression", Origin="Recipient"), "sent", "", "unsubscribed"),
}  # fmt: skip
SES = {
    "ses delivered": Case("ses", lambda u, to: say.ses(u, to, "Delivery", delivery={"recipients": [to], "smtpResponse": "250 ok"}), "delivered"),
    "ses no mailbox": Case("ses", lambda u, to: say.ses_bounce(u, to, "Permanent", "NoEmail"), "bounced", "hard: no_mailbox", "bounced"),
    "ses general, dead": Case("ses", lambda u, to: say.ses_bounce(u, to, "Permanent", "General", DEAD, "5.1.1"), "bounced", "hard: no_mailbox", "bounced"),
    "ses general, policy": Case("ses", lambda u, to: say.ses_bounce(u, to, "Permanent", "General", POLICY, "5.7.1"), "bounced", "block: "),
    "ses suppressed": Case("ses", lambda u, to: say.ses_bounce(u, to, "Permanent", "OnAccountSuppressionList", "Amazon SES did not send the message to this address"), "bounced", "soft: listed"),
    "ses full": Case("ses", lambda u, to: say.ses_bounce(u, to, "Transient", "MailboxFull"), "bounced", "soft: full"),
    "ses content": Case("ses", lambda u, to: say.ses_bounce(u, to, "Transient", "ContentRejected"), "bounced", "block: content"),
    "ses transient, dead words": Case("ses", lambda u, to: say.ses_bounce(u, to, "Transient", "General", "450 4.1.1 user unknown", "4.1.1"), "bounced", "soft: no_mailbox"),
    "ses complaint": Case("ses", lambda u, to: say.ses(u, to, "Complaint", complaint={"complainedRecipients": [{"emailAddress": to}], "complaintFeedbackType": "abuse"}), "sent", "", "complained"),
    "ses not spam": Case("ses", lambda u, to: say.ses(u, to, "Complaint", complaint={"complainedRecipients": [{"emailAddress": to}], "complaintFeedbackType": "not-spam"}), "sent"),
    "ses reject": Case("ses", lambda u, to: say.ses(u, to, "Reject", reject={"reason": "Bad content"}), "bounced", "block: content"),
    "ses delay": Case("ses", lambda u, to: say.ses(u, to, "DeliveryDelay", deliveryDelay={"delayType": "MailboxFull"}), "sent"),
}  # fmt: skip


def check(case: Case, port: int, now: datetime) -> None:
    one = sent("Boris", now)
    assert hooked.send(port, posted(case.service, case.make(one.uuid, BORIS))) == 200
    one.refresh_from_db()
    assert (one.state, one.reason[: len(case.reason)]) == (case.state, case.reason), one.reason
    found = Suppression.objects.filter(digest=ids.digest(BORIS)).values_list("reason", flat=True).first()
    assert found == case.suppressed
    assert ContactPoint.objects.get().valid is (case.suppressed != "bounced")


@pytest.mark.parametrize("name", CASES)
def test_what_a_service_tells(name: str, port: int, now: datetime) -> None:
    check(CASES[name], port, now)


@pytest.mark.parametrize("name", SES)
def test_what_ses_tells(name: str, port: int, now: datetime) -> None:
    pytest.importorskip("boto3", reason="webhooks of Amazon SES need the extra `ses`")
    check(SES[name], port, now)


def test_what_left_by_a_service_is_known_again_when_it_comes_back(port: int, now: datetime) -> None:
    published(now)
    one = message(person("Boris", now), now)
    with opened("postmark") as (_, api):
        dispatch.dispatch(now)
        (taken,) = api.taken
    bounce = say.postmark_bounce(one.uuid, taken.to, "HardBounce", f"smtp;{DEAD}")
    bounce["Metadata"] = {"relance": taken.uuid}
    assert hooked.send(port, posted("postmark", bounce)) == 200
    one.refresh_from_db()
    assert (one.state, Suppression.objects.get().reason) == ("bounced", "bounced")
