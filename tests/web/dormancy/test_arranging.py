"""Policies removed and put in another order, each after the page said what it moves."""

import re
from html import unescape

import pytest
from django.utils import timezone

from relance.core.definitions import parse
from relance.core.models import AuditEntry
from relance.dormancy import policies, presets
from relance.dormancy.models import Policy
from relance.journeys.models import Draft, Revision
from relance.segments import definitions as segments
from tests.web.conftest import SignIn
from tests.web.dormancy.reading import compared, shown


@pytest.mark.slow
@pytest.mark.usefixtures("_shop")
def test_a_policy_is_removed_after_the_page_said_how_many_it_moves(sign_in: SignIn) -> None:
    client = sign_in("editor")
    assert "See what removing does" in shown(client, "/dormancy/policies/ecommerce/")
    comparison = compared(client, "/dormancy/policies/ecommerce/remove")
    assert Policy.objects.count() == 2  # nothing is removed yet
    page = shown(client, comparison)
    assert "Customers of a shop → Subscribers who never bought 60" in page
    assert "Remove this policy? 60 people fall to another one" in client.get(comparison).text
    client.post(f"{comparison}apply")
    assert [policy.policy for policy in policies.in_force()] == ["newsletter"]
    assert AuditEntry.objects.filter(action="policy removed", subject="ecommerce").exists()
    assert "Applied on" in shown(client, comparison)
    assert "Customers of a shop, removed" in shown(client, "/dormancy/")  # by its title, though it is gone
    assert sign_in("reader").post("/dormancy/policies/newsletter/remove").status_code == 403


@pytest.mark.usefixtures("_policies")
def test_a_policy_that_a_segment_asks_for_is_not_removed_and_the_page_says_why(sign_in: SignIn) -> None:
    segments.apply(
        parse("segment: buyers\ntitle: {en: Shop people, fr: Gens}\npolicy: ecommerce\n", "s.yaml"), timezone.now()
    )
    draft = Draft.objects.create(name="autumn", revision=1)
    text = "journey: autumn\nsteps:\n  - branch:\n      - if: {policy: ecommerce}\n        then: []\n"
    Revision.objects.create(draft=draft, number=1, text=text, act="", actor="", at=timezone.now())
    client = sign_in("editor", "fr")
    page = client.get("/dormancy/policies/ecommerce/").text
    assert 'href="/segments/named/buyers"' in page
    assert 'href="/journeys/autumn/"' in page
    assert "Voir ce que cela change" not in page
    refused = client.post("/dormancy/policies/ecommerce/remove")
    assert refused.status_code == 422
    assert "elle est demandée par le segment «\u202fGens\u202f»" in unescape(refused.text)
    assert Policy.objects.filter(name="ecommerce").exists()


@pytest.mark.usefixtures("_shop")
def test_policies_are_put_in_another_order_by_links_and_buttons(sign_in: SignIn) -> None:
    policies.apply(presets.preset("food-retail").document, timezone.now())
    client = sign_in("editor")
    page = client.get("/dormancy/").text
    (way,) = set(re.findall(r'id="arrow-up-food-retail" href="(\?order=[^"]*)"', page))
    assert way == "?order=food-retail,ecommerce,newsletter"
    assert "arrow-down-newsletter" not in page  # for everybody: nobody gets past it
    assert "arrow-up-newsletter" not in page
    tried = client.get(f"/dormancy/{way}").text
    assert "Nothing is changed yet" in tried
    assert re.findall(r'name="policy" value="([^"]*)"', tried) == ["food-retail", "ecommerce", "newsletter"]
    comparison = compared(client, "/dormancy/order", policy=["food-retail", "ecommerce", "newsletter"])
    assert "Customers of a shop → " in shown(client, comparison)
    client.post(f"{comparison}apply")
    assert [policy.policy for policy in policies.in_force()] == ["food-retail", "ecommerce", "newsletter"]
    assert AuditEntry.objects.filter(action="policies ordered").exists()
    assert client.post("/dormancy/order", {"policy": ["food-retail"]}).status_code == 422  # that is the order already


@pytest.mark.usefixtures("_shop")
def test_a_removal_compared_before_the_policies_changed_is_not_applied(sign_in: SignIn) -> None:
    client = sign_in("editor")
    comparison = compared(client, "/dormancy/policies/ecommerce/remove")
    policies.apply(presets.preset("b2b").document, timezone.now())
    assert "changed since this comparison was made" in shown(client, comparison)
    assert client.post(f"{comparison}apply").status_code == 422
    assert Policy.objects.filter(name="ecommerce").exists()
