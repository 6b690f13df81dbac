"""The report: complete, in both languages, asking nothing of any network, and marked where it is simulated."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from relance.core.errors import InputError
from relance.measurement import report
from relance.measurement.report import words
from relance.measurement.report.charts import Scale, bar
from relance.measurement.report.comparison import cash
from relance.measurement.report.data import Assumptions, Mail, findings
from relance.measurement.report.glossary import GLOSSARY
from tests.measurement import made_up


class Page(HTMLParser):
    """Every start tag with its attributes, and the text of headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[str] = []
        self._heading = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"h1", "h2", "h3"}:
            self._heading = True
            self.headings.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"h1", "h2", "h3"}:
            self._heading = False

    def handle_data(self, data: str) -> None:
        if self._heading:
            self.headings[-1] += data

    def named(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.tags if name == tag)


def test_messages_are_called_by_their_titles_in_the_language() -> None:
    called = {"fr": {"hello": "Premier bonjour"}, "en": {"hello": "First hello"}}
    data = replace(
        made_up.report(), step_titles=called, mails=[Mail("hello", "a", "fr", "Anna\u202f?", "<p>Bonjour</p>")]
    )
    for language, title in (("fr", "Premier bonjour"), ("en", "First hello")):
        text = report.html(data, language)
        assert f'<th scope="row">{title}<small>' in text
        assert f"<small>{title} · a · fr</small>" in text
        assert ">hello<" not in text
        assert '<th scope="row">history</th>' in text  # nobody says what it is called


def test_journey_and_events_are_called_by_their_words() -> None:
    text = report.html(made_up.report(), "fr")
    assert Page(text).headings[0] == "Réveiller les acheteurs en sommeil"
    assert "commandes en ligne" in text
    assert not re.search(r"\b(order_placed|store_purchase|site_visited)\b", text)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_is_asked_of_any_network(language: str) -> None:
    page = Page(report.html(made_up.report(), language))
    assert not [tag for tag, _ in page.tags if tag in {"script", "link", "img", "object", "embed", "base"}]
    assert not [
        name for _, attributes in page.tags for name in attributes if name in {"src", "href", "action", "style"}
    ]
    policy = next(a["content"] for a in page.named("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_style_asks_for_no_file() -> None:
    text = report.html(made_up.report(), "en")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_wide_tables_are_scrolled_by_keyboard_and_named() -> None:
    text = report.html(made_up.report(), "en")
    found = re.findall(r'<div class="scroll"[^>]*>', text)
    assert len(found) == 2
    for scrolled in found:
        name = re.search(r'aria-labelledby="(\w+)"', scrolled)
        assert name is not None
        assert 'tabindex="0"' in scrolled
        assert f'id="{name[1]}"' in text


def test_sample_mails_stand_in_closed_frames() -> None:
    frames = list(Page(report.html(made_up.report(), "fr")).named("iframe"))
    assert [frame["sandbox"] for frame in frames] == ["", ""]
    mail = frames[0]["srcdoc"]
    assert mail is not None
    assert mail.startswith(made_up.MAIL)
    assert re.fullmatch(
        "<style>@media print{html{[a-z:;-]+}}</style>", mail.removeprefix(made_up.MAIL)
    )  # colours and no scroll bars


def test_what_comes_from_people_is_escaped() -> None:
    assert "<b>Evil" not in report.html(replace(made_up.report(), shop="<b>Evil</b>"), "en")


def test_a_rehearsal_is_marked_beside_every_figure_of_the_journey() -> None:
    headings = Page(report.html(made_up.report(), "en")).headings
    marked = [heading for heading in headings if heading.endswith("simulated")]
    assert len(marked) == 8
    assert any(heading.startswith("What the journey brought") for heading in marked)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "only their sum can be compared, 9,382 → 9,282 simulated."), ("fr", "seule leur somme se compare, ")],
)
def test_states_that_a_rehearsal_cannot_tell_apart_are_compared_together(language: str, words: str) -> None:
    known = made_up.report()
    assert known.after is not None
    after = replace(known.after, states=known.after.states | {"very_dormant": 0, "undetermined": 4_905})
    text = report.html(replace(known, after=after), language)
    assert words in text
    assert text.count("small>→") == 4, "active, cooling, never active and new alone"


def test_a_real_run_is_not_marked_and_shows_no_assumption() -> None:
    text = report.html(replace(made_up.report(simulated=False), after=None), "en")
    assert "simulated" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    assert 'class="ribbon"' not in text


def test_french_numbers_have_narrow_spaces_and_commas() -> None:
    text = report.html(made_up.report(), "fr")
    assert "5\u202f010" in text
    assert "4,02\u202f%" in text
    assert "381\u202f204\u202f€" in text
    assert '<html lang="fr">' in text


def test_english_numbers_have_commas_and_points() -> None:
    text = report.html(made_up.report(), "en")
    assert "5,010" in text
    assert "4.02%" in text
    assert "€381,204" in text


def test_what_data_do_not_cover_is_unknown() -> None:
    assert "<b>unknown</b> not covered by data: sign-ins" in report.html(made_up.report(), "en")


def test_an_interval_that_holds_zero_says_so_beside_its_big_figure() -> None:
    text = report.html(made_up.report(), "en")
    assert text.count("it holds zero: no effect shown") == 1  # revenue; the orders do show an effect


@pytest.mark.parametrize(
    ("language", "words"), [("en", "too few purchases to tell"), ("fr", "trop peu d’achats pour le dire")]
)
def test_revenue_of_too_few_purchases_has_no_figure_and_no_whisker(language: str, words: str) -> None:
    made = made_up.report()
    scarce = replace(made.result.revenue, interval=None, incremental_interval=None, scarce=True)
    text = report.html(replace(made, result=replace(made.result, revenue=scarce)), language)
    assert words in text
    assert 'class="money"' in report.html(made, language)
    assert 'class="money"' not in text


def test_an_unfinished_result_says_until_when() -> None:
    text = report.html(made_up.report(finished=False), "en")
    assert "Not finished until 22 October 2026" in text
    assert text.count('class="mark pending"') == 2


def test_an_empty_journey_makes_a_report_too() -> None:
    full = made_up.result()
    volumes = replace(full.volumes, steps=[], verdicts=[], exits=[], signals=[])
    empty = replace(
        full,
        effects=[replace(e, interval=None, difference=None, incremental=None) for e in full.effects],
        volumes=volumes,
    )
    text = report.html(
        replace(made_up.report(), result=empty, mails=(), calendar=(), hygiene=(), assumptions=None), "en"
    )
    assert "No mail was planned." in text
    assert "The gate refused nothing." in text


def test_every_text_is_said_in_two_different_ways() -> None:
    pairs = [*words.TEXTS.values(), *(one.term for one in GLOSSARY), *(one.meaning for one in GLOSSARY)]
    assert all(english and french for english, french in pairs)
    assert [english for english, french in pairs if english == french] == []


def test_texts_name_the_same_values_in_both_languages() -> None:
    names = [tuple(sorted(re.findall(r"{(\w+)}", text)) for text in pair) for pair in words.TEXTS.values()]
    assert [pair for pair in names if pair[0] != pair[1]] == []


def test_no_third_language(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no report in `de`"):
        report.write(made_up.report(), tmp_path / "report.html", "de")
    assert list(tmp_path.iterdir()) == []


def test_writing_replaces_the_file_and_leaves_no_draft(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "report.html"
    report.write(made_up.report(), path, "en")
    assert report.write(made_up.report(), path, "fr") == path
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
    assert 'lang="fr"' in path.read_text()


def test_scales_hold_zero_and_have_round_ticks() -> None:
    scale = Scale.around([0.0133, 0.0518])
    assert scale.ticks == pytest.approx((0.0, 0.02, 0.04, 0.06))
    assert scale.place(0.0) < scale.place(0.0133) < scale.place(0.0518) < 100
    assert Scale.around([]).ticks


def test_bars_never_leave_their_track() -> None:
    assert 'width="100.00%"' in bar(1.7, "accent", "too much")
    assert 'width="0.00%"' in bar(-1, "accent", "too little")


def test_hygiene_becomes_findings_with_their_denominators() -> None:
    share = {"count": 3, "of": 40, "share": 0.075}
    email = dict.fromkeys(("syntax", "mistyped", "disposable", "dead_mailbox", "role", "suppressed"), share)
    found = {
        "email": {"reasons": email},
        "phone": {"reasons": {"number": share}},
        "without_valid_email": share,
        "merged": share,
    }
    why, rest = findings(found)
    assert {(one.count, one.of) for one in [*why, *rest]} == {(3, 40)}
    assert "phone_number" in {one.code for one in rest}


def test_rates_become_assumptions() -> None:
    made = Assumptions.of(
        {"rates": "default", "states": {"active": {"click": 0.1}}, "basket": 54, "value_bands": {"low": 0.5}}
    )
    assert made.others == {"basket": 54.0, "value_band_low": 0.5}


def test_small_assumed_shares_do_not_show_as_nothing() -> None:
    assumed = Assumptions.of({"states": {"active": {"click": 0.1}}, "buy_after_mail": 0.003, "basket": 54})
    page = report.html(replace(made_up.report(), assumptions=assumed), "en")
    assert "0.30%" in page
    assert "0.00</dd>" not in page


def test_both_limits_of_an_amount_have_the_same_digits() -> None:
    assert cash(77.14, "EUR", "en", beside=12_783) == "€77"
    assert cash(77.14, "EUR", "en", beside=99) == "€77.14"


def test_who_tells_of_complaints_is_among_the_assumptions() -> None:
    assumed = Assumptions.of({"states": {"active": {"click": 0.1}}}, ("outlook.*", "orange.fr"))
    page = report.html(replace(made_up.report(), assumptions=assumed), "fr")
    assert "boucle de retour\xa0: outlook.*, orange.fr." in page
