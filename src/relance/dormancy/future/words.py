"""What is said of the model, in both languages: one sentence per code."""

from __future__ import annotations

from typing import Any

from relance.dormancy.future.judging import LEARN_EACH, TEST_EACH

SENTENCES = {
    "en": {
        "": "The model is on: on a period it had not seen, it ranks better than recency does.",
        "too_few_to_learn": "The model is off: too few people to learn from.",
        "too_few_to_test": "The model is off: too few people to measure it on.",
        "everybody_turned": "The model is off: everybody who was due let the day pass, so there is nobody to tell them from.",
        "nobody_turned": "The model is off: nobody who was due let the day pass, so there is nobody to tell them from.",
        "nearly_all_alike": "The model is off: nearly all who were due did the same, the others are too few.",
        "no_fit": "The model is off: nothing could be fitted to these people.",
        "no_better_than_recency": "The model is off: it does not rank better than recency.",
        "not_calibrated": "The model is off: it ranks better than recency, but its probabilities are not true.",
    },
    "fr": {
        "": "Le modèle est en service : sur une période qu’il n’avait pas vue, il classe mieux que la seule durée du silence.",
        "too_few_to_learn": "Le modèle n’est pas en service : trop peu de personnes pour apprendre.",
        "too_few_to_test": "Le modèle n’est pas en service : trop peu de personnes pour le mesurer.",
        "everybody_turned": "Le modèle n’est pas en service : chacun a laissé passer le jour, il n’y a personne dont les distinguer.",
        "nobody_turned": "Le modèle n’est pas en service : nul n’a laissé passer le jour, il n’y a personne dont les distinguer.",
        "nearly_all_alike": "Le modèle n’est pas en service : presque tous ont fait de même, les autres sont trop peu.",
        "no_fit": "Le modèle n’est pas en service : rien n’a pu être ajusté à ces personnes.",
        "no_better_than_recency": "Le modèle n’est pas en service : il ne classe pas mieux que la seule durée du silence.",
        "not_calibrated": "Le modèle n’est pas en service : il classe mieux que la seule durée du silence, mais "
        "ses probabilités ne sont pas justes.",
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
        "recency": "Les probabilités montrées sont celles de la seule durée du silence.",
        "unmeasured": "Les probabilités montrées sont celles de la seule durée du silence, qui n’a pas pu être mesurée non plus.",
        "none": "Aucune probabilité n’est montrée, sauf à qui ne peut pas s’endormir dans ce délai.",
    },
}
BASES = {
    "en": {"model": "the model", "recency": "recency alone", "none": "nothing"},
    "fr": {"model": "le modèle", "recency": "la seule durée du silence", "none": "rien"},
}

OPENS = {
    "en": {
        "some": (
            "This policy reads opens: they count of {consented} of its {people} people, who consented to that. Of the others "
            "opens are unknown, and the model learns from the rest of what they do."
        ),
        "nobody": (
            "This policy reads opens, and none of its {people} people consented to that: opens are unknown of everybody, and "
            "the model learns from the rest of what they do."
        ),
    },
    "fr": {
        "some": (
            "Cette règle lit les ouvertures : elles comptent pour {consented} de ses {people} personnes, qui y ont consenti. "
            "Pour les autres, elles sont inconnues, et le modèle apprend du reste de ce qu’elles font."
        ),
        "nobody": (
            "Cette règle lit les ouvertures, et aucune de ses {people} personnes n’y a consenti : elles sont inconnues pour "
            "toutes, et le modèle apprend du reste de ce qu’elles font."
        ),
    },
}


def opens(figures: dict[str, int] | None) -> dict[str, Any] | None:
    """Return of how many people opens count, with its sentences; None where the policy reads none."""
    if figures is None:
        return None
    said = "some" if figures["consented"] else "nobody"
    both = {
        language: OPENS[language][said].format(
            **{name: f"{count:,}".replace(",", gap) for name, count in figures.items()}
        )
        for language, gap in (("en", ","), ("fr", "\u202f"))
    }
    return figures | {"sentence": both["en"], "sentence_fr": both["fr"]}


def sentence(code: str, language: str = "en") -> str:
    """Return what the code of a refusal means; the empty code is an acceptance."""
    return SENTENCES[language][code]


def code(horizon: dict[str, Any]) -> str:
    """Return the code of what is said of a horizon: its refusal, told apart where the people are enough and their outcomes are not."""
    refusal, figures = horizon["refusal"], horizon["figures"]
    part, each = {"too_few_to_learn": ("learned", LEARN_EACH), "too_few_to_test": ("tested", TEST_EACH)}.get(
        refusal, ("", 0)
    )
    if not part or figures[part]["people"] < 2 * each:
        return str(refusal)
    turned, people = figures[part]["turned"], figures[part]["people"]
    return "everybody_turned" if turned == people else "nearly_all_alike" if turned else "nobody_turned"


def told(horizon: dict[str, Any]) -> dict[str, Any]:
    """Return a horizon's figures with its sentences beside: the judgement, then what is shown."""
    measured = "recency" in horizon["figures"] or horizon["basis"] == "none"
    shown = horizon["basis"] if measured else "unmeasured"
    both = {language: f"{sentence(code(horizon), language)} {SHOWN[language][shown]}" for language in SENTENCES}
    return horizon | {"sentence": both["en"], "sentence_fr": both["fr"]}
