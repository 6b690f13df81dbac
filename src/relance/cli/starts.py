"""`relance journey compare-starts`: the same journey launched on several days, rehearsed side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.measurement.formats import money, number
from relance.rehearsal import comparison, rates
from relance.rehearsal.comparison import Asked, Figure, Side

MONEY = ("revenue", "promotion_revenue_lost", "balance")
LABELS = {
    "mails": ("reactivations sent", "réactivations envoyées"),
    "hard_bounce": ("hard bounces", "NPAI"),
    "soft_bounce": ("soft bounces", "rejets temporaires"),
    "complain": ("complaints", "plaintes"),
    "unsubscribe": ("unsubscribes", "désabonnements"),
    "click": ("clicks", "clics"),
    "order": ("orders brought", "commandes apportées"),
    "revenue": ("revenue brought", "chiffre d’affaires apporté"),
    "promotions_held_back": ("promotions held back by it", "promotions retenues à cause d’elle"),
    "promotion_clicks_lost": ("their clicks, lost", "clics perdus de celles-ci"),
    "promotion_revenue_lost": ("their revenue, lost", "chiffre d’affaires perdu de celles-ci"),
    "balance": ("balance of revenue", "bilan du chiffre d’affaires"),
}


def compare_starts(  # noqa: PLR0913 - one parameter per option
    name: Annotated[str, typer.Argument(help="The published journey.")],
    starts: Annotated[
        list[str], typer.Option("--start", help="A start; give several, or one beside the proposed one.")
    ],
    as_of: AsOf = None,
    days: Annotated[int, typer.Option(min=2, max=365, help="Virtual days of each.")] = 50,
    rates_file: Annotated[Path | None, typer.Option("--rates", help="YAML of the simulated people's rates.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other people.")] = 1,
    language: face.Language = "en",
    json: face.Json = False,
) -> None:
    """Rehearse a journey's starts side by side, in commercial periods too: bounces, complaints, other campaigns, revenue."""
    now = instant(as_of)
    wanted = [instant(one) for one in starts]
    if len(wanted) == 1:
        wanted.append(comparison.proposed(name, now))
    with face.progress() as report:
        sides = comparison.compare(Asked(name, now, days, rates.load(rates_file), seed), wanted, report)
    data = {"simulated": True, "journey": name, "days": days, "seed": seed, "rates": rates.load(rates_file).model_dump(),
            "starts": [one.as_dict() for one in sides]}  # fmt: skip
    face.answer(data, json=json, text=lambda console: _print(console, sides, language))


def _print(console: Console, sides: list[Side], language: str) -> None:
    french = language == "fr"
    heads = [
        f"{local(one.start):%Y-%m-%d %H:%M}" + ((" forcé" if french else " forced") if one.forced else "")
        for one in sides
    ]
    rows = [
        (labels[french], *(_cell(one.figures[name], name, language) for one in sides))
        for name, labels in LABELS.items()
    ]
    rows.append(("ouvertures du disjoncteur" if french else "breaker openings", *(str(one.openings) for one in sides)))
    title = "Simulé ; entre parenthèses, 95 départs sur 100" if french else "Simulated; in brackets, 95 launches in 100"
    console.print(Grid(("", *heads), rows, title=title))
    for head, one in zip(heads, sides, strict=True):
        console.print(f"{head}:" if not french else f"{head} :", style="bold")
        for sentence in one.findings:
            console.print(f"  {sentence[language]}", markup=False)
        if not one.findings:
            console.print("  Rien ne s’y oppose." if french else "  Nothing speaks against it.")


def _cell(figure: Figure, name: str, language: str) -> str:
    def shown(value: float) -> str:
        if name in MONEY:
            return money(value, language, settings.RELANCE.currency, digits=0)
        return number(value, language, 1 if name == "complain" else 0)

    if figure.range.low == figure.range.high:
        return shown(figure.value)
    return f"{shown(figure.value)} ({shown(figure.range.low)} – {shown(figure.range.high)})"
