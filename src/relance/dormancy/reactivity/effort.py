"""How much a comparison computes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """Folds, repetitions of the whole cross-validation, resamples of the bootstrap, and the seed of all chance."""

    folds: int = 5
    repeats: int = 5
    resamples: int = 1000
    seed: int = 1
