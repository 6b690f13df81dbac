"""Webhooks of mailing services: django-anymail checks who posts and reads the events; they are written down in one go.

An answer of 200 means that everything is committed; 4xx, that nothing was written and posting it again cannot help.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from relance.delivery import mailing_services
from relance.feedback.services import receiving

log = structlog.get_logger()

LIMIT = (
    2_000_000  # bytes of a request: the services send some hundred kilobytes at most; reading this much takes seconds
)
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}  # the services' former formats
_MALFORMED = (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError)


@dataclass(frozen=True)
class Hook:
    """How one service is heard: anymail's view of it, and what it calls the key that the service signs with, if it does."""

    view: str
    signed: str = ""


HOOKS = {
    "brevo": Hook("brevo.BrevoTrackingWebhookView"),
    "mailgun": Hook("mailgun.MailgunTrackingWebhookView", "webhook_signing_key"),
    "mailjet": Hook("mailjet.MailjetTrackingWebhookView"),
    "postmark": Hook("postmark.PostmarkTrackingWebhookView"),
    "sendgrid": Hook("sendgrid.SendGridTrackingWebhookView", "tracking_webhook_verification_key"),
    "ses": Hook("amazon_ses.AmazonSESTrackingWebhookView"),
}


class Gathered:
    """Stands where anymail has a signal: keeps the events until all of them are read."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def send(self, *, event: Any, **_: object) -> None:
        """Keep one event."""
        self.events.append(event)


@csrf_exempt  # services have no cookie; each proves itself by a password, and by a signature where it has one
@never_cache
@require_http_methods(["POST", "HEAD"])
def receive(request: HttpRequest, service: str) -> HttpResponse:
    """Hear what a mailing service posts; what is too big is refused before a byte of it is read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LIMIT:
        return HttpResponse(status=413)
    if request.content_type in _FORMS:
        return HttpResponse(status=415)
    gathered = Gathered()
    view = _view(service, gathered)
    if view is None:
        return HttpResponse(status=404)
    response = _heard(view, request, service)
    if response.status_code == 200 and gathered.events:
        _write(service, gathered.events)
    return response


def _write(service: str, events: list[Any]) -> None:
    """Write down what was gathered, and say in the log how much of it was ours."""
    received = receiving.receive(receiving.read(service, events), timezone.now())
    log.info("webhook heard", service=service, foreign=received.foreign, **received.counts)


def _view(service: str, gathered: Gathered) -> Any | None:
    """Return anymail's view of the service with our secrets, None where nobody could tell its posts from forged ones."""
    hook = HOOKS.get(service)
    known = settings.RELANCE
    if hook is None or not (known.webhook_key if hook.signed else known.webhook_secret):
        return None
    secrets: dict[str, Any] = {"webhook_secret": known.webhook_secret or []}
    if hook.signed:
        secrets[hook.signed] = known.webhook_key
    if service == "ses" and known.mailing_service == "ses":  # to confirm a subscription, which anymail asks Amazon for
        secrets["session_params"] = mailing_services.aws_session(known.service_key)
    mailing_services.hush(service)
    view = import_string(f"anymail.webhooks.{hook.view}")(**secrets)
    view.signal = gathered
    if service != "ses":
        view.parse_events = _one_by_one(view, service)
    return view


def _one_by_one(view: Any, service: str) -> Callable[[HttpRequest], list[Any]]:
    """Return a reading of arrays of events in which one that cannot be read does not take the others with it."""

    def parse(request: HttpRequest) -> list[Any]:
        told = json.loads(request.body)
        every = told if isinstance(told, list) else [told]
        events = []
        for one in every:
            try:
                events.append(view.esp_to_anymail_event(one))
            except _MALFORMED as error:
                log.warning("event of a webhook not understood", service=service, error=repr(error))
        if every and not events:
            raise ValueError("no event could be read")
        return events

    return parse


def _heard(view: Any, request: HttpRequest, service: str) -> HttpResponse:
    """Return anymail's answer: 403 for who has no right to post, 400 for what is no webhook of this service."""
    errors = (
        import_string("anymail.exceptions.AnymailError"),
        import_string("anymail.exceptions.AnymailConfigurationError"),
    )
    forged = import_string("anymail.exceptions.AnymailWebhookValidationFailure")
    view.setup(request)
    try:
        response: HttpResponse = view.dispatch(request)
    except forged as error:
        log.warning("webhook refused", service=service, error=str(error))
        return HttpResponse(status=403)
    except (*errors, *_MALFORMED) as error:
        log.warning("webhook not understood", service=service, error=repr(error))
        return HttpResponse(status=400)
    return response
