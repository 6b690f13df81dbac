"""The sentences that explain a state, in English and French; days stand as 2026-07-27, places in braces are filled."""

from __future__ import annotations

from collections.abc import Sequence

from relance.core.durations import Duration
from relance.events.schemas import PURCHASES, STANDARD

LANGUAGES = ("en", "fr")

CRITERIA = {
    "+": (
        "{types}: nothing since {last}, longer than {duration}: {points} points.",
        "{types} : rien depuis {last}, soit plus de {duration} : {points} points.",
    ),
    "-": ("{types}: seen on {last}: no points.", "{types} : signe de vie le {last} : aucun point."),
    "never": (
        "{types}: never, for more than {duration}: {points} points.",
        "{types} : jamais, depuis plus de {duration} : {points} points.",
    ),
    "often": (
        "{types}: {received} times within {duration}, {needed} suffice: {points} points.",
        "{types} : {received} fois en {duration}, {needed} suffisent : {points} points.",
    ),
    "seldom": (
        "{types}: {received} times within {duration}, fewer than {needed}: no points.",
        "{types} : {received} fois en {duration}, moins de {needed} : aucun point.",
    ),
    "early": (
        "{types}: known for less than {duration}: no points yet.",
        "{types} : contact connu depuis moins de {duration} : pas encore de point.",
    ),
    "apart": (
        "{types}: does not concern this person, who never did what it counts from ({after}): no points.",
        "{types} : ne concerne pas cette personne, sans ce qui le fait compter ({after}) : aucun point.",
    ),
    "short": (
        "{types}: unknown, since the data does not reach {duration} back for this person.",
        "{types} : inconnu, car les données ne remontent pas à {duration} pour cette personne.",
    ),
    "ended": (
        "{types}: unknown, since nobody told of it after {until}.",
        "{types} : inconnu, car plus rien n’en est dit après le {until}.",
    ),
    "few": (
        "{types}: unknown, since only {received} of the {needed} messages that would tell were delivered.",
        "{types} : inconnu, car seuls {received} des {needed} messages nécessaires pour le dire ont été remis.",
    ),
    "one": (
        "{types}: unknown, since only one of the {needed} messages that would tell was delivered.",
        "{types} : inconnu, car un seul des {needed} messages nécessaires pour le dire a été remis.",
    ),
    "none": (
        "{types}: unknown, since no message that would tell was delivered ({needed} needed).",
        "{types} : inconnu, car aucun message n’a été remis (il en faut {needed} pour le dire).",
    ),
    "unasked": (
        "{types}: unknown, since this person did not consent to opens being recorded.",
        "{types} : inconnu, car cette personne n’a pas consenti à la mesure des ouvertures.",
    ),
}
UNTOLD = {
    "ended": ("the files that would tell end on {until}", "les fichiers qui le diraient s’arrêtent le {until}"),
    "short": ("the data do not reach far enough back", "les données ne remontent pas assez loin"),
    "few": ("too few messages that would tell were delivered", "trop peu de messages qui le diraient ont été remis"),
    "unasked": (
        "this person did not consent to opens being recorded", "cette personne n’a pas consenti à la mesure des ouvertures"
    ),
}  # fmt: skip
REST = {
    "undetermined": (
        "Nobody can tell whether this person is silent: {why}.",
        "Nul ne peut dire si cette personne est silencieuse : {why}.",
    ),
    "nothing known": (
        "Nobody can tell whether this person ever gave a sign of life: the data do not reach back to when they were first known.",
        "Nul ne peut dire si cette personne a jamais donné signe de vie : les données ne remontent pas au jour où elle a été connue.",
    ),
    "objection": (
        "This person objected to profiling on {day}: no points, no state, no value band and no prediction.",
        "Cette personne s’est opposée au profilage le {day} : ni points, ni état, ni classe de valeur, ni prédiction.",
    ),
    "no policy": (
        "No policy is for people like this one, so nobody can say whether they are silent.",
        "Aucune règle ne concerne cette personne : nul ne peut dire si elle est silencieuse.",
    ),
    "signs": ("{signs} would make this person {state}.", "{signs} : cette personne passerait à l’état « {state} »."),
    "silence": (
        "Without a sign of life, this person turns {state} on {day}.",
        "Sans signe de vie, cette personne passe à l’état « {state} » le {day}.",
    ),
    "cadence": (
        "Usually buys every {interval} days ({steady} once steadied); silent for {silence}: {ratio} times that rhythm.",
        "Achète d’habitude tous les {interval} jours ({steady} après lissage) ; silence de {silence} jours : {ratio} fois ce rythme.",
    ),
    "alive": (
        "The model gives {alive}% that this person still buys, and {expected} purchases expected in the next 90 days.",
        "Le modèle donne {alive} % de chances que cette personne achète encore, et {expected} achats attendus dans les 90 jours.",
    ),
    "once": (
        "Bought once only: no model speaks of this person alone; the return curve of first-time buyers does.",
        "Un seul achat : aucun modèle ne parle de cette seule personne ; la courbe de retour des nouveaux acheteurs, oui.",
    ),
    "purchase": ("Last purchase: {day}.", "Dernier achat : {day}."),
    "engagement": ("Last sign of life: {day}.", "Dernier signe de vie : {day}."),
    "legal": (
        "Last contact that counts for the law: {day}; an open or a visit is none.",
        "Dernier contact au sens de la loi : {day} ; une ouverture ou une visite n’en est pas un.",
    ),
    "first seen": (
        "No contact that counts for the law is known; the years run from {day}, when this person was first known.",
        "Aucun contact au sens de la loi n’est connu ; le délai court depuis le {day}, jour où cette personne a été connue.",
    ),
    "abandoned_carts": (
        "Carts left without an order within {duration}: {count}.",
        "Paniers abandonnés en {duration} : {count}.",
    ),
    "support_contacts": (
        "Contacts with support within {duration}: {count}.",
        "Échanges avec le service client en {duration} : {count}.",
    ),
}
STATES = {
    "new": ("new", "nouveau"),
    "never_active": ("never active", "jamais actif"),
    "active": ("active again", "actif"),
    "cooling": ("cooling", "en refroidissement"),
    "dormant": ("dormant", "en sommeil"),
    "very_dormant": ("very dormant", "en sommeil profond"),
    "undetermined": ("undetermined", "indéterminé"),
}
NONE_KNOWN = ("none known", "aucun connu")
EVER = ("ever", "toujours")
_ON = {"email": ("by e-mail", "par e-mail"), "sms": ("by SMS", "par SMS"), "push": ("by push", "par push"),
       "phone": ("by phone", "par téléphone"), "postal": ("by post", "par courrier")}  # fmt: skip
_SIGNS = {
    frozenset(PURCHASES): ("A purchase", "Un achat"),
    frozenset({"message_clicked", "message_replied"}): ("A click or a reply", "Un clic ou une réponse"),
    frozenset({"logged_in"}): ("A sign-in to the account", "Une connexion au compte"),
}
_UNITS = {"day": "jour", "week": "semaine", "month": "mois", "year": "an", "hour": "heure", "minute": "minute"}


def pair(forms: tuple[str, str], **places: object) -> dict[str, str]:
    """Return a sentence in both languages; a place given as a pair is filled with the language's own part."""
    said = [
        form.format(**{name: value[n] if isinstance(value, tuple) else value for name, value in places.items()})
        for n, form in enumerate(forms)
    ]
    return {"sentence": _singular(said[0]), "sentence_fr": typeset(said[1])}


def _singular(sentence: str) -> str:
    return sentence.replace(" 1 points", " 1 point").replace(" 1 times", " once")


def typeset(sentence: str) -> str:
    """Return a French sentence with its no-break spaces."""
    for mark in (":", ";", "»", "%"):
        sentence = sentence.replace(f" {mark}", f"\u00a0{mark}")
    return sentence.replace("« ", "«\u00a0").replace("\u00a01 points", "\u00a01 point").replace(" 1 points", " 1 point")


def labels(types: Sequence[str], channel: str | None = None) -> tuple[str, str]:
    """Return what people call these event types, in both languages; a declared one goes by its name."""
    found = [(STANDARD[name].label_en, STANDARD[name].label_fr) if name in STANDARD else (name, name) for name in types]
    on = _ON[channel] if channel else None
    both = [", ".join(label[n] for label in found) + (f" ({on[n]})" if on else "") for n in (0, 1)]
    return both[0], both[1]


def signs(criteria: Sequence[tuple[Sequence[str], str | None]]) -> tuple[str, str]:
    """Return how to name a sign for each of these criteria (event types and channel), in both languages."""
    named = [_sign(frozenset(types), types, channel) for types, channel in criteria]
    parts = [[name[n] if i == 0 else name[n][:1].lower() + name[n][1:] for i, name in enumerate(named)] for n in (0, 1)]
    return " and ".join(parts[0]), " et ".join(parts[1])


def _sign(known: frozenset[str], types: Sequence[str], channel: str | None) -> tuple[str, str]:
    name = _SIGNS.get(known)
    if name is None:
        said = labels(types, channel)
        return f"A new sign ({said[0]})", f"Un nouveau signe ({said[1]})"
    return (f"{name[0]} {_ON[channel][0]}", f"{name[1]} {_ON[channel][1]}") if channel else name


def spoken(duration: Duration) -> tuple[str, str]:
    """Return a duration in both languages."""
    unit = _UNITS[duration.unit]
    plural = "s" if duration.count > 1 and not unit.endswith("s") else ""
    return str(duration), f"{duration.count} {unit}{plural}"
