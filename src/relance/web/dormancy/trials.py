"""A policy changed, tried and applied: nothing takes effect before the page has shown whom it moves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from relance.accounts.roles import Capability
from relance.core.errors import DefinitionError, InputError, RelanceError
from relance.intake.models import Work
from relance.web import tags, titles, untold, wording
from relance.web.doors import actor, needs
from relance.web.dormancy import arranging, comparing, editing, views, words
from relance.web.people import listing
from relance.workers import background


@needs(Capability.EDIT)
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Change durations, points and thresholds in a form; what is posted is compared, not applied."""
    kept, policy = editing.find(name)
    if request.method != "POST":
        return render(
            request,
            "dormancy/edit.html",
            {"policy": kept, "title": titles.of_policy(policy), **editing.form(kept.definition)},
        )
    try:
        return compare(request, editing.from_form(kept.definition, request.POST))
    except (DefinitionError, InputError) as error:
        wrong = (
            [one.sentence for one in editing.problems(error)]
            if isinstance(error, DefinitionError)
            else wording.say(str(error)).splitlines()
        )
    context = {"policy": kept, "title": titles.of_policy(policy), "wrong": wrong}
    return render(request, "dormancy/edit.html", context | _posted(editing.form(kept.definition), request), status=422)


def _posted(form: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
    """Return the form's fields as they were posted."""
    post = request.POST
    for one in form["criteria"]:
        for field in ("count", "unit", "points", "times"):
            one[field] = post.get(f"criterion-{one['key']}-{field}", one[field])
    for one in form["states"]:
        for field in ("points", "needs"):
            one[field] = post.get(f"state-{one['name']}-{field}", one[field])
    return form | {field: post.get(field, form[field]) for field in ("overdue_at", "description", "reason")}


@needs(Capability.EDIT)
def edit_source(request: HttpRequest, name: str) -> HttpResponse:
    """Change the policy's YAML; what is posted is compared, not applied."""
    kept, policy = editing.find(name)
    context: dict[str, Any] = {"policy": kept, "title": titles.of_policy(policy)}
    if request.method != "POST":
        return render(request, "dormancy/source.html", context | {"text": editing.text_of(kept.definition)})
    return _compared(request, context)


def _compared(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Compare what was written; what is wrong stays in the editor, at its line."""
    text = request.POST.get("text", "")
    try:
        return compare(request, text)
    except DefinitionError as error:
        shown = context | {"text": text, "problems": editing.problems(error)}
        return render(request, "dormancy/source.html", shown, status=422)


@require_POST
@needs(Capability.EDIT)
def check(request: HttpRequest) -> HttpResponse:
    """Say at which lines a policy is wrong, while it is being written."""
    try:
        editing.check(request.POST.get("text", ""))
    except DefinitionError as error:
        return JsonResponse({"problems": [vars(problem) for problem in editing.problems(error)]})
    except RelanceError as error:
        return JsonResponse({"problems": [{"line": 1, "sentence": wording.say(str(error))}]})
    return JsonResponse({"problems": []})


@require_POST
@needs(Capability.EDIT)
def try_preset(request: HttpRequest, name: str) -> HttpResponse:
    """Compare a preset with the policies in force: in the place of one of them, or beside them."""
    return compare(request, editing.tried(name, request.POST.get("instead", "")))


@require_POST
@needs(Capability.EDIT)
def try_threshold(request: HttpRequest, name: str) -> HttpResponse:
    """Compare the policy with itself at another threshold."""
    kept, _policy = editing.find(name)
    days = request.POST.get("days", "")
    if not days.isdecimal() or len(days) > 5:
        raise InputError(_("A threshold is a whole number of days."))
    today = timezone.localdate()
    return compare(request, editing.with_threshold(kept.definition, int(days), today))


def compare(request: HttpRequest, text: str) -> HttpResponse:
    """Compare a policy as written with those in force."""
    return arranging.work_out(lambda: comparing.ask(text, now=timezone.now(), by=actor(request)))


@needs(Capability.READ)
def show(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Show how far a comparison is, then whom the change moves."""
    work, now = comparing.find(work_id), timezone.now()
    context = _about(work) | {"change": comparing.change_of(work), "gone": background.abandoned(work)}
    context |= views.progress(work, now)
    if work.state == "done":
        context |= _outcome(work)
    return render(request, "dormancy/comparison.html", context)


def _about(work: Work) -> dict[str, Any]:
    """Return what the comparison is of: a policy as written, one to remove, or an order."""
    if comparing.change_of(work) == comparing.WRITE:
        _document, written = editing.check(work.result["text"])
        return {
            "written": written,
            "title": titles.of_policy(written),
            "new": work.result["new"],
            "criteria": words.criteria(written),
            "states": words.states(written),
            "population": words.population(written),
        }
    called = titles.policies()
    name = work.result["policy"]
    return {
        "title": called.get(name) or (comparing.title(work) if name else _("Another order")),
        "removed": name,
        "order": [called.get(one, one) for one in work.result.get("order", [])],
    }


def _outcome(work: Work) -> dict[str, Any]:
    moves, opens = work.result["moves"], work.result["opens"]
    names = titles.policies()
    if comparing.change_of(work) == comparing.WRITE:
        _document, written = editing.check(work.result["text"])
        names[written.policy] = titles.of_policy(written)
    elif comparing.change_of(work) == comparing.REMOVE:
        names.setdefault(work.result["policy"], comparing.title(work))
    applied = comparing.applied_at(work)
    return {
        "moves": moves,
        "matrix": comparing.matrix(moves),
        "passages": comparing.passages(moves, names),
        "untold": untold.notice(timezone.now(), comparing.untold(moves)),
        "silent_before": comparing.silent(moves, "before"),
        "silent_after": comparing.silent(moves, "after"),
        "opens": opens,
        "opens_matrix": comparing.matrix(opens["moves"]) if opens else None,
        "by_policy": [(names.get(name, name), people) for name, people in moves["by_policy"].items() if name],
        "nobody": moves["by_policy"].get("", 0),
        "applied": applied,
        "stale": applied is None and comparing.digests() != work.result["digests"],
    }


@needs(Capability.READ)
def show_people(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Show some of the people of a move: as a fragment below the table, or as a page."""
    work = comparing.find(work_id)
    asked = request.GET
    which = (
        work.result["opens"]["moves"]
        if asked.get("of") == "opens" and work.result.get("opens")
        else work.result.get("moves")
    )
    before, after = asked.get("before", ""), asked.get("after", "")
    found, people = comparing.sample(which or {"matrix": []}, before, after)
    context = {"work": work, "before": before, "after": after, "size": people, "rows": listing.rows(found)}
    fragment = request.headers.get("HX-Request")
    return render(request, "dormancy/people.html" if fragment else "dormancy/people_page.html", context)


@require_POST
@needs(Capability.EDIT)
def apply(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Carry the compared change out."""
    work = comparing.find(work_id)
    comparing.apply(work, now=timezone.now(), by=actor(request))
    done = {
        comparing.WRITE: _("The policy is in force."),
        comparing.REMOVE: _("The policy is removed."),
        comparing.ORDER_ANEW: _("The policies are tried in the new order."),
    }[comparing.change_of(work)]
    later = _("People’s states change at the next scoring: tonight, or now if you ask.")
    messages.success(request, tags.typeset(f"{done} {later}"))
    written = comparing.change_of(work) == comparing.WRITE
    return redirect("dormancy:policy", work.result["policy"]) if written else redirect("dormancy:policies")


@needs(Capability.EDIT)
def reopen(request: HttpRequest, work_id: UUID) -> HttpResponse:
    """Go on writing a policy that was compared."""
    work = comparing.find(work_id)
    if comparing.change_of(work) != comparing.WRITE:
        return redirect("dormancy:policies")
    _document, written = editing.check(work.result["text"])
    context = {"work": work, "title": titles.of_policy(written)}
    if request.method == "POST":
        return _compared(request, context)
    return render(request, "dormancy/source.html", context | {"text": work.result["text"]})
