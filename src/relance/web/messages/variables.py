"""The values a message may speak of, in words, each with a sample and the Liquid that writes it well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from relance.content import liquid, values
from relance.delivery import values as real
from relance.web.messages import editing


@dataclass(frozen=True)
class Variable:
    """A line of the picker."""

    label: str
    code: str
    sample: str


def groups(language: str) -> list[tuple[str, list[Variable]]]:
    """Return the picker's lines, by what they speak of."""
    attributes = _attributes()
    known = values.samples(attributes, language) | {"shop": real.shop()}

    def line(label: str, code: str) -> Variable:
        return Variable(label, code, liquid.render(liquid.parse(code, language, escape=False), known).strip() or "–")

    own = [line(name.replace("_", " "), _if_known(f"contact.attributes.{name}")) for name in _names(attributes)]
    return [
        (
            _("The person"),
            [
                line(_("First name, after a space"), "{% if contact.first_name %} {{ contact.first_name }}{% endif %}"),
                line(
                    _("First name, after a comma"), "{% if contact.first_name %}, {{ contact.first_name }}{% endif %}"
                ),
                line(_("First name"), _if_known("contact.first_name")),
                line(_("Last name"), _if_known("contact.last_name")),
                *own,
            ],
        ),
        (
            _("Their last order"),
            [
                line(_("Date"), _if_known("last_order.date", "day")),
                line(_("Amount"), _if_known("last_order.amount", "money")),
                line(_("Order number"), _if_known("last_order.number")),
                line(_("First product"), "{{ last_order.lines.first.name }}"),
            ],
        ),
        (
            _("The offer of the journey’s step"),
            [
                line(_("Amount off"), "{{ offer.amount | money }}"),
                line(_("Minimum basket"), "{{ offer.minimum | money }}"),
                line(_("Code"), _if_known("offer.code")),
                line(_("Last day"), "{{ offer.ends_on | day }}"),
            ],
        ),
        (
            _("The shop"),
            [
                line(_("Name"), "{{ shop.name }}"),
                line(_("Address of the shop’s site"), "{{ shop.url }}"),
                line(_("Postal address"), "{{ shop.postal_address }}"),
                line(_("Unsubscribe link"), "{{ unsubscribe_url }}"),
                line(_("Link to the page of preferences"), "{{ preferences_url }}"),
            ],
        ),
    ]


def _if_known(path: str, form: str = "") -> str:
    shown = f"{path} | {form}" if form else path
    return "{% if " + path + " %}{{ " + shown + " }}{% endif %}"


def _attributes() -> dict[str, str]:
    return {f"contact.attributes.{name}": sample for name, sample in editing.attributes().items()}


def _names(own: dict[str, Any]) -> list[str]:
    return [name.rpartition(".")[2] for name in own]
