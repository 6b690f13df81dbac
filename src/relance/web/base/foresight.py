"""Who may turn dormant soon, in words: per population and horizon, the model beside mere recency, on or off and why."""

from __future__ import annotations

from typing import Any, TypeAlias

from django.utils.translation import gettext as _

from relance.dormancy import profiles
from relance.dormancy.future import forms, parameters, words
from relance.dormancy.models import Estimate
from relance.events import engine
from relance.web import titles
from relance.web.language import current

Likely: TypeAlias = dict[
    tuple[str, int], tuple[int, float | None]
]  # by policy and horizon: people, likely to turn dormant


def told() -> list[dict[str, Any]]:
    """Return what the page says of each population's model, in the order of the policies; empty where none was judged yet."""
    likely, named = _likely(), titles.policies()
    return [
        _policy(estimate, likely) | {"policy": named.get(name, name)} for name, estimate in parameters.latest().items()
    ]


def _policy(estimate: Estimate, likely: Likely) -> dict[str, Any]:
    """Return a population's horizons; where nothing could be measured and all say the same, they say it once."""
    found = estimate.figures["horizons"]
    horizons = [_horizon(figures, likely.get((estimate.policy, int(days)))) for days, figures in found.items()]
    alike = all(one["model"] is None and one["likely"] is None for one in horizons)
    same = alike and len({one["sentence"] for one in horizons}) == 1
    return {
        "at": estimate.as_of,
        "accepted": estimate.accepted,
        "opens": _opens(estimate.figures.get("opens")),
        "horizons": horizons[-1:] if same else horizons,
        "same": same,
    }


def _opens(figures: dict[str, int] | None) -> str:
    """Return of whom opens count; empty where the policy reads none."""
    told = words.opens(figures)
    return "" if told is None else str(told["sentence_fr" if current() == "fr" else "sentence"])


def _horizon(found: dict[str, Any], likely: tuple[int, float | None] | None) -> dict[str, Any]:
    """Return one horizon: the verdict, what was measured, the plot of what was said against what came true."""
    figures = found["figures"]
    measured = "model" in figures
    people, expected = likely or (0, None)
    return {
        "days": found["horizon"],
        "accepted": found["accepted"],
        "sentence": words.told(found)["sentence_fr" if current() == "fr" else "sentence"],
        "learned": figures["learned"],
        "tested": figures["tested"],
        "model": figures["model"] if measured else None,
        "recency": figures["recency"] if measured else None,
        "difference": figures["auc_difference"] if measured else None,
        "people": people,
        "likely": expected if found["basis"] != "none" else None,
        "chart": _chart(figures) if measured else None,
    }


def _chart(figures: dict[str, Any]) -> dict[str, Any]:
    series = (("model", _("The model"), "primary"), ("recency", _("Length of the silence alone"), "orange"))
    return {
        "kind": "calibration",
        "said": _("probability said"),
        "seen": _("share who turned dormant"),
        "series": [
            {
                "name": name,
                "colour": colour,
                "points": [{"said": one["said"], "seen": one["seen"]["value"], "low": one["seen"]["low"], "high": one["seen"]["high"]}
                           for one in figures[key]["bins"]],
            }
            for key, name, colour in series
        ],
    }  # fmt: skip


def _likely() -> Likely:
    """Return for each policy and horizon how many active and cooling people there are and how many are likely to turn dormant."""
    if not profiles.exist():
        return {}
    # Where one person's probability is unknown, so is the sum: 0 stands only for who cannot turn dormant in that time.
    sums = ", ".join(f"CASE WHEN count(risk_{days}) = count(*) THEN sum(risk_{days}) END" for days in forms.HORIZONS)
    con = engine.connect()
    try:
        rows = con.execute(
            f"SELECT policy, count(*), {sums} FROM {profiles.relation(risks=True)} "
            "WHERE state IN ('active', 'cooling') GROUP BY policy"
        ).fetchall()
    finally:
        con.close()
    return {
        (policy, horizon): (people, expected)
        for policy, people, *found in rows
        for horizon, expected in zip(forms.HORIZONS, found, strict=True)
    }
