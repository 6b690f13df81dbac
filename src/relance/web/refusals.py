"""What people see when something is refused: our own sentences, never a stack of calls."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from relance.core.errors import NotFoundError, RelanceError
from relance.web import wording

log = structlog.get_logger()


class Refusals:
    """The middleware that turns our errors into a page, or into a notice inside the page that asked by htmx."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer; an address or a query with a NUL in it is nobody's, and no database takes one."""
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return not_found(request)
        return self._answer(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_arguments: object
    ) -> HttpResponse | None:
        """Refuse a form that holds a NUL anywhere: no text of people's has one, and no database takes it.

        The token of the form was looked for by now, so it is read already; a view that goes without one reads for itself.
        """
        if request.method != "POST" or getattr(view, "csrf_exempt", False) or not _holds_nul(request):
            return None
        return refused(
            request, _("The form holds a character that no text can have (NUL). Type it again by hand, then send it.")
        )

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal with its sentence; other errors are Django's to report."""
        if not isinstance(error, RelanceError):
            log.error("page failed", path=request.path, exc_info=error)
            return None
        return refused(request, wording.say(str(error)), status=404 if isinstance(error, NotFoundError) else 422)


def _holds_nul(request: HttpRequest) -> bool:
    """Tell whether a field of the form has a NUL in it, its name included; files speak for themselves."""
    files = (file.name or "" for _field, given in request.FILES.lists() for file in given)
    return any("\x00" in text for name, values in request.POST.lists() for text in (name, *values)) or any(
        "\x00" in name for name in files
    )


def refused(request: HttpRequest, sentence: str, *, status: int = 422) -> HttpResponse:
    """Return the sentence as a page; as a notice at the top of the page in view when htmx asked."""
    if request.headers.get("HX-Request"):
        response = render(request, "notice.html", {"sentence": sentence}, status=200)
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "innerHTML show:#notices:top"
        return response
    return render(request, "refused.html", {"sentence": sentence}, status=status)


def expired_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form whose token is too old or foreign."""
    return refused(request, _("This form has expired. Go back, reload the page and send it again."), status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer an address nothing stands at."""
    return refused(request, _("There is nothing at this address. The menu shows what there is."), status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours."""
    return refused(
        request,
        _(
            "Something went wrong on our side; it is written in the log. Try again, and tell the person who runs Relance."
        ),
        status=500,
    )


def too_many(request: HttpRequest) -> HttpResponse:
    """Answer someone who tries too often, as one who guesses passwords does."""
    return refused(request, _("Too many tries in a short time. Wait five minutes, then try again."), status=429)
