"""Results: never more than the interval says, "not finished" until it is, one A4 page in the reader's language."""

import io
import re
from dataclasses import replace
from datetime import datetime

import pytest
from django.utils import translation
from pydantic import TypeAdapter

from relance.core.models import AuditEntry
from relance.journeys.models import Enrolment, Journey, Version
from relance.measurement.figures import Result
from relance.measurement.intervals import Interval
from relance.measurement.models import ResultSnapshot
from relance.web.results import pdf, story
from tests.measurement.made_up import result
from tests.web.conftest import SignIn

NAME = "reactivation-ecommerce"
GAINS = [(Interval(120.0, 980.0), 550.0), (Interval(0.01, 3.0), 1.0)]
UNPROVEN = [
    (Interval(-300.0, 900.0), 300.0),
    (Interval(0.0, 900.0), 450.0),
    (Interval(-900.0, 0.0), -450.0),
    (Interval(-5.0, 5.0), 0.0),
]
LOSSES = [(Interval(-980.0, -120.0), -550.0)]
PROMISE = {"en": re.compile(r"brought|would not have come without"), "fr": re.compile(r"a rapporté|sans lui")}


def measured(interval: Interval | None, gain: float | None, *, finished: bool = True) -> Result:
    """A made-up result with this money."""
    made = result(finished=finished)
    return replace(made, revenue=replace(made.revenue, incremental=gain, incremental_interval=interval))


def told(found: Result, language: str = "en") -> story.Told:
    with translation.override(language):
        return story.tell(found, None)


def keep(found: Result, now: datetime) -> None:
    """Keep a result for the journey, which somebody entered."""
    journey, _new = Journey.objects.get_or_create(name=NAME)
    plain = TypeAdapter(Result).dump_python(found, mode="json")
    ResultSnapshot.objects.update_or_create(journey=journey, defaults={"at": now, "figures": plain})


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("interval", "gain"), GAINS)
def test_a_gain_is_told_with_both_limits(interval: Interval, gain: float, language: str) -> None:
    assert PROMISE[language].search(told(measured(interval, gain), language).headline)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("interval", "gain"), UNPROVEN + LOSSES)
def test_no_gain_is_told_where_the_interval_holds_zero_or_lies_below(
    interval: Interval, gain: float, language: str
) -> None:
    headline = told(measured(interval, gain), language).headline
    assert not PROMISE[language].search(headline)
    assert re.search(r"\d", headline)


def test_a_loss_is_told_as_one() -> None:
    assert "cost sales" in told(measured(*LOSSES[0])).headline


@pytest.mark.parametrize(("interval", "gain"), GAINS + UNPROVEN + LOSSES)
def test_an_unfinished_journey_concludes_nothing(interval: Interval, gain: float) -> None:
    page = told(measured(interval, gain, finished=False))
    assert page.headline == "It is too early to conclude. Here is what is known so far."
    assert page.status.startswith("Not finished")
    assert not page.finished


def test_an_unknown_gain_falls_back_on_the_goal_and_is_no_zero() -> None:
    page = told(measured(None, None))
    assert page.headline == result().conclusion["en"]
    assert page.figures[0]["value"] == "unknown"


def test_a_finished_journey_says_so() -> None:
    assert told(result()).status == "Finished"


def test_a_period_of_one_day_names_it_once() -> None:
    made = result()
    one_day = replace(made, ends_at=made.first_entry)
    assert told(one_day).period == told(made).period.split(" to ")[0]


def test_each_figure_has_its_definition() -> None:
    page = told(result())
    assert len(page.figures) == 5
    assert [one["label"] for one in page.figures if len(one["definition"]) < 40] == []


@pytest.mark.parametrize(("language", "there", "absent"), [
    ("fr", ("Résultat du parcours", "Groupe témoin", "Comment on l’a mesuré"), ("Result of", "Control group", "Before believing")),
    ("en", ("Result of the journey", "Control group", "How it was measured"), ("Résultat", "Groupe témoin", "témoin")),
])  # fmt: skip
@pytest.mark.parametrize("finished", [True, False])
def test_the_pdf_is_one_a4_page_with_the_headline_in_its_language(
    language: str, there: tuple[str, ...], absent: tuple[str, ...], finished: bool
) -> None:
    pypdf = pytest.importorskip("pypdf")
    page = told(result(finished=finished), language)
    (sheet,) = pypdf.PdfReader(io.BytesIO(pdf.page(page, language))).pages
    assert (round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) == (595, 842)
    text = plain(sheet.extract_text())
    assert plain(page.headline) in text
    assert plain(page.status) in text
    for words in there:
        assert plain(words) in text
    for words in absent:
        assert plain(words) not in text


def plain(text: str) -> str:
    """Return the letters and digits alone: a PDF breaks lines and words where it likes."""
    return re.sub(r"[^\w%€]", "", text)


def test_the_list_and_the_page_show_what_was_kept(sign_in: SignIn, now: datetime) -> None:
    client = sign_in("reader")
    assert "No result yet" in client.get("/results/").text
    keep(result(finished=False), now)
    page = client.get(f"/results/{NAME}/").text
    assert "too early to conclude" in page
    assert "Not finished" in page
    assert "Measure now" not in page
    answer = client.get(f"/results/{NAME}/result.pdf")
    assert (answer["Content-Type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
    assert answer["Content-Disposition"] == f'attachment; filename="{NAME}.en.pdf"'


def test_a_journey_nobody_entered_has_no_result(sign_in: SignIn) -> None:
    client = sign_in("reader", "fr")
    for address in (f"/results/{NAME}/", "/results/none/result.pdf"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "Personne" in answer.text


@pytest.mark.parametrize(("role", "status"), [("reader", 403), ("editor", 302)])
def test_only_who_may_edit_measures(sign_in: SignIn, now: datetime, role: str, status: int) -> None:
    keep(result(finished=False), now)
    client = sign_in(role)
    assert client.get(f"/results/{NAME}/measure").status_code == 405
    if status == 403:
        assert client.post(f"/results/{NAME}/measure").status_code == 403


def test_a_finished_journey_is_not_measured_again_from_its_page(sign_in: SignIn, now: datetime) -> None:
    keep(result(), now)
    assert "Measure now" not in sign_in("editor").get(f"/results/{NAME}/").text
    assert not AuditEntry.objects.exists()
    assert not Enrolment.objects.exists()
    assert not Version.objects.exists()


def test_the_french_page_has_no_english_left(sign_in: SignIn, now: datetime) -> None:
    keep(result(), now)
    page = re.sub(r"<[^>]+>", " ", sign_in("reader", "fr").get(f"/results/{NAME}/").text)
    assert not re.search(r"\b(the|journey|people|control|between|measured)\b", page)
