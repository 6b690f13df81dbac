"""The lifetime model in words: which one is in force, what it says of an average customer, how it did on what came after."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from relance.dormancy import profiles
from relance.dormancy.lifetime import keeping, refusals
from relance.dormancy.models import Estimate
from relance.events import engine
from relance.web import tags
from relance.web.language import current

NAMES = {"bg_nbd": "BG/NBD", "mbg_nbd": "MBG/NBD", "pareto_nbd": "Pareto/NBD"}
TENTHS = 10


def told() -> dict[str, Any] | None:
    """Return what the page says of the model; None where none was fitted yet."""
    last = keeping.latest()
    if last is None:
        return None
    models = last.figures.get("models", {})
    shown = _shown(last)
    judged = models.get(shown, {})
    return {
        "at": last.as_of,
        "accepted": last.accepted,
        "name": NAMES.get(shown, ""),
        "why": _reason(last.refusal),
        "customers": judged.get("whole_history", judged) or judged,
        "base": last.figures,
        "sentences": _sentences(last),
        "measured": _measured(judged.get("held_out")),
        "models": [_candidate(name, one, in_force=last.accepted and name == shown) for name, one in models.items()],
        "spend": _spend(last.figures.get("gamma_gamma")),
        "once": _once(last.figures.get("one_time_buyers")),
        "alive": _alive() if last.accepted else None,
    }


def _shown(last: Estimate) -> str:
    """Return the model the page is about: the one in force, or else the first that was tried."""
    if last.accepted:
        return str(last.figures["in_force"]["model"])
    return next(iter(last.figures.get("models", {})), "")


def _reason(code: str) -> str:
    return refusals.said(code)[current()] if code else ""


def _sentences(last: Estimate) -> list[str]:
    """Return the parameters in force as sentences about an average customer."""
    if not last.accepted:
        return []
    found = last.figures["in_force"]
    values, spend = found["values"], found["mean_spend"]
    said = [
        _("As long as they are customers, they buy every %(days)s days on average.")
        % {"days": tags.number(values["alpha"] / values["r"])},
        _("After a purchase, about %(share)s never come back.")
        % {"share": tags.percent(values["a"] / (values["a"] + values["b"]), 0)},
    ]
    if spend:
        said.append(_("A day of purchases is worth %(money)s on average.") % {"money": tags.money(spend)})
    return said


def _candidate(name: str, judged: dict[str, Any], *, in_force: bool) -> dict[str, Any]:
    """Return one model that was tried, with its verdict and the numbers behind it."""
    fit = judged.get("whole_history") or judged
    errors = fit.get("standard_errors") or {}
    if in_force:
        verdict = _("In force: of those that hold, it explains the purchases best.")
    elif judged["refusal"]:
        verdict = _reason(judged["refusal"])
    else:
        verdict = _("Holds too; the other explains the purchases better.")
    return {
        "name": NAMES.get(name, name),
        "refused": bool(judged["refusal"]),
        "in_force": in_force,
        "verdict": verdict,
        "log_likelihood": fit.get("log_likelihood"),
        "parameters": [
            {"name": key, "value": value, "error": errors.get(key)} for key, value in fit["parameters"].items()
        ],
    }


def _measured(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return how the model did on the period it had not seen."""
    if found is None:
        return None
    rows = found["by_frequency"]
    return {
        "days": round(found["length"]),
        "customers": found["customers"],
        "buyers": found["buyers"],
        "predicted": found["predicted"],
        "actual": found["actual"],
        "gap": found["predicted"] / found["actual"] - 1 if found["actual"] else None,
        "ranking": _ranking(found),
        "by_frequency": {
            "kind": "bar",
            "categories": [_times(row) for row in rows],
            "series": _both([row["predicted"] for row in rows], [row["actual"] for row in rows]),
        },
        "rows": [row | {"name": _times(row)} for row in rows],
        "over_time": {
            "kind": "line",
            "categories": [tags.number(one["after"]) for one in found["over_time"]],
            "series": _both(
                [one["predicted"] for one in found["over_time"]], [one["actual"] for one in found["over_time"]]
            ),
        },
    }


def _both(predicted: list[float], actual: list[float]) -> list[dict[str, Any]]:
    return [
        {"name": _("Foreseen"), "colour": "primary", "values": [round(value, 3) for value in predicted]},
        {"name": _("Made"), "colour": "orange", "values": [round(value, 3) for value in actual]},
    ]


def _times(row: dict[str, Any]) -> str:
    return _("%(n)s or more") % {"n": row["frequency"]} if row["or_more"] else str(row["frequency"])


def _ranking(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return each measure of the ranking beside that of the mere date of the last purchase."""
    words = {
        "captured": (
            _("Later purchases found at the top of the list"),
            _("How well the list puts those who buy most first: 50% is chance, 100% is perfect."),
        ),
        "auc": (
            _("Later buyers told from the others"),
            _("How often somebody who buys stands above somebody who does not: 50% is chance, 100% is perfect (AUC)."),
        ),
    }
    return [
        {
            "label": label,
            "definition": definition,
            **{key: found[name][key] for key in ("model", "recency", "difference")},
        }
        for name, (label, definition) in words.items()
    ]


def _spend(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what is foreseen of amounts, or why only the mean is."""
    return None if found is None else {**found, "why": _reason(found["refusal"])}


def _once(found: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the return curve of those who bought once."""
    if not found or not found["returns"]:
        return None
    rows = found["returns"]
    return {
        "rows": rows,
        "customers": found["customers"],
        "last": rows[-1],
        "chart": {
            "kind": "band",
            "unit": "percent",
            "min": 0,
            "axis": _("months"),
            "step": 1,
            "categories": [row["month"] for row in rows],
            "series": [
                {
                    "name": _("Came back"), "colour": "primary", "values": [round(row["share"], 4) for row in rows],
                    "low": [round(row["low"], 4) for row in rows], "high": [round(row["high"], 4) for row in rows],
                }
            ],
            "marks": [],
        },
    }  # fmt: skip


_ALIVE = """
    SELECT least(floor(p_alive * 10), 9)::INT, count(*) FROM {profiles}
    WHERE frequency > 0 AND p_alive IS NOT NULL GROUP BY 1 ORDER BY 1
"""


def _alive() -> dict[str, Any] | None:
    """Return how the probability to be a customer still is spread over repeat buyers, from the last scoring."""
    if not profiles.exist():
        return None
    con = engine.connect()
    try:
        rows = dict(con.execute(_ALIVE.format(profiles=profiles.relation())).fetchall())
    finally:
        con.close()
    if not rows:
        return None
    return {
        "kind": "bar",
        "categories": [f"{tags.number(10 * n)}–{tags.percent((n + 1) / 10, 0)}" for n in range(TENTHS)],
        "series": [{"name": _("People"), "colour": "primary", "values": [rows.get(n, 0) for n in range(TENTHS)]}],
    }
