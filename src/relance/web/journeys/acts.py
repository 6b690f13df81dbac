"""What a person does to a draft: each act takes the draft and the form, and returns the changed text; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from relance.content.models import Template
from relance.core.errors import DefinitionError, RefusedError
from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.web import conditions, wording
from relance.web.journeys import editing, lines, panels
from relance.web.journeys.desk import Desk
from relance.web.journeys.editing import Edited
from relance.web.language import current


class Unfinished(Exception):  # noqa: N818  an answer to the person, not a fault
    """A form of the panel lacks something; the panel with its remarks is the answer."""

    def __init__(self, panel: panels.Panel) -> None:
        super().__init__()
        self.panel = panel


def add(desk: Desk, post: QueryDict) -> Edited:
    """Add a step of the kind chosen, filled in so that the journey reads on."""
    place, kind = str(post["place"]), str(post["kind"])
    makers: dict[str, Callable[[], Any]] = {
        "send": lambda: _message(desk), "wait": lambda: "7 days", "branch": lambda: _branch(desk.journey, place),
        "sunset": dict, "exit": dict,
    }  # fmt: skip
    if kind not in makers:
        raise RefusedError(_("There is no such kind of step. Choose one of those shown."))
    return editing.insert(desk.text, place, {kind: makers[kind]()})


def delete(desk: Desk, post: QueryDict) -> Edited:
    """Take a step out."""
    return editing.remove(desk.text, str(post["position"]))


def copy(desk: Desk, post: QueryDict) -> Edited:
    """Put a copy below a step."""
    return editing.copy(desk.text, str(post["position"]))


def move(desk: Desk, post: QueryDict) -> Edited:
    """Bring a step elsewhere."""
    return editing.move(desk.text, str(post["position"]), str(post["to"]))


def change(desk: Desk, post: QueryDict) -> Edited:
    """Change what a step says."""
    position = str(post["position"])
    path = editing.path_of(desk.text, position)
    written = editing.step(desk.text, position)
    panel = panels.step(desk, position, post)
    if panel.form is None or not panel.form.is_valid():
        raise Unfinished(panel)
    if "wait" in written:
        return Edited(lines.replace(desk.text, (*path, "wait"), panel.form.value()), position)
    old, value = written["send"], panel.form.value(written["send"])
    if value["id"] != old["id"] and value["id"] in editing.ids(desk.text):
        panel.form.add_error("id", _("Another message has this short name."))
        raise Unfinished(panel)
    text = editing.rename(desk.text, old["id"], value["id"]) if value["id"] != old["id"] else desk.text
    return Edited(lines.replace(text, (*path, "send"), value), position)


def add_arm(desk: Desk, post: QueryDict) -> Edited:
    """Add a way to a branch."""
    position = str(post["position"])
    arm = {"otherwise": []} if post.get("rest") else {"when": _when(desk.journey, position), "steps": []}
    return Edited(editing.add_arm(desk.text, position, arm), position)


def change_arm(desk: Desk, post: QueryDict) -> Edited:
    """Change the condition of a way."""
    position, index = str(post["position"]), int(str(post["arm"]))
    path = (*editing.path_of(desk.text, position), "branch", index, "when")
    return Edited(lines.replace(desk.text, path, _condition(post)), position)


def move_arm(desk: Desk, post: QueryDict) -> Edited:
    """Try a way earlier or later than another one."""
    position = str(post["position"])
    return Edited(editing.move_arm(desk.text, position, int(str(post["arm"])), int(str(post["to"]))), position)


def delete_arm(desk: Desk, post: QueryDict) -> Edited:
    """Take a way out, with the steps on it."""
    return Edited(editing.remove_arm(desk.text, str(post["position"]), int(str(post["arm"]))), str(post["position"]))


def settings(desk: Desk, post: QueryDict) -> Edited:
    """Change the journey itself."""
    panel = panels.journey(desk, post)
    if panel.form is None or not panel.form.is_valid():
        raise Unfinished(panel)
    text = desk.text
    if panel.form.cleaned_data["title"] != desk.journey.said(current()):
        text = lines.put(text, "title", _titled(desk.journey.title, panel.form.cleaned_data["title"]), after="journey")
    same = panel.form.cleaned_data["holdout"] == panel.form.initial["holdout"]  # the form shows whole percents only
    for name, value in panel.form.values().items():
        if name == "holdout" and same:
            continue
        text = lines.put(text, name, value, after="entry")
    return Edited(text)


ACTS: dict[str, Callable[[Desk, QueryDict], Edited]] = {
    "add": add, "delete": delete, "copy": copy, "move": move, "set": change, "arm-add": add_arm, "arm": change_arm,
    "arm-move": move_arm, "arm-delete": delete_arm, "journey": settings,
}  # fmt: skip


def _titled(before: Any, title: str) -> Any:
    """Return the journey's title with the language in force changed."""
    return {**before, current(): title} if isinstance(before, dict) and before else title


def _message(desk: Desk) -> dict[str, Any]:
    """Return a message with a template that the journey does not send yet, if there is one."""
    used = {name for _node, send in tree.sends(desk.journey.nodes) for name in send.templates}
    names = list(Template.objects.order_by("name").values_list("name", flat=True))
    template = next((name for name in names if name not in used), names[0] if names else "hello-no-offer")
    return {"id": editing.fresh(template[:60], set(editing.ids(desk.text))), "channel": "email", "template": template}


def _branch(journey: JourneyDefinition, place: str) -> list[dict[str, Any]]:
    return [{"when": _when(journey, place), "steps": []}, {"otherwise": []}]


def _when(journey: JourneyDefinition, place: str) -> dict[str, Any]:
    """Return a condition to begin with: a click in the last message before the place, if there is one."""
    before = panels.messages_before(journey, place)
    return {"clicked": [before[-1].id]} if before else {"value_band": "high"}


def _condition(post: QueryDict) -> Any:
    """Return the condition of the form: messages ticked, or what the builder holds."""
    kind = post.get("kind", "")
    if kind in ("clicked", "replied"):
        names = post.getlist("messages")
        if not names:
            raise RefusedError(_("Tick at least one message."))
        return {kind: names}
    try:
        when = conditions.read(post.get("when", ""))
    except DefinitionError as error:
        raise RefusedError(wording.say(str(error))) from error
    if not when or conditions.unfinished(when):
        raise RefusedError(_("The condition lacks something. Fill in the line that is empty, or take it off."))
    return when
