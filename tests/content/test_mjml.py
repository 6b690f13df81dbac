"""MJML becomes HTML; what could kill the process or fetch something is refused beforehand."""

import pytest

from relance.content import mjml
from relance.core.errors import RenderError


def body(text: str) -> str:
    return f"<mjml><mj-body><mj-section><mj-column>{text}</mj-column></mj-section></mj-body></mjml>"


def html(markup: str) -> str:
    kept = mjml.Liquid()
    checked = mjml.check(kept.take_out(markup))
    assert checked.problems == []
    return kept.put_back(mjml.to_html(checked.markup, language="fr", preheader="Bref & net"))


def problem(markup: str) -> str:
    return mjml.check(mjml.Liquid().take_out(markup)).problems[0]


def test_liquid_survives_in_text_attributes_and_between_elements() -> None:
    page = html(body('{% if a < b %}<mj-text><a href="{{ u | append: "x" }}">a</a></mj-text>{% endif %}'))
    assert "{% if a < b %}<tr>" in page
    assert 'href="{{ u | append: "x" }}"' in page
    assert page.index("</tr>{% endif %}") > page.index("{% if")


def test_attributes_keep_characters_mrml_would_write_as_escapes() -> None:
    page = html(body('<mj-image src="https://x.example/a.png" width="100px" alt="L’eau\u00a0: \\o/" />'))
    assert 'alt="L’eau&#160;: &#92;o/"' in page


def test_language_and_preheader_are_put_in() -> None:
    page = html(body("<mj-text>a</mj-text>"))
    assert '<html lang="fr"' in page
    assert "Bref &amp; net" in page


@pytest.mark.slow
@pytest.mark.parametrize("depth", [mjml.NESTING_LIMIT, 50_000])
def test_a_nesting_bomb_is_refused_before_the_library_sees_it(depth: int) -> None:
    assert "nested more than 64 deep" in problem(body("<mj-text>" + "<b>" * depth + "</b>" * depth + "</mj-text>"))


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        (body('<mj-include path="/etc/passwd" />'), "includes no other file"),
        (body("<mj-social></mj-social>"), "<mj-social> is not an element"),
        (body("<mj-text><script>x</script></mj-text>"), "<script> is not an element"),
        (body("<mj-text>a</b></mj-text>"), "</b> closes nothing"),
        (body("<mj-text>"), "closes nothing"),
        (body("words"), "text stands directly in <mj-column>"),
        (body("<mj-text>1 < 2</mj-text>"), "write `&lt;`"),
        (body("<mj-text><p {{ a }}>x</p></mj-text>"), "outside quotes"),
        (body('<mj-image src="https://x.example/a.png" />'), "without `alt`"),
    ],
)
def test_what_mails_may_not_hold_is_refused_with_a_sentence(markup: str, said: str) -> None:
    assert said in problem(markup)


def test_the_problem_names_the_line() -> None:
    assert problem(body("\n\n<mj-foo />")).startswith("line 3 of the MJML")


@pytest.mark.parametrize("markup", ["", "<p></p>", "<mjml></mjml><mjml></mjml>"])
def test_what_is_no_mjml_is_a_sentence(markup: str) -> None:
    with pytest.raises(RenderError, match="the MJML cannot be read"):
        mjml.to_html(mjml.check(markup).markup, language="fr", preheader="x")
