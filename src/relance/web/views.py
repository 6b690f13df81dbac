"""What mails lead to: health, click, image, unsubscribe. Views read the clock; everything behind them is given `now`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from relance.core import texts
from relance.delivery import tokens
from relance.delivery.tokens import Token
from relance.feedback import destinations, hits, opens, unsubscribes
from relance.feedback.hits import Hit
from relance.feedback.machines import Asking
from relance.feedback.preferences import recipient as recipients
from relance.senders import register
from relance.senders.sender import DEFAULT
from relance.web import health
from relance.web.sentences import say, spoken


@never_cache
@require_safe
def show_health(request: HttpRequest) -> HttpResponse:
    """Say whether database, lake and queue are well: a page for browsers, JSON for programs; 503 where they are not."""
    found = health.look(timezone.now())
    status = 200 if found.well else 503
    if "text/html" not in request.headers.get("Accept", ""):
        return JsonResponse(found.as_json(), status=status)
    words = say(get_language())
    parts = {"database": words[found.database_problem or "works"], "lake": words[found.lake_problem or "works"]}
    if found.queue:
        parts["sending"] = words[f"stall_{found.stall}" if found.stall else "works"]
    if found.failing:
        parts["failing"] = ", ".join(found.failing)
    queue = [(words[name], count) for name, count in found.queue.items()]
    return _page(request, "health", get_language(), status=status, well=found.well, parts=parts, queue=queue)


@never_cache
@require_safe
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Redirect to the stored address of a link; the request is kept, and judged later."""
    address = _followed(request, tokens.read_click(token))
    if address is None:
        return _broken(request)
    response = HttpResponseRedirect(address)
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


@never_cache
@require_safe
def show_pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Answer the image of a mail; of the opening only what may be kept is."""
    if asked := tokens.read_pixel(token):
        opens.record_hits([Hit.asked("open", asked, _asking(request), timezone.now())])
    return HttpResponse(opens.IMAGE, content_type="image/gif")


@csrf_exempt  # one-click (RFC 8058) is a POST by the mail provider, without a cookie; the token is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show the way out; only a POST takes it, and twice is once."""
    asked = tokens.read_unsubscribe(token)
    recipient = recipients.find(asked.message_id, asked.message_uuid) if asked else None
    if asked is None or recipient is None:
        return _broken(request)
    if request.method == "POST":
        unsubscribes.record(recipient.message_id, timezone.now())
    else:
        hits.record([Hit.asked("leave", asked, _asking(request), timezone.now())])
    template = "unsubscribed" if request.method == "POST" else "unsubscribe"
    address, choices = texts.masked(recipient.address), f"/p/{token}"
    return _page(
        request,
        template,
        recipient.language or get_language(),
        address=address,
        preferences=choices,
        sender=recipient.sender,
    )


def _followed(request: HttpRequest, token: Token | None) -> str | None:
    """Write the click down and return where it leads."""
    found = destinations.find(token.link_id) if token else None
    if token is None or found is None:
        return None
    hit = Hit.asked("click", token, _asking(request), timezone.now(), found.template_version_id)
    return (found.address or destinations.of_message(token)) if all(hits.record([hit])) else None


def _asking(request: HttpRequest) -> Asking:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asking.of(request.method or "", headers, request.META.get("REMOTE_ADDR", ""))


def _broken(request: HttpRequest) -> HttpResponse:
    """Answer a token we did not sign, or whose message is gone."""
    return _page(request, "broken", get_language(), status=404)


def _page(
    request: HttpRequest,
    name: str,
    language: str | None,
    *,
    status: int = 200,
    address: str = "",
    sender: str = DEFAULT,
    **context: object,
) -> HttpResponse:
    """Return the page `name` in the language."""
    shop = register.title(sender, spoken(language))
    words = say(language, shop=shop, address=address)
    known = {"say": words, "language": spoken(language), "shop": shop, "address": address, **context}
    return render(request, f"web/{name}.html", known, status=status)
