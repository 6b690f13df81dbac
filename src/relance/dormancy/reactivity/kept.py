"""The kept model: JSON with numbers and names only. Reading a stranger's file can predict wrongly, and run nothing.

A pickle would run its author's code when it is read; signing one with this installation's key would tie a model to the
machine. Linear models need neither.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from relance.core.errors import InputError
from relance.dormancy.reactivity.encoding import Coding, Encoder
from relance.dormancy.reactivity.linear import Linear
from relance.dormancy.reactivity.reading import Kind

FORMAT = "relance reactivity 1"
Number = Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True)
class Model:
    """What scoring needs: how columns become features, the models, and what money says."""

    encoder: Encoder
    response: Linear
    uplift: Linear | None
    binary: bool
    outcome: str
    verdict: str
    decision: str
    worth: float | None
    cost: float | None
    identifiers: tuple[str, ...] = ()


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Coding(_Plain):
    name: str
    kind: Kind
    knots: tuple[Number, ...]
    levels: tuple[str, ...]
    missing: bool

    @model_validator(mode="after")
    def _fits(self) -> _Coding:
        """Refuse knots that do not rise, or none where the column holds numbers."""
        rising = all(low < high for low, high in zip(self.knots, self.knots[1:], strict=False))
        if not rising or (self.kind == "text") == bool(self.knots):
            raise ValueError("the knots of a column do not fit its kind")
        return self


class _Linear(_Plain):
    intercept: Number
    coefficients: tuple[Number, ...]


class _Kept(_Plain):
    """The file's form."""

    format: Literal["relance reactivity 1"]
    outcome: str
    verdict: Literal["uplift", "no_evidence", "response_only"]
    decision: Literal["", "everybody", "nobody", "above_cost"]
    binary: bool
    worth: Number | None
    cost: Number | None
    identifiers: tuple[str, ...]
    codings: tuple[_Coding, ...]
    means: tuple[Number, ...]
    spreads: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...]
    response: _Linear
    uplift: _Linear | None

    @model_validator(mode="after")
    def _sizes(self) -> _Kept:
        """Refuse parts that do not fit each other."""
        width = sum(_coding(one).width for one in self.codings)
        parts = [self.means, self.spreads, self.response.coefficients]
        parts += [self.uplift.coefficients] if self.uplift else []
        if any(len(part) != width for part in parts) or (self.verdict == "uplift") != (self.uplift is not None):
            raise ValueError("its parts do not fit each other")
        return self


def form(model: Model) -> dict[str, object]:
    """Return the model as plain values."""
    return {
        "format": FORMAT, "outcome": model.outcome, "verdict": model.verdict, "decision": model.decision, "binary": model.binary,
        "worth": model.worth, "cost": model.cost, "identifiers": model.identifiers, **model.encoder.form(),
        "response": _plain(model.response), "uplift": None if model.uplift is None else _plain(model.uplift),
    }  # fmt: skip


def write(model: Model, path: Path) -> None:
    """Write the model to a file, whole or not at all; raise InputError where it cannot be written."""
    replace(path, json.dumps(form(model), ensure_ascii=False, indent=1).encode())


def replace(path: Path, content: bytes) -> None:
    """Put the content in the place of the file, whole or not at all; raise InputError where it cannot be written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InputError(
            f"{path} cannot be written ({error.strerror}). Name a file in a folder you may write to."
        ) from None


def read(path: Path) -> Model:
    """Return the model of a file; raise InputError where the file is absent, damaged or no such model."""
    try:
        kept = _Kept.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(
            f"The model {path} cannot be read ({error.strerror}). Make it with `relance reactivity fit … --out`."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(
            f"{path} is no model of reactivity ({where}: {first['msg']}). Make it again with `relance reactivity fit … --out`."
        ) from None
    return _model(kept)


def of(form: dict[str, object]) -> Model:
    """Return the model kept as plain values; raise InputError where they are none."""
    try:
        return _model(_Kept.model_validate_json(json.dumps(form)))
    except (ValidationError, ValueError) as error:
        raise InputError(f"The kept model of reactivity is damaged ({error}). Learn it again.") from None


def _model(kept: _Kept) -> Model:
    encoder = Encoder(tuple(map(_coding, kept.codings)), np.array(kept.means), np.array(kept.spreads))
    uplift = None if kept.uplift is None else _linear(kept.uplift)
    return Model(
        encoder, _linear(kept.response), uplift, kept.binary, kept.outcome, kept.verdict, kept.decision, kept.worth,
        kept.cost, kept.identifiers,
    )  # fmt: skip


def _coding(one: _Coding) -> Coding:
    return Coding(one.name, one.kind, one.knots, one.levels, one.missing)


def _linear(one: _Linear) -> Linear:
    return Linear(one.intercept, np.array(one.coefficients))


def _plain(one: Linear) -> dict[str, object]:
    return {"intercept": one.intercept, "coefficients": one.coefficients.tolist()}
