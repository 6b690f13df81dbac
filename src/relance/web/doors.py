"""Who gets in: a page asks for a capability; without it a sentence says which role has it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from relance.accounts.models import User
from relance.accounts.roles import Capability, having
from relance.web.refusals import refused

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def needs(capability: Capability) -> Callable[[View], View]:
    """Give the view only to signed-in people who may do this; changing methods (POST) may ask for more with `must`."""

    def guarded(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in(request)
            if not member(request).may(capability):
                return forbidden(request, capability)
            return view(request, *args, **kwargs)

        return cast("View", answer)

    return guarded


def member(request: HttpRequest) -> User:
    """Return the signed-in person."""
    return cast("User", request.user)


def actor(request: HttpRequest) -> str:
    """Return what the audit log calls the signed-in person."""
    user = member(request)
    return f"{user.name} <{user.email}>"


def forbidden(request: HttpRequest, capability: Capability) -> HttpResponse:
    """Say which roles may do this: on a page, or as a notice in the page that asked by htmx."""
    context: dict[str, Any] = {"roles": [role.label for role in having(capability)]}
    if request.headers.get("HX-Request"):
        known = {"role": member(request).get_role_display(), "roles": ", ".join(str(role) for role in context["roles"])}
        return refused(
            request, _("Your role is “%(role)s”, which may not do this. These roles may: %(roles)s.") % known
        )
    return render(request, "forbidden.html", context, status=403)


def _sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page, and back here afterwards; a fragment makes the whole page go there."""
    if not User.objects.exists():
        return render(request, "closed.html", status=401)
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = reverse("account_login")
        return response
    return redirect_to_login(request.get_full_path())
