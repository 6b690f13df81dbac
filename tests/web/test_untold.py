"""Where the data ended, the pages say once since when silence is unknown and what to do, and print no 0 in its place."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from relance.dormancy import kinds
from relance.measurement import bill, overview, relaunch
from tests.measurement.test_untold import over
from tests.prepared import prepared

from .conftest import SignIn

PAGES = (
    "/",
    "/base/bill",
    "/base/flows",
    "/base/kinds",
    "/dormancy/",
    "/dormancy/policies/ecommerce/",
    "/dormancy/everybody/",
)


@pytest.fixture
def shop(db: None, tmp_path: Path, now: datetime) -> Iterator[None]:
    """A shop whose data ended 120 days ago, with what the night keeps."""
    with prepared(f"untold pages {now}", tmp_path, lambda: night(now)):
        yield


def night(now: datetime) -> None:
    over(now)
    overview.keep(now)
    relaunch.refresh(now)
    bill.keep(now, months=0)
    kinds.run(now)


def words(page: str) -> str:
    page = re.sub(r"(?s)<(script|style|svg).*?</\1>", " ", page)
    return " ".join(re.sub(r"<[^>]+>", " ", page).replace("\xa0", " ").replace("\u202f", " ").split())


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("language", "title", "action"), [
    ("en", "Who is dormant has been unknown since 29 March 2026", "Bring your files up to date"),
    ("fr", "On ne sait plus qui est en sommeil depuis le 29 mars 2026", "Mettre vos fichiers à jour"),
])  # fmt: skip
@pytest.mark.usefixtures("shop")
def test_it_is_said_once_with_what_to_do(sign_in: SignIn, path: str, language: str, title: str, action: str) -> None:
    page = words(sign_in("reader", language).get(path).text)
    assert page.count(title) == 1
    assert page.count(action) == 1
    assert "0 silent" not in page
    assert "0 inactifs" not in page


@pytest.mark.usefixtures("shop")
def test_the_bill_and_the_movements_print_unknown(sign_in: SignIn) -> None:
    client = sign_in("reader")
    page = words(client.get("/base/bill").text)
    assert "nobody can tell how many are silent today" in page
    assert page.count("your files tell of no mail after 29 March 2026") == 1
    assert "0 dormant" not in page
    moved = words(client.get("/base/flows").text)
    assert "how many are dormant is unknown" in moved
    assert moved.count("Fell silent unknown") == 1


@pytest.mark.usefixtures("shop")
def test_the_policy_page_counts_back_from_where_the_data_end(sign_in: SignIn) -> None:
    page = words(sign_in("reader").get("/dormancy/policies/ecommerce/").text)
    assert "how many are silent: unknown" in page
    assert "counted back from 29 March 2026" in page


def test_states_older_than_the_figures_are_dated(sign_in: SignIn, shop: None, now: datetime) -> None:
    overview.keep(now + timedelta(hours=9))
    page = words(sign_in("reader").get("/").text)
    assert re.search(
        r"States as of 27 July 2026[^;]*, the last calculation; the rest was counted on 27 July 2026", page
    )


@pytest.mark.usefixtures("shop")
def test_a_comparison_says_that_the_dormant_are_unknown(sign_in: SignIn) -> None:
    tried = {"days": "200"}
    page = words(sign_in("editor").post("/dormancy/policies/ecommerce/threshold", tried, follow=True).text)
    assert "Dormant, both kinds unknown → unknown" in page
    assert page.count("Who is dormant has been unknown since 29 March 2026") == 1
