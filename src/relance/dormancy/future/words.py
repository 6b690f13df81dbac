"""What is said of the model, in both languages: one sentence per code."""

from __future__ import annotations

from typing import Any

SENTENCES = {
    "en": {
        "": "The model is on: on a period it had not seen, it ranks better than recency does.",
        "too_few_to_learn": "The model is off: too few people to learn from.",
        "too_few_to_test": "The model is off: too few people to measure it on.",
        "no_fit": "The model is off: nothing could be fitted to these people.",
        "no_better_than_recency": "The model is off: it does not rank better than recency.",
        "not_calibrated": "The model is off: it ranks better than recency, but its probabilities are not true.",
    },
    "fr": {
        "": "Le modèle est en service : sur une période qu’il n’avait pas vue, il classe mieux que la récence.",
        "too_few_to_learn": "Le modèle est hors service : trop peu de personnes pour apprendre.",
        "too_few_to_test": "Le modèle est hors service : trop peu de personnes pour le mesurer.",
        "no_fit": "Le modèle est hors service : rien n’a pu être ajusté à ces personnes.",
        "no_better_than_recency": "Le modèle est hors service : il ne classe pas mieux que la récence.",
        "not_calibrated": "Le modèle est hors service : il classe mieux que la récence, mais ses probabilités ne sont pas justes.",
    },
}
SHOWN = {
    "en": {
        "model": "The probabilities shown are its own.",
        "recency": "The probabilities shown are those of recency alone.",
        "unmeasured": "The probabilities shown are those of recency alone, which could not be measured either.",
        "none": "No probability is shown but for those who cannot turn dormant in that time.",
    },
    "fr": {
        "model": "Les probabilités montrées sont les siennes.",
        "recency": "Les probabilités montrées sont celles de la récence seule.",
        "unmeasured": "Les probabilités montrées sont celles de la récence seule, qui n’a pas pu être mesurée non plus.",
        "none": "Aucune probabilité n’est montrée, sauf à qui ne peut pas s’endormir dans ce délai.",
    },
}
BASES = {
    "en": {"model": "the model", "recency": "recency alone", "none": "nothing"},
    "fr": {"model": "le modèle", "recency": "la récence seule", "none": "rien"},
}


def sentence(code: str, language: str = "en") -> str:
    """Return what the code of a refusal means; the empty code is an acceptance."""
    return SENTENCES[language][code]


def told(horizon: dict[str, Any]) -> dict[str, Any]:
    """Return a horizon's figures with its sentences beside: the judgement, then what is shown."""
    measured = "recency" in horizon["figures"] or horizon["basis"] == "none"
    shown = horizon["basis"] if measured else "unmeasured"
    both = {language: f"{sentence(horizon['refusal'], language)} {SHOWN[language][shown]}" for language in SENTENCES}
    return horizon | {"sentence": both["en"], "sentence_fr": both["fr"]}
