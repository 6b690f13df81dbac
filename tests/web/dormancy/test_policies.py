"""Policies: listed, told in words, measured, changed, compared, applied; nothing takes effect before it was shown."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from relance.core.definitions import parse
from relance.core.models import AuditEntry
from relance.dormancy import policies, presets, returning, threshold
from relance.dormancy.models import Estimate, Policy, Profile
from relance.intake.models import Work
from relance.web import titles
from relance.web.dormancy import comparing, curves, editing, standing, words
from tests.web.conftest import SignIn
from tests.web.dormancy.reading import compared, shown


def test_without_a_policy_the_page_says_what_one_is_for_and_offers_presets(sign_in: SignIn) -> None:
    page = shown(sign_in("editor"), "/dormancy/")
    assert "No policy is in force" in page
    assert all(titles.of_policy(preset.definition) in page for preset in presets.presets())


@pytest.mark.usefixtures("_shop")
def test_policies_are_listed_in_their_order_with_their_people(sign_in: SignIn) -> None:
    page = shown(sign_in("reader"), "/dormancy/")
    assert page.index("Customers of a shop") < page.index("Subscribers who never bought")
    assert "60 people" in page
    assert "10 people" in page
    found = standing.read()
    for state, people in found.of("ecommerce").items():
        assert people == Profile.objects.filter(policy="ecommerce", state=state).count()
    assert sum(found.of("").values()) == 70


@pytest.mark.usefixtures("_counted")
def test_the_pages_are_french_without_english_left(sign_in: SignIn) -> None:
    client = sign_in("editor", "fr")
    for path in ("/dormancy/", "/dormancy/policies/ecommerce/", "/dormancy/policies/newsletter/edit"):
        page = shown(client, path)
        assert not re.findall(
            r"\b(the|people|silence of|would|policy is|days|(?<!-)months|when|without|never)\b", page
        ), path


@pytest.mark.usefixtures("_counted")
def test_the_page_of_a_policy_tells_threshold_curve_and_three_clocks(sign_in: SignIn) -> None:
    page = shown(sign_in("reader"), "/dormancy/policies/ecommerce/")
    advice = threshold.recommend(threshold.kept("ecommerce").figures, "ecommerce")
    assert advice["in_force"] == 365
    assert "365 days" in page
    for clock in ("Last purchase", "Last sign of life", "Last contact in law"):
        assert clock in page
    assert "Days between two purchases" in page
    assert "Try this threshold" not in page  # a reader moves the slider; trying is an editor's
    assert "Try this threshold" in shown(sign_in("editor"), "/dormancy/policies/ecommerce/")


@pytest.mark.usefixtures("_shop")
def test_clocks_put_everybody_in_one_band() -> None:
    told = standing.clocks("ecommerce", timezone.now())
    assert told is not None
    purchases = told["chart"]["series"][0]["values"]
    assert (sum(purchases), purchases[0]) == (
        60,
        2,
    )  # silent for 10 and 20 days; 30 days and an hour are more than a month


@pytest.mark.usefixtures("_counted")
def test_intervals_are_those_of_the_orders() -> None:
    told = curves.intervals(threshold.kept("ecommerce").figures)
    assert (told["total"], told["median"], told["ninety"]) == (60 * 7, 40, 40)
    assert sum(told["chart"]["series"][0]["values"]) == 60 * 7


@pytest.mark.usefixtures("_counted")
def test_the_slider_answers_from_what_is_kept(sign_in: SignIn) -> None:
    client = sign_in("reader")
    client.get("/dormancy/threshold?policy=ecommerce&days=200")
    with CaptureQueriesContext(connection) as queries:
        answer = client.get("/dormancy/threshold?policy=ecommerce&days=200")
    assert len([one for one in queries if "estimate" in one["sql"]]) <= 2
    assert not [one for one in queries if "contact" in one["sql"] or "event" in one["sql"]]
    found = threshold.at("ecommerce", 200)
    assert f"+{found['becomes_dormant']}" in answer.text
    assert found["becomes_dormant"] > 0


@pytest.mark.usefixtures("_counted")
def test_what_is_no_threshold_is_refused_with_a_sentence(sign_in: SignIn) -> None:
    client = sign_in("reader")
    for days in ("", "x", "-3", "99999", "1.5", "²"):
        answer = client.get("/dormancy/threshold", {"policy": "ecommerce", "days": days})
        assert answer.status_code == 422, days
        assert "whole number of days" in answer.text, days


@pytest.mark.usefixtures("_shop")
def test_before_silences_are_counted_the_page_says_so_and_counts_on_request(sign_in: SignIn) -> None:
    client = sign_in("editor")
    assert "Silences were not counted yet" in shown(client, "/dormancy/policies/ecommerce/")
    assert client.post("/dormancy/count", {"policy": "ecommerce"}).status_code == 302
    assert returning.latest("ecommerce") is not None
    assert "Recommended threshold" in shown(client, "/dormancy/policies/ecommerce/")


@pytest.mark.usefixtures("_policies")
def test_before_a_scoring_the_page_says_what_comes_first(sign_in: SignIn) -> None:
    page = shown(sign_in("editor"), "/dormancy/policies/ecommerce/")
    assert "Nobody was scored yet" in page
    assert "First the base has to be scored" in page


@pytest.mark.usefixtures("_policies")
@pytest.mark.parametrize("code", sorted(threshold.REFUSALS))
def test_a_refused_estimate_says_why(sign_in: SignIn, code: str) -> None:
    now = timezone.now()
    Estimate.objects.create(
        kind=returning.KIND, policy="ecommerce", as_of=now, accepted=False, refusal=code, figures={}
    )
    client = sign_in("reader")
    assert curves.refused(code)["title"] in shown(client, "/dormancy/policies/ecommerce/")
    assert client.get("/dormancy/threshold?policy=ecommerce&days=9").status_code == 422


@pytest.mark.usefixtures("_counted")
def test_a_threshold_is_tried_shown_and_only_then_applied(sign_in: SignIn) -> None:
    client = sign_in("editor")
    before = Policy.objects.get(name="ecommerce").digest
    path = compared(client, "/dormancy/policies/ecommerce/threshold", days=200)
    work = Work.objects.get(kind=comparing.KIND)
    moved = [one for one in work.result["moves"]["matrix"] if one["before"] != one["after"]]
    assert work.result["moves"]["moved"] == sum(one["people"] for one in moved) > 0
    assert "Nothing is applied yet" in shown(client, path)
    assert Policy.objects.get(name="ecommerce").digest == before
    assert client.post(f"{path}apply").status_code == 302
    kept = policies.PolicyDefinition.model_validate(Policy.objects.get(name="ecommerce").definition)
    assert str(kept.criteria["no_purchase"].duration) == "200 days"
    entry = AuditEntry.objects.get(action="policy applied")
    assert (entry.subject, entry.details["moved"]) == ("ecommerce", work.result["moves"]["moved"])
    page = shown(client, "/dormancy/policies/ecommerce/")
    assert "changed after the last scoring" in page
    assert "200 days" in page
    assert "applied already" in client.post(f"{path}apply").text


@pytest.mark.usefixtures("_counted")
def test_each_move_opens_some_of_its_people(sign_in: SignIn) -> None:
    client = sign_in("editor")
    path = compared(client, "/dormancy/policies/ecommerce/threshold", days=200)
    moves = Work.objects.get(kind=comparing.KIND).result["moves"]["matrix"]
    one = next(move for move in moves if move["before"] != move["after"])
    asked = {"before": one["before"], "after": one["after"]}
    for headers in ({}, {"HX-Request": "true"}):
        page = client.get(f"{path}people", asked, headers=headers).text
        assert page.count('href="/people/') - page.count('href="/people/"') == min(10, one["people"])
    assert client.get(f"{path}people", {"before": "new", "after": "dormant"}).status_code == 404


@pytest.mark.usefixtures("_shop")
def test_a_comparison_of_policies_that_changed_meanwhile_is_not_applied(sign_in: SignIn) -> None:
    client = sign_in("editor")
    path = compared(client, "/dormancy/policies/ecommerce/threshold", days=200)
    policies.apply(presets.preset("b2b").document, timezone.now())
    assert "changed since this comparison" in shown(client, path)
    answer = client.post(f"{path}apply")
    assert answer.status_code == 422
    assert "200 days" not in str(Policy.objects.get(name="ecommerce").definition)


@pytest.mark.usefixtures("_shop")
def test_the_form_changes_durations_points_and_words(sign_in: SignIn) -> None:
    client = sign_in("editor")
    fields = {
        "criterion-no_purchase-count": 7,
        "criterion-no_purchase-unit": "month",
        "criterion-no_purchase-points": 4,
        "criterion-no_reaction-times": 9,
        "state-dormant-points": 4,
        "state-very_dormant-points": 7,
        "overdue_at": "2,5",
        "description": "Our customers. Silent after seven months.",
    }
    compared(client, "/dormancy/policies/ecommerce/edit", **fields)
    written = editing.check(Work.objects.get(kind=comparing.KIND).result["text"])[1]
    found = written.criteria["no_purchase"]
    assert (str(found.duration), found.points, written.states["dormant"].points) == ("7 months", 4, 4)
    assert written.criteria["no_reaction"].exposed_to is not None
    assert written.criteria["no_reaction"].exposed_to.count.gte == 9
    assert written.cadence is not None
    assert (written.cadence.overdue_at, titles.of_policy(written)) == (2.5, "Our customers")
    assert written.description["fr"].startswith("Clients")


@pytest.mark.usefixtures("_policies")
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"state-dormant-points": "1"}, "each state must ask for more points"),
        ({"criterion-no_purchase-points": "many"}, "whole number"),
        ({"criterion-no_purchase-count": "x", "criterion-no_purchase-unit": "day"}, "whole number of days"),
        ({"overdue_at": "often"}, "such as 3"),
        ({"state-very_dormant-points": "99"}, "no one can reach 99 points"),
    ],
)
def test_a_form_with_an_error_stays_as_it_was_posted(sign_in: SignIn, fields: dict[str, str], sentence: str) -> None:
    answer = sign_in("editor").post("/dormancy/policies/ecommerce/edit", fields | {"reason": "Because."})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Because." in answer.text
    assert not Work.objects.exists()


@pytest.mark.usefixtures("_policies")
def test_the_source_reads_back_and_its_errors_stand_at_their_line(sign_in: SignIn) -> None:
    client = sign_in("editor", "fr")
    definition = Policy.objects.get(name="ecommerce").definition
    text = editing.text_of(definition)
    assert editing.check(text)[0].data == definition
    wrong = text.replace("order_placed", "order_plced")
    line = 1 + text.splitlines().index(next(row for row in text.splitlines() if "order_placed" in row))
    (problem,) = client.post("/dormancy/check", {"text": wrong}).json()["problems"]
    assert problem["line"] == line
    assert "order_plced" in problem["sentence"]
    answer = client.post("/dormancy/policies/ecommerce/source", {"text": wrong})
    assert answer.status_code == 422
    assert f"ligne {line}" in answer.text
    assert client.post("/dormancy/check", {"text": text}).json() == {"problems": []}


@pytest.mark.slow
@pytest.mark.usefixtures("_shop")
def test_a_preset_is_tried_in_a_place_or_beside(sign_in: SignIn) -> None:
    client = sign_in("editor")
    path = compared(client, "/dormancy/presets/ecommerce-6-months/try", instead="ecommerce")
    work = Work.objects.get(kind=comparing.KIND)
    assert (work.result["policy"], work.result["new"]) == ("ecommerce", False)
    assert work.result["moves"]["moved"] > 0
    assert "as changed" in shown(client, path)
    path = compared(client, "/dormancy/presets/ecommerce-6-months/try", instead="")
    assert "a new policy" in shown(client, path)
    assert client.post("/dormancy/presets/unheard/try").status_code == 404
    assert client.post("/dormancy/presets/ecommerce-6-months/try", {"instead": "unheard"}).status_code == 404


@pytest.mark.usefixtures("_shop")
def test_every_preset_can_be_tried(sign_in: SignIn) -> None:
    for preset in presets.presets():
        assert editing.check(editing.tried(preset.name, "ecommerce"))[1].policy == "ecommerce"
        assert words.criteria(preset.definition)
        assert words.states(preset.definition)


@pytest.mark.usefixtures("_policies")
def test_a_large_base_is_compared_by_a_worker(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "few", lambda: False)
    client = sign_in("editor")
    path = compared(client, "/dormancy/policies/ecommerce/threshold", days=200)
    work = Work.objects.get(kind=comparing.KIND)
    assert work.state == "waiting"
    assert f"/dormancy/works/{work.id}/progress" in client.get(path).text
    assert client.get(f"/dormancy/works/{work.id}/progress").status_code == 200
    assert "not done yet" in client.post(f"{path}apply").text
    client.post(f"/dormancy/works/{work.id}/stop")
    assert "The comparison was stopped." in shown(client, path)
    assert client.get(f"/dormancy/works/{work.id}/progress")["HX-Refresh"] == "true"


@pytest.mark.usefixtures("_policies")
def test_a_policy_in_which_no_silence_decides_has_no_threshold_to_try(sign_in: SignIn) -> None:
    text = editing.text_of(Policy.objects.get(name="ecommerce").definition).replace(", needs: no_purchase", "")
    policies.apply(parse(text, "mine.yaml"), timezone.now())
    answer = sign_in("editor").post("/dormancy/policies/ecommerce/threshold", {"days": 200})
    assert answer.status_code == 422
    assert "no single silence" in answer.text


@pytest.mark.usefixtures("_policies")
def test_only_who_may_edit_tries_applies_counts_and_scores(sign_in: SignIn) -> None:
    client = sign_in("reader")
    for path in (
        "/dormancy/policies/ecommerce/threshold", "/dormancy/policies/ecommerce/edit", "/dormancy/policies/ecommerce/source",
        "/dormancy/presets/b2b/try", "/dormancy/count", "/dormancy/score", "/dormancy/check",
    ):  # fmt: skip
        assert client.post(path, {"days": 200}).status_code == 403, path
    assert "See who would move" not in client.get("/dormancy/").text
    assert client.get("/dormancy/policies/nobody/").status_code == 404


@pytest.mark.usefixtures("_policies")
def test_scoring_now_is_a_work_of_the_workers(sign_in: SignIn) -> None:
    answer = sign_in("editor").post("/dormancy/score")
    work = Work.objects.get(kind="refresh")
    assert answer["Location"] == f"/imports/works/{work.id}/"
    assert AuditEntry.objects.filter(action="base refreshed").exists()
