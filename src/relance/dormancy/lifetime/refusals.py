"""Why a fit is not to be trusted: codes, in both languages, and the checks that give them."""

from __future__ import annotations

import numpy as np

from relance.dormancy.lifetime.fitting import Fit, Optimum
from relance.dormancy.lifetime.histogram import Histogram

FEWEST_CUSTOMERS = 100
FEWEST_REPEAT_BUYERS = 30
DROPOUT_SEEN = 5.99  # twice the gain in log-likelihood over a model without dropout: chi-squared, 2 parameters, 5 %
WIDEST = 3.0  # standard error of a parameter's logarithm: known to a factor of e^3 either way at best
CORRELATION = 0.3  # between frequency and spend (Spearman), above which Gamma-Gamma's independence does not hold

REASONS: dict[str, dict[str, str]] = {
    "no_repeat_buyers": {
        "en": "Nobody bought on two different days: there is no rhythm to learn from.",
        "fr": "Personne n’a acheté deux jours différents : il n’y a aucun rythme à apprendre.",
    },
    "too_few_customers": {
        "en": "Too few customers: at least 100, of whom 30 bought on two different days, are needed.",
        "fr": "Trop peu de clients : il en faut au moins 100, dont 30 ayant acheté deux jours différents.",
    },
    "dropout_not_seen": {
        "en": "The purchases are explained as well by a model in which nobody ever leaves: P(alive) would mean nothing.",
        "fr": "Un modèle où personne ne part jamais explique aussi bien les achats : la probabilité d’être encore client ne "
        "voudrait rien dire.",
    },
    "parameter_at_bound": {
        "en": "A parameter ran to zero or to infinity: the data do not hold it.",
        "fr": "Un paramètre file vers zéro ou l’infini : les données ne le déterminent pas.",
    },
    "not_identified": {
        "en": "Very different parameters explain the purchases equally well: the data do not tell them apart.",
        "fr": "Des paramètres très différents expliquent aussi bien les achats : les données ne les départagent pas.",
    },
    "not_converged": {
        "en": "The search for the parameters did not come to rest.",
        "fr": "La recherche des paramètres n’a pas abouti.",
    },
    "worse_than_recency": {
        "en": "Measured on later purchases, the model ranks customers worse than the mere date of the last purchase: it is refused.",
        "fr": "Mesuré sur les achats ultérieurs, le modèle classe les clients moins bien que la seule date du dernier achat : il est "
        "refusé.",
    },
    "no_elapsed_time": {
        "en": "Everybody bought for the first time today: no time has passed to learn a rhythm from.",
        "fr": "Tout le monde a acheté pour la première fois aujourd’hui : il ne s’est pas écoulé de temps dont apprendre un rythme.",
    },
    "history_unreadable": {
        "en": "The histories of purchases contradict themselves (the figures say where): nothing was fitted.",
        "fr": "Les historiques d’achats se contredisent (les chiffres disent où) : rien n’a été ajusté.",
    },
    "not_verified": {
        "en": "Nothing later to measure the model on: no held-out period, or nobody bought (or everybody did) in it.",
        "fr": "Rien d’ultérieur pour mesurer le modèle : pas de période témoin, ou personne (ou tout le monde) n’y a acheté.",
    },
    "inexact_form": {
        "en": "With these parameters the closed form inside the engine would be off by more than one part in a million.",
        "fr": "Avec ces paramètres, la formule exécutée dans le moteur s’écarterait de plus d’un millionième.",
    },
    "spend_missing": {
        "en": "No amounts, or fewer than 30 repeat buyers with an amount above zero.",
        "fr": "Pas de montants, ou moins de 30 clients fidèles dont le montant soit supérieur à zéro.",
    },
    "spend_infinite_mean": {
        "en": "Spend per purchase: q is 1 or less, so the expected spend of a new customer would be infinite.",
        "fr": "Panier : q vaut 1 ou moins, la dépense attendue d’un nouveau client serait infinie.",
    },
    "spend_shape": {
        "en": "Spend per purchase: p is 1 or less, so the likeliest purchase would be worth nothing.",
        "fr": "Panier : p vaut 1 ou moins, l’achat le plus probable ne vaudrait rien.",
    },
    "spend_follows_frequency": {
        "en": "Spend per purchase goes with frequency (rank correlation beyond 0.3), and the model takes them as independent.",
        "fr": "Le panier varie avec la fréquence (corrélation de rang au-delà de 0,3), alors que le modèle les suppose "
        "indépendants.",
    },
    "spend_not_identified": {
        "en": "Spend per purchase: the data do not determine the parameters.",
        "fr": "Panier : les données ne déterminent pas les paramètres.",
    },
}  # fmt: skip

# What is said of a model measured on later purchases, by what `holdout.beside_recency` finds.
RANKINGS: dict[str, dict[str, str]] = {
    "better_than_recency": {
        "en": "On later purchases it ranks customers better than the date of the last purchase.",
        "fr": "Sur les achats ultérieurs, il classe les clients mieux que la date du dernier achat.",
    },
    "no_better_than_recency": {
        "en": "On this base it ranks customers no better than the date of the last purchase; its worth is the number of purchases "
        "expected and the money they bring: see its calibration.",
        "fr": "Sur cette base, il ne classe pas mieux les clients que la date du dernier achat ; il vaut par le nombre d’achats "
        "attendu et leur montant : voyez sa calibration.",
    },
    "worse_than_recency": REASONS["worse_than_recency"],
}


def of_base(h: Histogram) -> str:
    """Return the code of why no model can be fitted to this base, empty where one can."""
    if h.repeat_buyers == 0:
        return "no_repeat_buyers"
    if not h.T.any():
        return "no_elapsed_time"
    few = h.total < FEWEST_CUSTOMERS or h.repeat_buyers < FEWEST_REPEAT_BUYERS
    return "too_few_customers" if few else ""


def of_fit(fit: Fit) -> str:
    """Return the code of why the fit is degenerate, empty where it is not."""
    if 2 * (fit.log_likelihood - fit.log_likelihood_without_dropout) < DROPOUT_SEEN:
        return "dropout_not_seen"
    return _of_optimum(fit.optimum)


def _of_optimum(optimum: Optimum) -> str:
    if optimum.at_bound:
        return "parameter_at_bound"
    if optimum.covariance is None or np.sqrt(np.diag(optimum.covariance)).max() > WIDEST:
        return "not_identified"
    return "" if optimum.converged else "not_converged"


def of_spend(optimum: Optimum, correlation: float) -> str:
    """Return the code of why a Gamma-Gamma fit is refused, empty where it is not."""
    p, q, _ = optimum.theta
    if abs(correlation) > CORRELATION:
        return "spend_follows_frequency"
    if q <= 1:
        return "spend_infinite_mean"
    if p <= 1:
        return "spend_shape"
    return "spend_not_identified" if _of_optimum(optimum) else ""


def said(code: str) -> dict[str, str]:
    """Return the reason in both languages; empty where there is none."""
    return REASONS[code] if code else {}
