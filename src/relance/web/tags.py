"""What every template may use: icons, numbers and dates in the language's form, states, figures with their definition."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from relance.core import dates
from relance.eligibility.calendar.periods import Period
from relance.measurement import conclusions, formats
from relance.web import words
from relance.web.acts import ACTS
from relance.web.language import current

register = template.Library()

STATES = {
    "new": (gettext_lazy("New"), "azure"),
    "never_active": (gettext_lazy("Never active"), "secondary"),
    "active": (gettext_lazy("Active"), "green"),
    "cooling": (gettext_lazy("Cooling"), "yellow"),
    "dormant": (gettext_lazy("Dormant"), "orange"),
    "very_dormant": (gettext_lazy("Very dormant"), "red"),
    "undetermined": (gettext_lazy("Undetermined"), "purple"),
}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of the sprite; with a label it is read aloud, without one it is decoration."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="/static/vendor/icons.svg#{}"></use></svg>',
            label,
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="/static/vendor/icons.svg#{}"></use></svg>', name
    )


@register.filter
def number(value: float | Decimal | None, digits: int = 0) -> str:
    """Write a number; nothing known is a dash."""
    return "–" if value is None else formats.number(value, current(), digits)


@register.filter
def percent(rate: float | None, digits: int = 1) -> str:
    """Write a share from 0 to 1 as a percentage."""
    return "–" if rate is None else formats.percent(rate, current(), digits)


@register.filter
def share(part: float, whole: float) -> str:
    """Write part of a whole as a percentage; of nothing it is a dash."""
    return formats.percent(part / whole, current()) if whole else "–"


@register.filter
def money(amount: float | Decimal | None, digits: int = 0) -> str:
    """Write an amount in the installation's currency."""
    return "–" if amount is None else formats.money(amount, current(), settings.RELANCE.currency, digits=digits)


@register.filter
def percent_points(difference: float | None) -> str:
    """Write a difference of two shares in percentage points."""
    return "–" if difference is None else formats.points(difference, current())


@register.filter
def span(text: str) -> str:
    """Write a duration such as `30 days` in the language."""
    return str(conclusions.window(str(text), current()))


@register.filter
def day(at: datetime | date | None) -> str:
    """Write the day, as the installation's clocks show it."""
    return "–" if at is None else dates.day(_local(at), current())


@register.filter
def moment(at: datetime | None) -> str:
    """Write day and time, as the installation's clocks show them."""
    return "–" if at is None else dates.moment(at, current())


@register.filter
def clock(at: datetime) -> str:
    """Write the hour alone, as the installation's clocks show it."""
    return f"{at.astimezone(ZoneInfo(settings.RELANCE.time_zone)):%H:%M}"


@register.filter
def state_name(state: str) -> Any:
    """Return the word for a state."""
    return STATES[state][0] if state in STATES else state


@register.filter
def state_colour(state: str) -> str:
    """Return the colour a state has on every page."""
    return STATES[state][1] if state in STATES else "secondary"


@register.filter
def typeset(text: str) -> str:
    """Set a sentence as its language writes it: curled apostrophes, no-break spaces."""
    return formats.typography(str(text), current())


@register.filter
def within(language: object) -> str:
    """Write a language's name as it stands inside a sentence: French has no capital there."""
    return str(language).lower() if current() == "fr" else str(language)


@register.filter
def action_name(action: str) -> Any:
    """Return the words for an act of the audit log."""
    return ACTS.get(action, action)


@register.filter
def period_label(period: Period) -> str:
    """Return what a commercial period is called."""
    return formats.typography(period.label(current()), current())


@register.filter
def channel_name(code: str) -> str:
    """Return what a channel is called."""
    return words.channel(code)


@register.filter
def basis_name(code: str) -> str:
    """Return what a legal basis is called."""
    return words.word(words.BASES, code)


@register.filter
def named(actor: str) -> str:
    """Return the name of somebody as the audit log has them, without their address."""
    return actor.partition(" <")[0]


@register.filter
def proof(written: str) -> str:
    """Return the proof of a consent in the words of the page."""
    return words.proof(written)


@register.filter
def source_name(name: str) -> str:
    """Return what a source of data is called."""
    return words.source_name(name)


@register.inclusion_tag("tags/state.html")
def state(name: str) -> dict[str, Any]:
    """Show a state as a badge."""
    return {"name": state_name(name), "colour": state_colour(name)}


@register.inclusion_tag("tags/figure.html")
def figure(label: str, value: str, definition: str, **more: str) -> dict[str, Any]:
    """Show a figure with its definition and, of `more`, the denominator (`of`) on demand.

    `href` opens the people behind it, `below` is a line under it, such as its interval, `tone` a colour.
    """
    allowed = {name: more.pop(name, "") for name in ("of", "href", "below", "tone")}
    if more:
        raise TypeError(f"a figure has no {', '.join(more)}")
    return {"label": label, "value": value, "definition": definition, **allowed}


@register.filter
def control(field: BoundField) -> SafeString:
    """Draw a form's field in the look of the pages."""
    kind = getattr(field.field.widget, "input_type", "")
    look = {"checkbox": "form-check-input", "radio": "form-check-input", "select": "form-select"}.get(
        kind, "form-control"
    )
    attrs: dict[str, str | bool] = {"class": look}
    if str(field.field.widget.attrs.get("placeholder", "")).casefold() == str(field.label).casefold():
        attrs["placeholder"] = False  # it would say the label again
    return field.as_widget(attrs=attrs)


@register.filter
def in_fours(text: str) -> str:
    """Write a long key in groups of four characters, which are easier to copy by eye."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


@register.inclusion_tag("tags/bar.html")
def bar(part: float, whole: float, colour: str = "primary", label: str = "") -> dict[str, Any]:
    """Draw a share as a bar; `label` is what it says to those who cannot see it."""
    width = 0.0 if not whole else max(0.0, min(100.0, 100 * part / whole))
    return {"width": f"{width:.2f}", "colour": colour, "label": label}


@register.inclusion_tag("tags/empty.html")
def empty(icon_name: str, title: str, text: str, url: str = "", action: str = "") -> dict[str, Any]:
    """Show that nothing is here yet, what it is for, and the first thing to do."""
    return {"icon_name": icon_name, "title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("tags/chart.html")
def chart(data: dict[str, Any], label: str, height: str = "md") -> dict[str, Any]:
    """Draw `data` (see static/relance/charts.js) as a chart; `label` says what it shows. Height: sm, md or lg."""
    return {"data": json.dumps(data, default=str), "label": label, "height": height}


@register.simple_tag(takes_context=True)
def may(context: template.Context, capability: str) -> bool:
    """Tell whether the signed-in person may do something: `{% may "edit" as can_edit %}`."""
    user = context.get("user")
    return bool(user and user.is_authenticated and user.may(capability))


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """Return the page's query string with these fields changed; None drops one."""
    fields = context["request"].GET.copy()
    for name, value in changes.items():
        fields.pop(name, None)
        if value is not None:
            fields[name] = str(value)
    return f"?{fields.urlencode()}"


@register.filter
def elapsed(at: datetime, now: datetime) -> str:
    """Write how long ago something was, in the largest unit that says enough."""
    seconds = (now - at).total_seconds()
    for size, one, many in (
        (86_400 * 365, _("a year ago"), _("{} years ago")),
        (86_400 * 30, _("a month ago"), _("{} months ago")),
        (86_400, _("a day ago"), _("{} days ago")),
        (3600, _("an hour ago"), _("{} hours ago")),
        (60, _("a minute ago"), _("{} minutes ago")),
    ):
        if seconds >= size:
            count = int(seconds // size)
            return one if count == 1 else many.format(formats.number(count, current()))
    return _("just now")


def _local(at: datetime | date) -> date:
    return at.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date() if isinstance(at, datetime) else at
