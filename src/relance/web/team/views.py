"""The team: accounts, roles, sign-in, and the log of who did what."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts import invitations, team
from relance.accounts.models import User
from relance.accounts.roles import Capability, Role, may
from relance.core import audit
from relance.core.errors import NotFoundError
from relance.core.models import AuditEntry
from relance.web import keyset, titles
from relance.web.acts import ACTS
from relance.web.doors import actor, member, needs
from relance.web.team import forms, log, naming

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator, who then starts with the first run."""
    if not invitations.is_welcome(token):
        raise NotFoundError(_("This link has been used already, or is not this installation's. Sign in instead."))
    form = forms.Welcome(request.POST or None, initial={"language": request.LANGUAGE_CODE[:2]})
    if request.method == "POST" and form.is_valid():
        found, now = form.cleaned_data, timezone.now()
        with transaction.atomic():
            user = team.create(found["email"], found["name"], Role.ADMINISTRATOR, by=found["name"], now=now)
            user.language = found["language"]
            user.set_password(found["password"])
            user.save()
        login(request, user, backend=BACKEND)
        return HttpResponseRedirect("/")
    return render(request, "team/welcome.html", {"form": form})


@needs(Capability.READ)
def show_list(request: HttpRequest) -> HttpResponse:
    """Show who is in the team, and what each role may do."""
    words = forms.CAPABILITIES
    context = {
        "people": User.objects.order_by("-is_active", "name"),
        "capabilities": words.values(),
        "roles": [(role.label, [(word, may(role, one)) for one, word in words.items()]) for role in Role],
        "form": forms.Invitation(),
        "choices": Role.choices,
    }
    return render(request, "team/list.html", context)


@require_POST
@needs(Capability.ADMINISTER)
def invite(request: HttpRequest) -> HttpResponse:
    """Make an account and show the link its owner chooses a password with."""
    form = forms.Invitation(request.POST)
    if not form.is_valid():
        for problems in form.errors.values():
            for problem in problems:
                messages.error(request, str(problem))
        return redirect("team:list")
    found = form.cleaned_data
    user = team.create(found["email"], found["name"], found["role"], by=actor(request), now=timezone.now())
    return _invited(request, user)


@require_POST
@needs(Capability.ADMINISTER)
def change(request: HttpRequest, user_id: int) -> HttpResponse:
    """Change a role, let someone in or out, or give a new link to choose a password."""
    user, now = _account(user_id), timezone.now()
    if "role" in request.POST:
        team.change_role(user.email, request.POST["role"], by=actor(request), now=now)
        messages.success(request, _("%(name)s has a new role.") % {"name": user.name})
    elif "active" in request.POST:
        team.set_active(user.email, active=request.POST["active"] == "yes", by=actor(request), now=now)
        messages.success(request, _("Done: %(name)s.") % {"name": user.name})
    else:
        audit.record("link made", user.email, now=now, actor=actor(request))
        return _invited(request, user)
    return redirect("team:list")


@needs(Capability.READ)
def me(request: HttpRequest) -> HttpResponse:
    """Change one's own name and language."""
    user = member(request)
    form = forms.Me(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        user.name, user.language = form.cleaned_data["name"], form.cleaned_data["language"]
        user.save(update_fields=["name", "language"])
        messages.success(request, _("Saved."))
        return redirect("team:me")
    return render(request, "team/me.html", {"form": form})


@needs(Capability.READ)
def show_log(request: HttpRequest) -> HttpResponse:
    """Show who did what, the latest first."""
    rows = AuditEntry.objects.order_by("-at", "-id")
    asked = request.GET.get("q", "").strip()
    if asked:
        named = [act for act, words in ACTS.items() if titles.folded(asked) in titles.folded(str(words))]
        wanted = Q(actor__icontains=asked) | Q(subject__icontains=asked) | Q(action__icontains=asked)
        rows = rows.filter(wanted | Q(action__in=named) | naming.matching(asked))
    page = keyset.page(rows, request.GET.get("after", ""), fields=("at", "id"), descending=True, size=50)
    return render(request, "team/log.html", {"page": page, "lines": log.lines(page.rows), "asked": asked})


def _invited(request: HttpRequest, user: User) -> HttpResponse:
    """Show the link: it is a secret between the administrator and its owner, so it is shown once and not mailed."""
    address = request.build_absolute_uri(invitations.path(user))
    return render(request, "team/invited.html", {"invited": user, "address": address})


def _account(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFoundError(_("This account does not exist any more."))
    return user
