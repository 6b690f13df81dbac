"""The pages behind the health of the base: the bill, movements, kinds of silence, models; figures equal what is kept."""

import re
from datetime import datetime, timedelta
from html import unescape

import pytest

from relance.core import database
from relance.dormancy import kinds, scoring
from relance.dormancy.lifetime import keeping
from relance.dormancy.models import Estimate, Profile
from relance.measurement import bill
from relance.segments.models import Segment
from relance.web.base import flows, foresight, lifetime, reactivity
from tests.browser import estimates
from tests.dormancy.kinds.conftest import PEOPLE
from tests.dormancy.kinds.conftest import shop as quiet_shop  # noqa: F401
from tests.dormancy.lifetime.test_keeping import NOW
from tests.dormancy.lifetime.test_keeping import base as customers
from tests.measurement.test_bill import shop as silent_shop  # noqa: F401
from tests.web.conftest import SignIn

PAGES = ("/base/bill", "/base/flows", "/base/kinds", "/base/models")
ENGLISH = re.compile(r"\b(the|people|who|silent|dormant|with|since|unknown|which|model)\b")


def words(page: str) -> str:
    """Return what a page says, without its marks and charts."""
    inner = re.search(r"<main.*</main>", page, re.DOTALL)
    assert inner is not None
    return unescape(
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<(template|code).*?</\1>", "", inner[0], flags=re.DOTALL)))
    )


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_base_of_which_nothing_is_kept_is_told_what_will_stand_there(
    sign_in: SignIn, path: str, language: str
) -> None:
    page = sign_in("reader", language).get(path)
    assert page.status_code == 200
    assert 'class="empty card"' in page.text
    assert language == "en" or not ENGLISH.search(words(page.text))


@pytest.mark.usefixtures("silent_shop")
def test_an_editor_makes_the_bill_and_the_page_shows_its_figures(now: datetime, sign_in: SignIn) -> None:
    client = sign_in("editor")
    bill.keep(now, months=2)
    page = words(client.get("/base/bill").text)
    assert "60.0%" in page  # 30 silent of 50
    assert "Of the 30 people who were awake" in page
    clicked = r"Mails clicked of mails delivered; clicks of machines left out 10\.0% [\d.]+% to [\d.]+% 16\.7% [\d.]+% to [\d.]+% 0\.0%"
    assert re.search(clicked, page), page
    assert re.search(r"[-−]6\.67 pts", page)  # what the silent take off the clicks
    low, high = bill.latest()["decay"]["interval"]
    assert f"between {low:.1%} and {high:.1%}" in page  # of the awake, who fell silent
    assert sign_in("reader").post("/base/bill/make").status_code == 403


@pytest.mark.usefixtures("silent_shop")
@pytest.mark.parametrize(("language", "untold", "unsent"), [
    ("en", "no source tells", "no mail in that time"), ("fr", "aucune source ne le dit", "aucun e-mail sur cette période"),
])  # fmt: skip
def test_no_mail_is_told_from_a_signal_nobody_tells_of(
    now: datetime, sign_in: SignIn, language: str, untold: str, unsent: str
) -> None:
    database.execute("DELETE FROM coverage WHERE type = 'message_complained'")
    bill.keep(now, months=1)
    page = words(sign_in("reader", language).get("/base/bill").text)
    assert page.count(untold) == 3  # complaints: all, without, alone
    assert unsent not in page
    kept = Estimate.objects.get(kind="bill")
    kept.figures["rates"]["silent"]["clicked"] |= {"count": 0, "of": 0, "share": None, "interval": None}
    kept.figures["rates"]["silent"]["mails"] = 0
    kept.save()
    assert words(sign_in("editor", language).get("/base/bill").text).count(unsent) == 1


@pytest.mark.usefixtures("silent_shop")
def test_the_bill_and_movements_are_french_and_the_table_adds_up(now: datetime, sign_in: SignIn) -> None:
    client = sign_in("editor", "fr")
    bill.keep(now, months=1)
    for path in ("/base/bill", "/base/flows?months=3", "/base/flows?months=nonsense"):
        assert not ENGLISH.search(words(client.get(path).text)), path
    for count, _label in flows.choices():
        table = flows.over(bill.latest(), count)["table"]
        assert (
            sum(line["people"] for line in table)
            == sum(cell["people"] for line in table for cell in line["cells"])
            == 50
        )


@pytest.mark.usefixtures("silent_shop")
def test_who_fell_silent_over_a_year_is_counted_from_the_flows(now: datetime) -> None:
    bill.keep(now, months=1)
    fell, woke, came = flows.over(bill.latest(), 12)["figures"]
    assert (fell["value"], woke["value"], came["value"]) == ("10", "0", "0")  # ten bought last 400 days ago


def test_a_bill_of_before_periods_were_kept_still_shows_its_year(now: datetime) -> None:
    year = {"since": now.isoformat(), "until": now.isoformat(), "source": "history",
            "flows": [{"start": "active", "end": "dormant", "people": 4}]}  # fmt: skip
    assert flows.over({"flows": year}, 1)["figures"][0]["value"] == "4"


def test_a_large_base_does_not_wait_for_its_bill(
    db: None, now: datetime, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.execute("INSERT INTO contact (first_seen_at) SELECT %s FROM generate_series(1, 3)", [now])
    database.execute(
        "INSERT INTO profile (contact_id, state, state_since, scored_at) SELECT id, 'active', %s, %s FROM contact",
        [now, now],
    )
    monkeypatch.setattr("relance.web.base.tabs.SMALL", 2)
    client = sign_in("editor")
    for path in ("/base/bill/make", "/base/kinds/sort"):
        assert client.post(path).status_code == 422
    assert "Make it now" not in client.get("/base/bill").text


@pytest.mark.usefixtures("quiet_shop")
def test_kinds_are_shown_with_their_counts_and_become_segments(now: datetime, sign_in: SignIn) -> None:
    Profile.objects.filter(contact_id=PEOPLE["anna"]).update(scored_at=now)
    kept = kinds.refresh(now)
    client = sign_in("editor", "fr")
    page = client.get("/base/kinds").text
    for one in kept["overview"]["kinds"]:
        assert re.search(
            rf"<h3>{re.escape(one['title']['fr'])}</h3><strong class=\"kind-count\">{one['people']}</strong>", page
        ), one["code"]
        counts = f"type principal\u00a0: {one['quiet']}. Personnes de ce groupe joignables\u00a0: {one['reachable']}."
        assert counts in page
    assert not ENGLISH.search(words(page))
    answer = client.post("/base/kinds/users/segment")
    assert (answer.status_code, answer["Location"]) == (302, "/segments/named/users")
    assert client.post("/base/kinds/users/segment").status_code == 302  # twice is once
    assert Segment.objects.filter(name="users").count() == 1
    assert "/people/?segment=users" in client.get("/base/kinds").text
    assert client.post("/base/kinds/cart/segment").status_code == 302  # a place in the funnel opens its people too
    assert client.post("/base/kinds/nonsense/segment").status_code == 404
    assert "/people/?segment=cart-left" in client.get("/base/kinds").text
    assert sign_in("reader").post("/base/kinds/users/segment").status_code == 403


def test_a_model_in_force_is_told_in_words_with_what_was_measured(db: None, sign_in: SignIn) -> None:
    keeping.refresh(customers(), NOW)
    told = lifetime.told()
    assert told is not None
    values = keeping.parameters().values  # type: ignore[union-attr]
    assert told["sentences"][0].startswith(
        f"As long as they are customers, they buy every {round(values['alpha'] / values['r'])} days"
    )
    assert told["measured"]["ranking"][0]["difference"]["low"] > 0
    assert told["once"]["rows"][0]["share"] < told["once"]["last"]["share"] < 1
    page = words(sign_in("reader", "fr").get("/base/models").text)
    assert "En service" in page
    assert not ENGLISH.search(page)


def test_a_model_that_was_refused_says_why(db: None, sign_in: SignIn) -> None:
    keeping.refresh(customers(leaves=False, customers=1_000), NOW)
    page = words(sign_in("reader", "fr").get("/base/models").text)
    assert "Aucun modèle en service" in page
    assert "Un modèle où personne ne part jamais" in page


def test_too_few_customers_are_told_with_their_number(db: None, now: datetime, sign_in: SignIn) -> None:
    Estimate.objects.create(
        kind=keeping.KIND,
        as_of=now,
        accepted=False,
        refusal="too_few_customers",
        figures={"customers": 12, "repeat_buyers": 3},
    )
    page = words(sign_in("reader").get("/base/models").text)
    assert "at least 100" in page
    assert "There are 12 customers, of whom 3 bought on several days." in page


@pytest.mark.usefixtures("quiet_shop")
def test_future_and_reactivity_show_verdicts_plots_and_tables(now: datetime, sign_in: SignIn) -> None:
    estimates.keep("waking", now)
    (one,) = [found for found in foresight.told() if found["accepted"]]
    assert [horizon["days"] for horizon in one["horizons"]] == [30, 60, 90]
    assert all(len(horizon["chart"]["series"]) == 2 for horizon in one["horizons"])
    (study,) = reactivity.told()
    assert study["verdict"][1] == "green"
    assert study["learners"][0]["low"] > 0
    assert len(study["tenths"]) == 10
    for language in ("en", "fr"):
        page = words(sign_in("reader" if language == "en" else "editor", language).get("/base/models").text)
        assert language == "en" or not ENGLISH.search(page)


@pytest.mark.usefixtures("quiet_shop")
def test_how_many_are_likely_is_told_only_where_everybodys_probability_is_known(now: datetime) -> None:
    estimates.future(now)  # in force from the next scoring on: those of the last have no probability
    assert all(horizon["likely"] is None for found in foresight.told() for horizon in found["horizons"])
    scoring.run(now + timedelta(days=1))
    told = [horizon["likely"] for found in foresight.told() if found["accepted"] for horizon in found["horizons"]]
    assert all(likely is not None and likely >= 0 for likely in told)


@pytest.mark.usefixtures("silent_shop")
def test_the_tabs_lead_to_every_page_and_name_the_one_in_view(now: datetime, sign_in: SignIn) -> None:
    client = sign_in("reader")
    for path in PAGES:
        page = client.get(path).text
        assert re.search(rf'href="{path}" aria-current="page"', page), path
        assert all(f'href="{other}"' in page for other in PAGES)
