"""The learners, each a penalised linear model on scikit-learn: two-model, transformed outcome, response.

Linear by measurement: on Hillstrom's women's mail (visit, 5-fold) ridge models reached a Qini of 0.0078, boosted trees 0.0065
at eight times the time; a linear model is also a list of numbers, which can be kept as JSON and read from strangers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from relance.core.errors import ConfigurationError
from relance.dormancy.reactivity.linear import Linear
from relance.dormancy.reactivity.reading import Bools, Floats
from relance.dormancy.reactivity.sample import Sample

try:
    from sklearn.linear_model import RidgeCV
except ImportError as error:
    raise ConfigurationError(
        "Learning reactivity needs scikit-learn, which is not installed. Run: pip install 'relance[learning]'"
    ) from error

PENALTIES = np.logspace(-4, 2, 10)  # per person, on features of unit spread


def ridge(features: Floats, target: Floats) -> Linear:
    """Return the ridge model whose penalty leaves the least error on people left out one at a time.

    A. Hoerl and R. Kennard, Technometrics 12 (1970) 55-67; the penalty by G. Golub, M. Heath, G. Wahba, Technometrics 21 (1979) 215-223.
    """
    if features.shape[1] == 0 or np.ptp(target) == 0:
        return Linear(float(target.mean()), np.zeros(features.shape[1]))
    model = RidgeCV(alphas=PENALTIES * len(target)).fit(features, target)
    return Linear(float(model.intercept_), np.asarray(model.coef_, dtype=float), float(model.alpha_))


def response(features: Floats, treated: Bools, outcome: Floats) -> Linear:
    """Return the model of the outcome among treated people: who answers, whether or not because of the message."""
    return ridge(features[treated], outcome[treated])


@dataclass(frozen=True)
class Fitted:
    """The models behind every learner: of each arm, and of the transformed outcome, whose `centre` and `share` are kept."""

    treated: Linear
    untreated: Linear
    transformed: Linear
    centre: float
    share: float | Floats

    def target(self, sample: Sample) -> Floats:
        """Return the transformed outcome, whose mean given the features is the effect.

        S. Athey and G. Imbens, Recursive partitioning for heterogeneous causal effects, PNAS 113 (2016) 7353-7360:
        Y (W - p) / (p (1 - p)), with p the probability of treatment, known or the share of treated. The mean outcome is
        taken off Y first, which leaves the mean as it is and makes the noise smaller.
        """
        return (sample.outcome - self.centre) * (sample.treated - self.share) / (self.share * (1 - self.share))

    def learners(self) -> dict[str, Linear]:
        """Return every learner by its name: two-model is one arm's minus the other's; combined is the mean of both uplifts."""
        two_model = self.treated.plus(self.untreated, -1.0)
        combined = two_model.plus(self.transformed).times(0.5)
        return {"combined": combined, "two_model": two_model, "transformed": self.transformed, "response": self.treated}


def fit(sample: Sample, *, probability: float | Floats | None = None) -> Fitted:
    """Return the fitted models; `probability` of treatment is the share of treated where it is not known."""
    share = float(sample.treated.mean()) if probability is None else probability
    nothing = Linear(0.0, np.zeros(sample.features.shape[1]))
    treated = response(sample.features, sample.treated, sample.outcome)
    untreated = ridge(sample.features[~sample.treated], sample.outcome[~sample.treated])
    begun = Fitted(treated, untreated, nothing, float(sample.outcome.mean()), share)
    return replace(begun, transformed=ridge(sample.features, begun.target(sample)))
