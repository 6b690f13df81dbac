"""What a study of reactivity says: effects with the intervals used everywhere, one document of plain values, sentences."""

from __future__ import annotations

from dataclasses import asdict

from relance.dormancy.reactivity.bootstrap import Limits
from relance.dormancy.reactivity.comparison import CLAIMANT, RIVAL, Comparison
from relance.dormancy.reactivity.preparation import Prepared
from relance.dormancy.reactivity.reading import Bools, Floats
from relance.dormancy.reactivity.study import LEAST_OUTCOMES, Study
from relance.measurement import formats, intervals, reactivity_words
from relance.measurement.arm_effects import Document, effect, side

WORDS = {"en": reactivity_words.EN, "fr": reactivity_words.FR}


def document(prepared: Prepared, found: Study) -> Document:
    """Return a study as plain values, ready for JSON: see docs/en/dormancy.md for its fields."""
    return {
        "verdict": found.verdict,
        "reasons": list(found.reasons),
        "sentence": _sentence(prepared, found, "en"),
        "sentence_fr": _sentence(prepared, found, "fr"),
        "arms": _arms(prepared),
        "effect": _effect(prepared, found) if prepared.arms.both else None,
        "balance": _balance(found),
        "learners": None if found.comparison is None else _learners(found),
        "differences": None if found.comparison is None else _differences(found.comparison),
        "ranking": found.ranking,
        "worth": prepared.worth,
        "cost": found.model.cost,
        "decision": found.decision or None,
        "undecided": found.undecided or None,
        "profit": [asdict(point) for point in found.profit],
        "deciles": _deciles(prepared, found),
        "columns": [column.name for column in prepared.columns],
        "left_out": [_left_out(one.column, one.why, one.detail) for one in prepared.left_out],
        "rows": asdict(prepared.counted),
    } | too_large(prepared.counted.too_large)


def too_large(count: int) -> Document:
    """Return how many numbers were taken as missing because they are beyond what can be computed with; nothing where none was."""
    if not count:
        return {}
    said = {
        language: words["too_large"].format(count=formats.number(count, language, 0))
        for language, words in WORDS.items()
    }
    return {"too_large": {"count": count, "sentence": said["en"], "sentence_fr": said["fr"]}}


def limits(treated: Bools, outcome: Floats) -> tuple[float, float] | None:
    """Return the interval of the difference between the arms, as shown; None where there is none."""
    found = effect(treated, outcome)["interval"]
    return None if found is None else (found[0], found[1])


def _effect(prepared: Prepared, found: Study) -> Document:
    """Return the difference, called an effect only where the arms are alike enough for it to be one."""
    name = "arms_difference" if "arms_differ" in found.reasons else "average_effect"
    return {
        "kind": name,
        "name": WORDS["en"][name],
        "name_fr": WORDS["fr"][name],
        **effect(prepared.sample.treated, prepared.sample.outcome),
    }


def _arms(prepared: Prepared) -> list[Document]:
    sample, arms = prepared.sample, prepared.arms
    sides = [(arms.treated_name, "treated", sample.treated), (arms.control_name, "control", ~sample.treated)]
    return [{"name": name, "role": role, **side(sample.outcome[rows])} for name, role, rows in sides if name]


def _balance(found: Study) -> Document | None:
    checked = found.balance
    if checked is None:
        return None
    differences = [
        {"column": one.column, "standardised_difference": one.difference, "notable": one.notable}
        for one in checked.differences
    ]
    return {"alike": checked.alike, "auc": checked.auc, "p_value": checked.p_value, "columns": differences}


def _learners(found: Study) -> Document:
    """Return each learner's area with its interval: a Qini, or without a control group a gain."""
    assert found.comparison is not None
    name = "gain" if found.verdict == "response_only" else "qini"
    return {
        learner: {name: one.value, "interval": [one.low, one.high]} for learner, one in found.comparison.qini.items()
    }


def _differences(compared: Comparison) -> list[Document]:
    """Return the differences a claim rests on first, then those of the other learners from the response model."""
    if CLAIMANT not in compared.qini:
        return []
    ordered = sorted(compared.minus_response.items(), key=lambda item: item[0] != CLAIMANT)
    return [
        _difference(CLAIMANT, "random", compared.qini[CLAIMANT]),
        *(_difference(learner, RIVAL, limits) for learner, limits in ordered),
    ]


def _difference(learner: str, rival: str, limits: Limits) -> Document:
    return {
        "learner": learner, "minus": rival, "difference": limits.value, "interval": [limits.low, limits.high],
        "excludes_zero": limits.above_zero or limits.high < 0,
    }  # fmt: skip


def _deciles(prepared: Prepared, found: Study) -> list[Document]:
    """Return what happened in each tenth of the ranking, on people held out of what ranked them."""
    told = []
    for n, one in enumerate(found.tenths, start=1):
        row: Document = {"decile": n, "treated": one.treated, "treated_outcomes": one.treated_outcome}
        if prepared.arms.both:
            row |= {
                "control": one.control,
                "control_outcomes": one.control_outcome,
                "difference": None,
                "interval": None,
            }
            if one.treated and one.control:
                row["difference"] = one.treated_outcome / one.treated - one.control_outcome / one.control
        if prepared.arms.both and prepared.binary and one.treated and one.control:
            limits = intervals.difference(int(one.treated_outcome), one.treated, int(one.control_outcome), one.control)
            row["interval"] = [limits.low, limits.high]
        told.append(row)
    return told


def _left_out(column: str, why: str, detail: str) -> Document:
    sentences = {language: f"`{column}` {words[why].format(detail=detail)}." for language, words in WORDS.items()}
    return {"column": column, "why": why, "sentence": sentences["en"], "sentence_fr": sentences["fr"]}


def _sentence(prepared: Prepared, found: Study, language: str) -> str:
    """Return the verdict in words."""
    words, told = WORDS[language], _figures(found, language, binary=prepared.binary)
    ranked = words["cold" if found.ranking == "none" else "by_response" if prepared.worth is None else "by_value"]
    separator = f"{formats.NARROW}; " if language == "fr" else "; "
    reasons = separator.join(words[reason].format(**told) for reason in found.reasons)
    said = words[found.verdict].format(**told, ranked=ranked, reasons=reasons)
    return f"{said} {words[f'undecided_{found.undecided}'].format(**told)}" if found.undecided else said


def _figures(found: Study, language: str, *, binary: bool) -> dict[str, str]:
    """Return the figures that sentences name, as people read them: in points where the outcome happens or not."""
    told = {"least": str(LEAST_OUTCOMES)}
    if found.balance is not None:
        told["auc"] = formats.number(found.balance.auc, language, 2)
    if found.comparison is not None and CLAIMANT in found.comparison.qini:
        pairs = {"qini": found.comparison.qini[CLAIMANT], "gap": found.comparison.minus_response[CLAIMANT]}
        for name, one in pairs.items():
            low, high = ("low", "high") if name == "qini" else ("gap_low", "gap_high")
            told[name] = _gain(one.value, language, binary=binary)
            told |= {key: _end(end, language, binary=binary) for key, end in ((low, one.low), (high, one.high))}
    return told


def _gain(value: float, language: str, *, binary: bool) -> str:
    return formats.points(value, language).removeprefix("+") if binary else formats.number(value, language, 4)


def _end(value: float, language: str, *, binary: bool) -> str:
    """Return an end of an interval, without the unit its value has."""
    return formats.hundredths(value, language) if binary else formats.number(value, language, 4)
