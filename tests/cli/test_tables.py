"""Tables on a terminal: no figure is cut at any width, words wrap, and where columns do not fit each row is told in lines."""

import pytest
from rich.cells import cell_len
from rich.console import Console

from relance.cli.tables import Grid

HEADERS = ("kind", "people", "in 90 days", "interval", "recipe")
ROWS = [
    ("Store buyers (false inactives)", "267", "€35,471", "44.0% to 45.2%", "store-buyers"),
    ("Former best customers", "1,203", "unknown", "", "vip-welcome-back"),
]


def shown(width: int, grid: Grid) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        console.print(grid)
    return captured.get()


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_no_figure_is_cut_and_no_line_is_too_long(width: int) -> None:
    text = shown(width, Grid(HEADERS, ROWS, title="Targets"))
    for cell in ("267", "€35,471", "44.0% to 45.2%", "store-buyers", "vip-welcome-back"):
        assert cell in text
    assert "…" not in text
    assert max(map(cell_len, text.splitlines())) <= width


def test_words_wrap_before_rows_become_lines() -> None:
    wide, narrow = (shown(width, Grid(HEADERS, ROWS)) for width in (80, 30))
    assert "Store buyers (false" in wide, "its own line, and the next"
    assert wide.splitlines()[-1].split() == ["Former", "best", "customers", "1,203", "unknown", "vip-welcome-back"]
    assert narrow.splitlines()[0] == "Store buyers (false inactives)"
    assert "people 267" in narrow


def test_numbers_stand_to_the_right() -> None:
    lines = shown(80, Grid(("state", "people"), [("active", "5"), ("dormant", "1,250")])).splitlines()
    assert lines[2].rstrip().endswith("      5")


def test_what_looks_like_markup_is_text() -> None:
    assert "[bold]" in shown(80, Grid(("subject",), [("[bold]Bonjour[/]",)]))
