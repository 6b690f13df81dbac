"""Who was treated: two labels told apart, or named by the person who asks where there are more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relance.core.errors import InputError
from relance.dormancy.reactivity.reading import Bools, Column, Floats

YES = frozenset({"1", "true", "yes", "oui", "t", "y", "treated", "treatment", "test", "vrai", "traité", "mailed"})
NO = frozenset({"0", "false", "no", "non", "f", "n", "control", "holdout", "faux", "témoin", "temoin", "none"})
CONTROLS = frozenset({
    "control", "controls", "control group", "holdout", "hold-out", "witness", "untreated", "no e-mail", "no email", "no mail",
    "no message", "not mailed", "témoin", "temoin", "témoins", "groupe témoin", "groupe temoin", "contrôle", "controle",
    "sans message", "non relancé", "non relance",
})  # fmt: skip


@dataclass(frozen=True)
class Arms:
    """Which rows count (`kept`), which of the table's rows were treated, and what both arms are called."""

    kept: Bools
    treated: Bools
    treated_name: str
    control_name: str  # empty where nobody is a control

    @property
    def both(self) -> bool:
        """Tell whether there is a control group."""
        return bool(self.control_name)


def everybody(rows: int) -> Arms:
    """Return the arms of a file without a treatment column: all were treated, nobody compares."""
    return Arms(np.ones(rows, bool), np.ones(rows, bool), "everybody", "")


def arms(column: Column, treated: str = "", control: str = "") -> Arms:
    """Return the arms told by a column; raise InputError where it cannot tell them apart, naming its values."""
    codes, labels = column.coded(), column.names()
    present = [label for n, label in enumerate(labels) if (codes == n).any()]
    if not present:
        raise InputError(f"The column `{column.name}` is empty, so nobody is known to be treated or not.")
    first, second = _named(column, present, treated, control)
    at = {label: n for n, label in enumerate(labels)}
    is_treated = codes == at[first]
    is_control = codes == at[second] if second else np.zeros(len(codes), bool)
    return Arms(is_treated | is_control, is_treated, first, second)


def _named(column: Column, present: list[str], treated: str, control: str) -> tuple[str, str]:
    """Return the labels of the treated and of the control arm (empty where the treatment is constant)."""
    for asked in (treated, control):
        if asked and asked not in present:
            raise InputError(f"`{asked}` is no value of `{column.name}`. It has: {_list(present)}.")
    if treated and treated == control:
        raise InputError(f"`{treated}` was named both treated and control. Name two values of `{column.name}`.")
    if treated and control:
        return treated, control
    if len(present) == 1 and (control or present[0].lower() in NO):
        raise InputError(
            f"`{column.name}` is `{present[0]}` for everybody: nobody got the message. Bring people who did."
        )
    if len(present) == 1:
        return present[0], ""
    if len(present) == 2:
        return _two(column, present, treated, control)
    raise InputError(
        f"`{column.name}` has {len(present)} values ({_list(present)}), and two arms are compared. Say which with "
        "--treated VALUE --control VALUE; rows with another value are then left out."
    )


def _two(column: Column, present: list[str], treated: str, control: str) -> tuple[str, str]:
    """Return which of two labels is the treated one: as asked, else as 1 and 0, yes and no, or the name of a control group say."""
    one, other = present
    if treated or control:
        chosen = treated or (one if control == other else other)
        return chosen, control or (one if treated == other else other)
    low = [label.lower() for label in present]
    if low[0] in NO and low[1] in YES:
        return other, one
    if low[0] in YES and low[1] in NO:
        return one, other
    if (low[0] in CONTROLS) != (low[1] in CONTROLS):
        return (other, one) if low[0] in CONTROLS else (one, other)
    raise InputError(
        f"`{column.name}` has the values {_list(present)}, and neither says that it is the treated one. "
        "Say which with --treated VALUE --control VALUE."
    )


def _list(labels: list[str]) -> str:
    shown = ", ".join(f"`{label[:40]}`" for label in labels[:10])
    return shown + (f" and {len(labels) - 10} more" if len(labels) > 10 else "")


def amounts(column: Column, role: str) -> Floats:
    """Return the numbers of an outcome, value or score, NaN where missing; yes and no count as 1 and 0; refuse other words."""
    if column.kind == "date":
        raise InputError(f"`{column.name}` holds dates. The {role} is a number, or 0 and 1 for no and yes.")
    if column.numbers is not None:
        return column.numbers
    assert column.codes is not None
    low = [label.lower() for label in column.levels]
    wrong = [label for label, word in zip(column.levels, low, strict=True) if word not in YES | NO]
    if wrong:
        raise InputError(
            f"`{column.name}` holds `{wrong[0][:40]}`, and the {role} is a number, or 0 and 1 for no and yes."
        )
    values = np.array([*(float(word in YES) for word in low), np.nan])
    return values[column.codes]
