"""Liquid within limits: unknown names are found, bombs end in an error, dates and money read well."""

from datetime import date
from decimal import Decimal

import pytest

from relance.content import liquid, values
from relance.core.errors import RenderError


def rendered(source: str, **known: object) -> str:
    return liquid.render(liquid.parse(source, "en", escape=True), known)


def problems(source: str) -> list[str]:
    return liquid.problems(liquid.parse(source, "en", escape=True), values.samples({}, "en"))


BOMBS = {
    "long loop": "{% for i in (1..100000000) %}x{% endfor %}",
    "nested loops": "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}",
    "many loops": "{% for i in (1..900) %}{% endfor %}" * 50,
    "doubling text": "{% assign a = 'x' %}" + "{% assign a = a | append: a %}" * 60 + "{{ a }}",
    "replacing": "{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | replace: 'x', a %}" * 9,
    "squaring": "{% assign a = 999999 %}" + "{% assign a = a | times: a %}" * 40 + "{{ a }}",
    "huge range": "{{ (1..9999999999) | join: ',' }}",
    "huge number": "{{ 1e999999 | times: 2 }}",
    "deep blocks": "{% if true %}" * 500 + "{% endif %}" * 500,
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_in_an_error(source: str) -> None:
    with pytest.raises(RenderError):
        rendered(source)


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    assert rendered("{{ a }}", a="<b>&") == "&lt;b&gt;&amp;"
    assert liquid.render(liquid.parse("{{ a }}", "en", escape=False), {"a": "<b>&"}) == "<b>&"


@pytest.mark.parametrize("source", ["{{ a | safe }}", "{{ 'now' | date: '%Y' }}", "{{ a | nonsense }}"])
def test_an_unknown_filter_is_found_without_rendering(source: str) -> None:
    assert "there is no filter" in problems(source)[0]


@pytest.mark.parametrize("tag", ["{% include 'x' %}", "{% render 'x' %}", "{% liquid echo 1 %}", "{% nonsense %}"])
def test_a_tag_that_reaches_elsewhere_is_refused(tag: str) -> None:
    with pytest.raises(RenderError, match="Liquid"):
        liquid.parse(tag, "en", escape=True)


@pytest.mark.parametrize(
    "source",
    ["{{ contact.nickname }}", "{{ now }}", "{{ name }}", "{% for l in last_order.lines %}{{ l.colour }}{% endfor %}"],
)
def test_an_unknown_value_is_found_even_inside_a_loop(source: str) -> None:
    assert "is not known" in problems(source)[0]


def test_declared_values_are_known() -> None:
    loop = "{% for l in last_order.lines %}{{ l.name }}{% if forloop.last %}.{% endif %}{% endfor %}{{ last_order.lines.size }}"
    assert (
        problems(loop + "{{ contact.first_name | upcase }}{% assign a = 1 %}{{ a }}{{ last_order.lines[0].quantity }}")
        == []
    )


def test_dates_and_money_are_written_as_each_language_writes_them() -> None:
    assert liquid.day(date(2026, 3, 1), "fr") == "1er\u00a0mars 2026"
    assert liquid.day("2026-03-01", "en") == "1\u00a0March 2026"
    assert liquid.money(Decimal("1084.5"), "fr") == "1\u202f084,50\u00a0€"
    assert liquid.money(10, "en") == "€10"
    assert liquid.day(None, "fr") == liquid.money(None, "fr") == ""
