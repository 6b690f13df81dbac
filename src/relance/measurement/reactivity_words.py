"""What is said of reactivity, in English and French."""

from __future__ import annotations

EN = {
    "uplift": "Who comes back because of the message can be told: writing first to the top of the list brings {qini} more than chance ({low} to {high}), "
    "and {gap} more than ranking by probability of coming back ({gap_low} to {gap_high}).",
    "no_evidence": "No evidence that people who come back because of the message can be told from the others: {reasons}. {ranked}",
    "response_only": "Nobody was kept without the message, so these are responses and their profit, not what the message brought. {ranked}",
    "not_above_random": "what the top of the list brings more than chance, {qini} ({low} to {high}), may be none",
    "not_above_response": "what it brings more than ranking by probability of coming back, {gap} ({gap_low} to {gap_high}), may be none",
    "few_outcomes": "an arm has fewer than {least} people with an outcome, or without one",
    "arms_differ": "the two arms differ more than a draw allows (a model tells them apart: AUC {auc}), so the message is not the only difference",
    "by_value": "People are ranked by expected value: probability of a response, times its value, less the cost.",
    "by_response": "People are ranked by their expected response.",
    "cold": "Too few responses are known to rank people: all have the same expected value.",
    "undecided_arms_differ": "Whom to mail is left open: the difference between the arms is not the message’s alone.",
    "undecided_few_outcomes": "Whom to mail is left open: with fewer than {least} people with an outcome, or without one, in an arm, chance decides.",
    "undecided_effect_near_cost": "Whom to mail is left open: the effect may be worth more than the message costs, or less.",
    "average_effect": "average effect",
    "arms_difference": "difference between the arms",
    "too_large": "{count} values beyond 1e150 in the file: taken as missing.",
    "ignored": "left out as asked",
    "empty": "holds nothing",
    "constant": "is the same for everybody",
    "identifier": "names people",
    "too_many_words": "holds {detail} different words, few of which come back",
    "decides_outcome": "decides the outcome (at `{detail}`, everybody or nobody has it): it was known only afterwards. --keep uses it all the same",
}

FR = {
    "uplift": "On sait dire qui revient grâce au message : écrire d’abord aux premiers de la liste rapporte {qini} de plus que le hasard ({low} à {high}), "
    "et {gap} de plus que classer par probabilité de retour ({gap_low} à {gap_high}).",
    "no_evidence": "Rien ne montre que l’on sache distinguer ceux qui reviennent grâce au message : {reasons}. {ranked}",
    "response_only": "Personne n’est resté sans message : ce sont des réponses et leur profit, non ce que le message a apporté. {ranked}",
    "not_above_random": "ce que les premiers de la liste rapportent de plus que le hasard, {qini} ({low} à {high}), peut être nul",
    "not_above_response": "ce qu’ils rapportent de plus qu’un classement par probabilité de retour, {gap} ({gap_low} à {gap_high}), peut être nul",
    "few_outcomes": "un des groupes compte moins de {least} personnes avec un résultat, ou sans",
    "arms_differ": "les deux groupes diffèrent plus qu’un tirage ne le permet (un modèle les reconnaît : AUC {auc}) ; le message n’est donc pas la seule différence",
    "by_value": "Les personnes sont classées par valeur attendue : probabilité de réponse, multipliée par sa valeur, moins le coût.",
    "by_response": "Les personnes sont classées par réponse attendue.",
    "cold": "Trop peu de réponses sont connues pour classer les personnes : toutes ont la même valeur attendue.",
    "undecided_arms_differ": "À qui écrire reste ouvert : l’écart entre les groupes n’est pas dû au seul message.",
    "undecided_few_outcomes": "À qui écrire reste ouvert : avec moins de {least} personnes avec un résultat, ou sans, dans un groupe, c’est le hasard qui décide.",
    "undecided_effect_near_cost": "À qui écrire reste ouvert : l’effet peut valoir plus que ne coûte le message, ou moins.",
    "average_effect": "effet moyen",
    "arms_difference": "écart entre les groupes",
    "too_large": "Valeurs au-delà de 1e150 dans le fichier : {count}, tenues pour manquantes.",
    "ignored": "écartée à votre demande",
    "empty": "ne contient rien",
    "constant": "est la même pour tout le monde",
    "identifier": "désigne des personnes",
    "too_many_words": "contient {detail} mots différents, dont peu reviennent",
    "decides_outcome": "décide du résultat (à « {detail} », tout le monde l’a, ou personne) : elle n’a été connue qu’après. --keep la garde malgré tout",
}
