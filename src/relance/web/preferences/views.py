"""The preference page: a GET shows, only a POST changes, and twice is once."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from relance.core import texts
from relance.delivery import tokens
from relance.feedback.preferences import acts, choices, recipient
from relance.feedback.preferences.recipient import Recipient
from relance.senders import register
from relance.senders.sender import DEFAULT
from relance.web.preferences import story
from relance.web.sentences import spoken


@csrf_exempt  # mail programs open it without a cookie; the token in the address is what allows it
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def prefer(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the recipient gets; do what they ask for."""
    known = _recipient(token)
    with translation.override(spoken(known.language if known and known.language else get_language())):
        if known is None or known.erased:
            return _page(request, "gone", None, status=404, unknown=known is None)
        act = request.POST.get("act", "") if request.method == "POST" else ""
        if act and not known.disowned:
            _do(act, request, known)
            known = _recipient(token) or known
        if known.disowned:
            return _page(request, "disowned", known)
        now = timezone.now()
        groups = story.groups(choices.of(known, now))
        paused = known.paused_until if known.paused_until and known.paused_until > now else None
        return _page(
            request, "page", known, done=story.done(act), groups=groups, paused=paused, ends=acts.pause_ends(now),
            months=settings.RELANCE.pause_months, token=token,
        )  # fmt: skip


def _recipient(token: str) -> Recipient | None:
    signed = tokens.read_unsubscribe(token)
    return recipient.find(signed.message_id, signed.message_uuid) if signed else None


def _do(act: str, request: HttpRequest, known: Recipient) -> None:
    """Do what a button asks for; what no button asks for does nothing."""
    if act == "choose":
        acts.choose(known, request.POST.getlist("get"), timezone.now())
    elif act in acts.ACTS:
        acts.ACTS[act](known, timezone.now())


def _page(
    request: HttpRequest, name: str, known: Recipient | None, *, status: int = 200, **context: object
) -> HttpResponse:
    given = {
        "language": get_language(),
        "shop": register.title(known.sender if known else DEFAULT, get_language()),
        "known": known,
        **context,
    }
    given["address"] = texts.masked(known.address) if known else ""
    return render(request, f"preferences/{name}.html", given, status=status)
