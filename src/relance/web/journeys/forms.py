"""The forms of the side panel: what people fill in, from and to the fields of the definition."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from unicodedata import normalize

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from relance.contacts.matrix import MARKETING
from relance.core.durations import Duration
from relance.journeys.steps import Send
from relance.journeys.titles import said
from relance.measurement.formats import SYMBOLS
from relance.senders.sender import DEFAULT
from relance.web.journeys import words
from relance.web.language import current

NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
SHOWN = frozenset(
    {"id", "title", "channel", "template", "subjects", "offer", "topic"}
)  # fields of `send` that the form writes
Choices = list[tuple[str, Any]]


def how_many(*, required: bool = True) -> forms.IntegerField:
    """Return the field of a duration's number."""
    return forms.IntegerField(label=_("How many"), required=required, min_value=1, max_value=99_999)


def which_unit(*, required: bool = True) -> forms.ChoiceField:
    """Return the field of a duration's unit; it stands beside its number, so its label is only read aloud."""
    look = forms.Select({"aria-label": _("Unit")})
    return forms.ChoiceField(label=_("Unit"), required=required, choices=list(words.UNITS.items()), widget=look)


class Message(forms.Form):
    """A step `send`."""

    template = forms.ChoiceField(label=_("Message"))
    subjects = forms.MultipleChoiceField(
        label=_("Subjects to compare"), required=False, widget=forms.CheckboxSelectMultiple
    )
    title = forms.CharField(
        label=_("Title"), required=False, max_length=120,
        help_text=_("What lists, figures and conditions call this step. Empty: the subject of its message."),
    )  # fmt: skip
    id = forms.RegexField(
        NAME, label=_("Short name"), help_text=_("What this step is called where the journey is shown as text, and in exports."),
        error_messages={"invalid": _("Small letters, digits and hyphens only, without accents or spaces.")},
    )  # fmt: skip
    topic = forms.RegexField(
        NAME, label=_("Topic of consent"), required=False,
        help_text=_("Where people may say no to one kind of message alone, such as newsletter. Empty: commercial messages in general."),
        error_messages={"invalid": _("Small letters, digits and hyphens only, without accents or spaces.")},
    )  # fmt: skip
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", label=_("Code"), required=False,
        error_messages={"invalid": _("Letters, digits and hyphens only.")},
    )  # fmt: skip
    amount = forms.DecimalField(required=False, min_value=0)
    minimum = forms.DecimalField(required=False, min_value=0)
    ending = forms.ChoiceField(
        label=_("It ends"), required=False,
        choices=[("", _("never")), ("lasts", _("some time after sending")), ("ends_on", _("on a date"))],
    )  # fmt: skip
    count = how_many(required=False)
    unit = which_unit(required=False)
    ends_on = forms.DateField(label=_("Date"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    stock = forms.IntegerField(label=_("Stock"), required=False, min_value=1)
    urgency = forms.BooleanField(label=_("The message speaks of urgency"), required=False)

    def __init__(self, *args: Any, templates: Choices, variants: Choices, **kwargs: Any) -> None:
        """Offer these templates and these variants of subjects; none to choose where each channel has its own."""
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = templates  # type: ignore[attr-defined]
        if not templates:
            del self.fields["template"]
        self.fields["subjects"].choices = variants  # type: ignore[attr-defined]
        currency = SYMBOLS.get(settings.RELANCE.currency, settings.RELANCE.currency)
        self.fields["amount"].label = _("Amount off, in %(currency)s") % {"currency": currency}
        self.fields["minimum"].label = _("Minimum basket, in %(currency)s") % {"currency": currency}

    def clean(self) -> dict[str, Any]:
        """An offer needs its code, and an end what it needs."""
        found: dict[str, Any] = super().clean() or {}
        offered = [name for name in ("amount", "minimum", "stock") if found.get(name)]
        if offered and not found.get("code") and "code" not in self.errors:
            self.add_error("code", _("An offer needs a code. Without an offer, leave these fields empty."))
        if found.get("ending") == "lasts" and not found.get("count"):
            self.add_error("count", _("Say how long the offer lasts."))
        if found.get("ending") == "ends_on" and not found.get("ends_on"):
            self.add_error("ends_on", _("Say on which day the offer ends."))
        return found

    def value(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the step's fields; those this form does not show stay as they were."""
        found = self.cleaned_data
        kept = {name: value for name, value in before.items() if name not in SHOWN}
        title = self._title(before.get("title") or "")
        shown = {"id": found["id"]} | ({"title": title} if title else {})
        shown |= {"channel": before.get("channel", "email"), "template": found.get("template", before.get("template"))}
        shown |= {"subjects": found["subjects"]} if found["subjects"] else {}
        shown |= {"topic": found["topic"]} if found["topic"] not in {"", MARKETING} else {}
        return shown | ({"offer": self._offer()} if found["code"] else {}) | kept

    def _title(self, before: Any) -> Any:
        """Return the title with the language in force changed; one that was only looked at stays as it is."""
        typed = self.cleaned_data["title"].strip()
        if typed == said(before, current()):
            return before
        if not isinstance(before, dict):
            return typed
        return {language: text for language, text in {**before, current(): typed}.items() if text}

    def _offer(self) -> dict[str, Any] | str:
        found = self.cleaned_data
        ends = {"lasts": written_duration(found), "ends_on": found["ends_on"]}
        offer = {name: _number(found[name]) for name in ("amount", "minimum", "stock") if found[name] is not None}
        offer |= {found["ending"]: ends[found["ending"]]} if found["ending"] else {}
        offer |= {"urgency": True} if found["urgency"] else {}
        return {"code": found["code"], **offer} if offer else found["code"]


def message_values(step: Send) -> dict[str, Any]:
    """Return what the form shows of a step `send`."""
    offer = step.offer
    values: dict[str, Any] = {"template": step.headline, "subjects": list(step.subjects), "id": step.id, "unit": "day"}
    values |= {"title": said(step.title, current()), "topic": "" if step.topic == MARKETING else step.topic}
    if offer is None:
        return values
    ending = "lasts" if offer.lasts else "ends_on" if offer.ends_on else ""
    values |= {"code": offer.code, "amount": offer.amount, "minimum": offer.minimum, "stock": offer.stock}
    values |= {"urgency": offer.urgency, "ends_on": offer.ends_on, "ending": ending}
    return values | (duration_values(offer.lasts) if offer.lasts else {})


class Waiting(forms.Form):
    """A step `wait`."""

    form = forms.ChoiceField(
        label=_("Wait"), choices=[("time", _("for a time")), ("until", _("until a day and an hour"))]
    )
    count = how_many(required=False)
    unit = which_unit(required=False)
    weekday = forms.ChoiceField(label=_("Day"), required=False, choices=[("", _("any day")), *words.DAYS.items()])
    hour = forms.TypedChoiceField(
        label=_("Hour"), required=False, coerce=int, choices=[(h, f"{h}:00") for h in range(24)]
    )

    def clean(self) -> dict[str, Any]:
        """A time needs its number."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("form") == "time" and not found.get("count") and "count" not in self.errors:
            self.add_error("count", _("Say how long to wait."))
        return found

    def value(self) -> Any:
        """Return the step's value."""
        found = self.cleaned_data
        if found["form"] == "time":
            return written_duration(found)
        day = {"weekday": found["weekday"]} if found["weekday"] else {}
        return {"until": {**day, "hour": int(found["hour"] or 0)}}


class Settings(forms.Form):
    """The journey itself."""

    title = forms.CharField(label=_("Name"), max_length=120)
    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=[(name, label) for name, (label, _colour) in words.PURPOSES.items()],
        help_text=_("Before it leaves, every message is judged by this purpose: permission, caps, commercial periods."),
    )  # fmt: skip
    sender = forms.ChoiceField(
        label=_("Sender"), required=False, help_text=_("The name and the address its messages come from.")
    )
    segment = forms.ChoiceField(label=_("Who enters"), help_text=_("The members of this segment."))
    again = forms.BooleanField(label=_("People may enter again"), required=False)
    again_count = how_many(required=False)
    again_unit = which_unit(required=False)
    goal = forms.ChoiceField(label=_("Goal"), help_text=_("What counts as success; who reaches it leaves the journey."))
    count = how_many()
    unit = which_unit()
    holdout = forms.IntegerField(
        label=_("Control group, in percent"), min_value=0, max_value=50,
        help_text=_("People who get nothing, so that one sees what the journey brings. 10 is usual; 0 declines it."),
    )  # fmt: skip
    exit_when = forms.MultipleChoiceField(
        label=_("Leave at once when they"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever unsubscribes, complains or reaches the goal always leaves."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, segments: Choices, events: Choices, exits: Choices, senders: Choices, **kwargs: Any
    ) -> None:
        """Offer these segments, events and senders; no choice of a sender where there is but one."""
        super().__init__(*args, **kwargs)
        for name, choices in (("segment", segments), ("goal", events), ("exit_when", exits), ("sender", senders)):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        if len(senders) < 2:
            del self.fields["sender"]

    def clean(self) -> dict[str, Any]:
        """Entering again needs its time."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("again") and not found.get("again_count") and "again_count" not in self.errors:
            self.add_error("again_count", _("Say after how long they may enter again."))
        return found

    def values(self) -> dict[str, Any]:
        """Return the journey's fields; None takes one out."""
        found = self.cleaned_data
        again = Duration(found["again_count"], found["again_unit"]) if found["again"] else None
        entry = {"segment": found["segment"], **({"again_after": str(again)} if again else {})}
        own = None if found.get("sender") == DEFAULT else found.get("sender")
        sender = {"sender": own or None} if "sender" in self.fields else {}
        return sender | {
            "purpose": found["purpose"], "entry": entry, "exit_when": found["exit_when"] or None,
            "goal": {"event": found["goal"], "within": written_duration(found)},
            "holdout": f"{found['holdout']}%" if found["holdout"] else "none",
        }  # fmt: skip


class New(forms.Form):
    """A journey from scratch."""

    title = forms.CharField(label=_("Name"), max_length=120)
    purpose = forms.ChoiceField(
        label=_("Purpose"), choices=[(name, label) for name, (label, _c) in words.PURPOSES.items()]
    )


def written_duration(found: Mapping[str, Any]) -> str:
    """Return the duration in a form's count and unit as definitions write it."""
    return str(Duration(int(found.get("count") or 1), found.get("unit") or "day"))


def duration_values(length: Duration) -> dict[str, Any]:
    """Return what a form shows of a duration."""
    return {"count": length.count, "unit": length.unit}


def slug(title: str) -> str:
    """Return a name made from a title: small letters, digits and hyphens."""
    ascii_only = normalize("NFKD", title.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:60] or "journey"


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)
