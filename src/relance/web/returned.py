"""Returned mails posted as they came, one a request: for mail servers and services that hand a mail over by HTTP."""

from __future__ import annotations

import hmac
from base64 import b64decode
from binascii import Error as Base64Error

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from relance.feedback.mails import taking
from relance.feedback.mails.taking import Incoming

LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE  # bytes of a mail
MOST_RECIPIENTS = 100


@csrf_exempt  # who posts has no cookie, and proves itself by the password of webhooks
@never_cache
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Act on one mail (message/rfc822; `?recipient=` and `?sender=` say what its envelope did); 200 means that it is committed."""
    if not settings.RELANCE.webhook_secret:
        return HttpResponse(status=404)
    if not _known(request.headers.get("Authorization", "")):
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="returned mails"'})
    if int(request.META.get("CONTENT_LENGTH") or 0) > LIMIT:
        return HttpResponse(status=413)
    if request.content_type != "message/rfc822" or not request.body.strip():
        return HttpResponse(status=415)
    recipients = tuple(request.GET.getlist("recipient")[:MOST_RECIPIENTS])
    mail = Incoming(request.body, recipients, request.GET.get("sender"))
    return JsonResponse({"taken": taking.take([mail], "http", timezone.now())})


def _known(authorization: str) -> bool:
    """Tell whether the request bears the password of webhooks, in constant time."""
    kind, _, words = authorization.partition(" ")
    try:
        given = b64decode(words, validate=True) if kind.lower() == "basic" else b""
    except (Base64Error, ValueError):
        given = b""
    return hmac.compare_digest(given, settings.RELANCE.webhook_secret.encode())
