"""What is said of a result, in English and French."""

# An outcome as a participle (people who have …) and as a plural noun, in English and French.
DID = {
    "order": ("ordered", "commandé"),
    "visit": ("visited the site", "visité le site"),
    "login": ("logged in", "ouvert une session"),
}
NOUNS = {
    "order": ("orders", "commandes"),
    "visit": ("visits", "visites"),
    "login": ("logins", "connexions"),
}
UNITS = {
    "minute": ("minute", "minutes"),
    "hour": ("heure", "heures"),
    "day": ("jour", "jours"),
    "week": ("semaine", "semaines"),
    "month": ("mois", "mois"),
    "year": ("an", "ans"),
}

EN = {
    "nobody": "Nobody has entered this journey yet.",
    "no_control": "Without a control group nothing can be said about the effect.",
    "no_treated": "Everyone is in the control group: there is nothing to compare.",
    "unknown": "The data do not cover this outcome ({types}) since the first entry: the effect is unknown, not zero.",
    "unfinished": "Not finished until {date} (people still within {window} of their entry: {people}); figures may change.",
    "scarce": "Too few people {did} to conclude (at least one would have to be expected in the smaller group).",
    "zero": "The interval holds zero ({low} to {high}): no effect shown.{reach}",
    "reach": " Groups of these sizes show an effect of {smallest} or more four times in five.",
    "more": "More people {did} with the journey than without: {gap} ({low} to {high}), about {count} people ({least} "
    "to {most}).",
    "fewer": "Fewer people {did} with the journey than without: {gap} ({low} to {high}). Stop it and look why.",
    "stale": "The last event known of this outcome is of {latest}: import newer ones before concluding.",
    "never": "No event of this outcome is known at all: check the import before concluding.",
    "split": "{control} of {people} people are in the control group, which is not the share asked for: look why before"
    " believing the rest.",
    "short_window": "The goal counts {window} from entry and the journey lasts up to {days} days: what happens after "
    "the window is not counted.",
    "goals_differ": "Versions of this journey have different goals; everyone is measured within the window of their "
    "own version.",
    "before": "{treated} people in the journey, {control} in the control group; if {base} come back by themselves, a rise "
    "of {effect} or more shows four times in five, a smaller one may not.",
    "before_none": "{treated} people in the journey, {control} in the control group: too few for any effect to show.",
    "before_nobody": "Nobody would enter now: the segment {segment} has {members} members, of whom {open} are in the "
    "journey and {resting} entered it too recently, may enter only once or have been put to sleep.",
    "before_unrefreshed": "The segment {segment} was never refreshed: who would enter is not known yet. "
    "`relance segments refresh` tells.",
    "before_base": " That is the share of those silent for {days} days or longer who {did} within {window}, up to {until} "
    "({returned} of {of}).",
    "before_alike": " That is the share of people of this base, silent as long and come as often, who {did} within {window} without any "
    "reactivation, in {windows} up to {until} ({watched} silences watched); the pre-flight reckons with the same share.",
    "before_assumed": " That rate is assumed: no events tell how many such people come back.",
    "before_held": " For {count} of these {of} people the gate holds the message back (suppressed, without permission, unreachable or "
    "to be left alone): they stay in their group and so dilute the effect.",
    "before_held_one": " For one of these {of} people the gate holds the message back (suppressed, without permission, unreachable "
    "or to be left alone): that person stays in their group and so dilutes the effect a little.",
    "uncovered": "No data cover {types}: they are not in the figures of {outcome}.",
}
FR = {
    "nobody": "Personne n’est encore entré dans ce parcours.",
    "no_control": "Sans groupe témoin, rien ne peut être dit de l’effet.",
    "no_treated": "Tout le monde est dans le groupe témoin : il n’y a rien à comparer.",
    "unknown": "Les données ne couvrent pas ce résultat ({types}) depuis la première entrée : l’effet est inconnu, et "
    "non pas nul.",
    "unfinished": "Pas terminé avant le {date} (personnes entrées depuis moins de {window} : {people}) ; les chiffres "
    "peuvent changer.",
    "scarce": "Trop peu de personnes ont {did} pour conclure (il faudrait en attendre au moins une dans le plus petit "
    "groupe).",
    "zero": "L’intervalle contient zéro ({low} à {high}) : aucun effet démontré.{reach}",
    "reach": " Des groupes de cette taille montrent quatre fois sur cinq un effet d’au moins {smallest}.",
    "more": "Plus de personnes ont {did} avec le parcours que sans : {gap} ({low} à {high}), soit environ {count} "
    "personnes ({least} à {most}).",
    "fewer": "Moins de personnes ont {did} avec le parcours que sans : {gap} ({low} à {high}). Arrêtez-le et cherchez "
    "pourquoi.",
    "stale": "Le dernier évènement connu de ce résultat date du {latest} : importez les suivants avant de conclure.",
    "never": "Aucun évènement de ce résultat n’est connu : vérifiez l’import avant de conclure.",
    "split": "{control} personnes sur {people} sont dans le groupe témoin, ce qui n’est pas la part demandée : "
    "cherchez pourquoi avant de croire le reste.",
    "short_window": "L’objectif compte {window} à partir de l’entrée et le parcours dure jusqu’à {days} jours : ce qui "
    "arrive après la fenêtre n’est pas compté.",
    "goals_differ": "Des versions de ce parcours ont des objectifs différents ; chacun est mesuré dans la "
    "fenêtre de sa propre version.",
    "before": "{treated} personnes dans le parcours, {control} dans le groupe témoin ; si {base} reviennent d’elles-mêmes, "
    "une hausse d’au moins {effect} se voit quatre fois sur cinq, une plus petite peut rester invisible.",
    "before_none": "{treated} personnes dans le parcours, {control} dans le groupe témoin : trop peu pour qu’un effet se voie.",
    "before_nobody": "Personne n’entrerait maintenant : sur les {members} membres du segment {segment}, {open} sont dans le parcours et "
    "{resting} y sont entrés il y a trop peu de temps, n’y entrent qu’une fois ou sont mis en sommeil.",
    "before_unrefreshed": "Le segment {segment} n’a jamais été rafraîchi : on ne sait pas encore qui entrerait. "
    "`relance segments refresh` le dira.",
    "before_base": " C’est la part des personnes silencieuses depuis {days} jours ou plus qui ont {did} en {window}, jusqu’au "
    "{until} ({returned} sur {of}).",
    "before_alike": " C’est la part des personnes de cette base, silencieuses depuis aussi longtemps et venues aussi souvent, qui ont "
    "{did} en {window} sans aucune réactivation, sur {windows} jusqu’au {until} ({watched} silences observés) ; le contrôle avant départ "
    "compte avec la même part.",
    "before_assumed": " Ce taux est supposé : aucun évènement ne dit combien de telles personnes reviennent.",
    "before_held": " Pour {count} de ces {of} personnes, le garde-fou retient le message (exclues, sans consentement, injoignables "
    "ou à laisser tranquilles) : elles restent dans leur groupe et diluent donc l’effet.",
    "before_held_one": " Pour une de ces {of} personnes, le garde-fou retient le message (exclue, sans consentement, injoignable ou "
    "à laisser tranquille) : elle reste dans son groupe et dilue donc un peu l’effet.",
    "uncovered": "Aucune donnée ne couvre {types} : ils ne sont pas dans les chiffres de {outcome}.",
}
SENTENCES = {"en": EN, "fr": FR}
