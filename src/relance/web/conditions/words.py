"""What the builder and the sentences call fields, values, comparisons and units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from relance.web.tags import STATES


@dataclass(frozen=True)
class Word:
    """A field's label, the group it is listed under, the unit of its numbers, and what one should know of it."""

    label: Any
    group: str
    unit: str = ""
    hint: Any = ""


GROUPS = {
    "events": _("What they did"),
    "standing": _("Dormancy"),
    "purchases": _("Purchases"),
    "contact": _("Contact"),
    "segments": _("Segments"),
    "journey": _("This journey"),
    "attributes": _("Other attributes"),
}

FIELDS = {
    "state": Word(_("State"), "standing"),
    "state_since": Word(_("In this state since"), "standing"),
    "policy": Word(_("Dormancy policy"), "standing"),
    "points": Word(_("Dormancy points"), "standing"),
    "false_inactive": Word(_("False inactive"), "standing", hint=_("Buys, though the mails get no reaction.")),
    "out_of_target": Word(_("Out of target"), "standing"),
    "unreachable": Word(_("Unreachable"), "standing", hint=_("No usable address on any channel.")),
    "last_engagement": Word(_("Last reaction"), "standing"),
    "last_legal_contact": Word(
        _("Last contact in law"), "standing", hint=_("The clock of the legal retention period.")
    ),
    "last_purchase": Word(_("Last purchase"), "purchases"),
    "orders": Word(_("Number of orders"), "purchases"),
    "monetary_value": Word(_("Average purchase"), "purchases", "money"),
    "revenue": Word(_("Total of purchases"), "purchases", "money"),
    "value_band": Word(_("Value"), "purchases", hint=_("High: the upper fifth of buyers by total of purchases.")),
    "frequency": Word(_("Repeat purchase days"), "purchases", hint=_("Days with a purchase, after the first one.")),
    "mean_interval": Word(_("Own mean interval between purchases"), "purchases", "days"),
    "overdue_ratio": Word(_("Lateness"), "purchases", "times", _("Silence divided by one’s own mean interval.")),
    "recency": Word(_("Age at the last purchase"), "purchases", "days", _("Days from the first purchase to the last.")),
    "T": Word(_("Time as a customer"), "purchases", "days", _("Days since the first purchase.")),
    "language": Word(_("Language"), "contact"),
    "country": Word(_("Country"), "contact"),
    "city": Word(_("City"), "contact"),
    "postcode": Word(_("Postcode"), "contact"),
    "kind": Word(_("Private or business"), "contact"),
    "company": Word(_("Company"), "contact"),
    "site": Word(_("Shop or brand"), "contact"),
    "external_id": Word(_("Customer number"), "contact"),
    "first_seen": Word(pgettext_lazy("field", "First seen"), "contact"),
    "segment": Word(_("Segment"), "segments"),
    "clicked": Word(_("Clicked in the message"), "journey"),
    "replied": Word(_("Answered the message"), "journey"),
}

VALUES: dict[str, dict[str, Any]] = {
    "state": {name: word for name, (word, _colour) in STATES.items()},
    "value_band": {
        "none": pgettext_lazy("value", "none"), "low": pgettext_lazy("value", "low"),
        "medium": pgettext_lazy("value", "medium"), "high": pgettext_lazy("value", "high"),
    },
    "kind": {"b2c": pgettext_lazy("kind", "private customer"), "b2b": pgettext_lazy("kind", "business")},
    "language": {"fr": pgettext_lazy("language", "French"), "en": pgettext_lazy("language", "English")},
}  # fmt: skip

# Comparisons: what the builder's list says, and how a sentence puts the value after it.
OPERATORS = {
    "in": (pgettext_lazy("comparison", "is"), "%(value)s"),
    "eq": (_("is exactly"), _("exactly %(value)s")),
    "not": (pgettext_lazy("comparison", "is not"), _("not %(value)s")),
    "gte": (_("is at least"), _("at least %(value)s")),
    "lte": (_("is at most"), _("at most %(value)s")),
    "gt": (_("is more than"), _("more than %(value)s")),
    "lt": (_("is less than"), _("less than %(value)s")),
    "within": (_("is in the last"), _("in %(value)s")),
    "older_than": (_("is longer ago than"), _("more than %(value)s ago")),
    "before": (_("is before"), _("before %(value)s")),
    "after": (_("is on or after"), _("on or after %(value)s")),
}

# Units: in the builder's list, as a length of time, and as the period up to now.
UNITS = {
    "minute": (
        _("minutes"),
        ngettext_lazy("%(n)s minute", "%(n)s minutes", "n"),
        ngettext_lazy("the last minute", "the last %(n)s minutes", "n"),
    ),
    "hour": (
        _("hours"),
        ngettext_lazy("%(n)s hour", "%(n)s hours", "n"),
        ngettext_lazy("the last hour", "the last %(n)s hours", "n"),
    ),
    "day": (
        _("days"),
        ngettext_lazy("%(n)s day", "%(n)s days", "n"),
        ngettext_lazy("the last day", "the last %(n)s days", "n"),
    ),
    "week": (
        _("weeks"),
        ngettext_lazy("%(n)s week", "%(n)s weeks", "n"),
        ngettext_lazy("the last week", "the last %(n)s weeks", "n"),
    ),
    "month": (
        _("months"),
        ngettext_lazy("%(n)s month", "%(n)s months", "n"),
        ngettext_lazy("the last month", "the last %(n)s months", "n"),
    ),
    "year": (
        _("years"),
        ngettext_lazy("%(n)s year", "%(n)s years", "n"),
        ngettext_lazy("the last year", "the last %(n)s years", "n"),
    ),
}

PROPERTIES = {
    "amount": _("amount"), "channel": _("channel"), "reference": _("reference"), "product": _("product"),
    "journey": _("journey"), "step": _("step"), "category": _("category"),
}  # fmt: skip

# What the builder itself says.
BUILDER = {
    "all": _("all of these hold"),
    "any": _("at least one of these holds"),
    "not_all": _("not all of these hold"),
    "none": _("none of these holds"),
    "group": _("People for whom"),
    "inner_group": _("Group:"),
    "add": _("Add a line"),
    "add_group": _("Add a group"),
    "empty": _("No line yet: everybody is in. Add a first line."),
    "empty_group": _("This group is empty: add a line, or remove it."),
    "what": _("What is asked"),
    "choose": _("choose…"),
    "done": pgettext_lazy("builder", "Did"),
    "silent": _("Did not do"),
    "comparison": _("Comparison"),
    "value": pgettext_lazy("builder", "Value"),
    "more_values": _("or…"),
    "type_value": _("type, then Enter"),
    "take_off": _("Take off"),
    "and": pgettext_lazy("builder", "and"),
    "add_comparison": _("Another limit"),
    "yes": _("yes"),
    "no": _("no"),
    "event": _("Event"),
    "silence_for": pgettext_lazy("builder", "for"),
    "count": _("Number of times"),
    "times": pgettext_lazy("builder", "times"),
    "window": _("Period"),
    "any_time": _("at any time"),
    "in_last": _("in the last"),
    "unit": pgettext_lazy("builder", "Unit"),
    "number": pgettext_lazy("builder", "Number"),
    "where": _("Only where"),
    "property": _("Property of the event"),
    "other": _("other…"),
    "property_kind": _("Kind of value"),
    "same": _("counted for one and the same"),
    "add_count": _("Number of times"),
    "add_where": _("Only where…"),
    "add_same": _("Same product…"),
    "attribute": _("Attribute"),
    "attribute_name": _("Name of the attribute"),
    "text": pgettext_lazy("builder", "text"),
    "numeric": pgettext_lazy("builder", "number"),
    "boolean": _("yes or no"),
    "not": pgettext_lazy("builder", "Not"),
    "not_hint": _("Turn this line into its opposite"),
    "actions": _("More actions"),
    "up": _("Move up"),
    "down": _("Move down"),
    "indent": _("Put in a group of its own"),
    "outdent": _("Take out of the group"),
    "duplicate": _("Duplicate"),
    "remove": pgettext_lazy("builder", "Remove"),
    "written": _("Written in YAML:"),
    "kept": _("This line is kept as it is written; it can be changed in YAML."),
    "money": "",
    "days": _("days"),
}
