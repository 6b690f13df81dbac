"""Flattened templates render as the library renders them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import BoundTemplate

from relance.content import liquid
from relance.core.errors import RenderError

VALUES = {"a": "one & two", "b": {"c": [1, 2, 3], "d": "<é>"}, "n": 7, "items": ["x", "y"], "nothing": None}
PIECES = (
    "words ", "{{ a }}", "{{ b.d }}", "{{ b.c[1] }}", "{{ b.c.first }}", "{{ n | plus: 1 }}", "{{ 'a' }}", "{{ a | upcase }}",
    "{% assign a = 'new' %}", "{% capture n %}{{ a }}!{% endcapture %}", "{% for a in items %}{{ a }}{{ b.d }}{% endfor %}",
    "{% if n == 7 %}{{ a }}{% assign n = 8 %}{% else %}{{ n }}{% endif %}", "{% comment %}{{ a }}{% endcomment %}",
    "{% cycle 'u', 'v' %}", "{{ nothing }}", "\n", "{{ b['d'] }}", "{{ items[n] }}", "{{ missing }}", "{% break %}", "{{ b }}",
)  # fmt: skip


def outcome(render: Any) -> str:
    try:
        return str(render())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("escape", [True, False])
@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_as_the_library_does(escape: bool, pieces: list[str]) -> None:
    template = liquid.environment("en", escape=escape).from_string("".join(pieces))
    buffer = template._get_buffer()

    def plainly() -> str:
        BoundTemplate.render_with_context(
            template, template.context_class(template, globals=template.make_globals(VALUES)), buffer
        )
        return buffer.getvalue()

    assert outcome(lambda: template.render(VALUES)) == outcome(plainly)


def test_a_second_rendering_knows_nothing_of_the_first() -> None:
    template = liquid.parse("{{ a }}{{ a }}", "en", escape=True)
    assert [liquid.render(template, {"a": value}) for value in "xy"] == ["xx", "yy"]
    with pytest.raises(RenderError):
        liquid.render(template, {})
