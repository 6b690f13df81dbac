"""How far a ramp is, in plain data and in words: its steps, what is known of the last one, who would be next."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from relance.eligibility.breaker import providers, told
from relance.eligibility.ramp import bands, opening, ramping, stops
from relance.eligibility.ramp.evidence import Evidence, Line
from relance.journeys import launches
from relance.journeys.models import Journey, Launch, RampStep

LANGUAGES = ("en", "fr")
_ONE = {
    "hard_bounce": ("no hard bounce", "aucun NPAI"),
    "complaint": ("no complaint of spam", "aucune plainte pour spam"),
    "unsubscribe": ("no unsubscription", "aucun désabonnement"),
    "block": ("no refusal for policy or reputation", "aucun refus pour politique ou réputation"),
}
_NOTHING = (
    "{signal}: no message is old enough to have been answered; nothing is known.",
    "{signal} : aucun message n’est assez ancien pour avoir reçu sa réponse ; on ne sait rien.",
)
_NONE = (
    "{none} in {sends} answered sends says only: below {bound}. The limit is {limit}: {verdict}.",
    "{none} sur {sends} envois mûrs dit seulement : moins de {bound}. La limite est de {limit} : {verdict}.",
)
_SOME = (
    "{signal}: {bad} in {sends} answered sends; the rate is surely below {bound} only. The limit is {limit}: {verdict}.",
    "{signal} : {bad} sur {sends} envois mûrs ; le taux est sûrement sous {bound}, pas mieux. La limite est de {limit} : {verdict}.",
)
_VERDICTS = {
    "proved": ("proved", "prouvé"),
    "needs": ("proof takes {needed} at this rate", "la preuve en demande {needed} à ce taux"),
    "never": ("at this rate there is no proof", "à ce taux, pas de preuve"),
}
_BLIND = (
    "Nobody tells of complaints at {names}: there, quiet says nothing.",
    "Personne ne signale les plaintes chez {names} : le silence n’y dit rien.",
)
_OVER = (
    "Over a limit, or in a spam trap, by what was counted: {names}. Nothing goes on by itself.",
    "Au-dessus d’une limite, ou tombé dans une adresse piège, d’après les comptes : {names}. Rien ne continue tout seul.",
)
_UNANSWERED = (
    "{people} of the last step wait for their message, or got it too lately to have answered.",
    "{people} personnes du dernier palier attendent leur message, ou l’ont depuis trop peu de temps pour avoir répondu.",
)
_STOPPED = (
    "The breaker stops this journey or its sender at {names}: nobody there is let in before a person closes it. The others go "
    "on by what they prove themselves.",
    "Le disjoncteur arrête ce parcours ou son expéditeur chez {names} : personne n’y entre avant qu’une personne le referme. Les "
    "autres messageries continuent d’après ce qu’elles prouvent elles-mêmes.",
)
_STOPPED_EVERYWHERE = (
    "The breaker stops this journey or its sender at all mailbox providers: nobody is let in before a person closes it.",
    "Le disjoncteur arrête ce parcours ou son expéditeur chez toutes les messageries : personne n’entre avant qu’une personne "
    "le referme.",
)
_LOWERED = (
    "The breaker opened since the last step and was closed: what it had stopped resumes a step lower.",
    "Le disjoncteur s’est ouvert depuis le dernier palier, puis a été refermé : ce qu’il avait arrêté reprend un palier plus bas.",
)
_USED_UP = (
    "What the mailbox providers may get today is used up: the next step waits until tomorrow.",
    "Ce que les messageries peuvent recevoir aujourd’hui est épuisé : le palier suivant attend demain.",
)

_WAITING = (
    "{people} people wait to enter: a mailbox provider gets in a day at most half as much again as on its largest day of late.",
    "{people} personnes attendent d’entrer : une messagerie reçoit en un jour au plus moitié plus que son plus grand jour récent.",
)
_FULL = (
    "Nobody more may enter today at {names}; the others follow as there is room.",
    "Plus personne n’entre aujourd’hui chez {names} ; la suite entre quand il y a de la place.",
)


def standing(journey: Journey, now: datetime) -> dict[str, Any] | None:
    """Return the ramp of a journey's approval in force; None where it has none.

    `steps`: number, band (by language), people, providers, released_at, released_by (empty: by proof), reason, canary.
    `next`: None once everybody may enter; else number, band, people, left, proved, released (whether a person may now),
    evidence (the figures), sentences (by language: what the quiet so far does not say). `opening`: None while steps follow
    or where nobody waits; else waiting (people), room (by provider), sentences.
    """
    launch = launches.in_force(journey.pk)
    steps = list(RampStep.objects.filter(plan_id=launch.plan_id).order_by("number")) if launch else []
    if not steps:
        return None
    return {
        "journey": journey.name,
        "steps": [
            {
                "number": step.number, "band": _band(step.band, launch),
                "people": sum(step.providers.values()), "providers": step.providers,
                "released_at": step.released_at, "released_by": step.released_by, "reason": step.reason,
                "canary": step.number == 1,
            }
            for step in steps
        ],
        "next": _next(journey, now),
        "opening": _opening(launch, now) if launch else None,
    }  # fmt: skip


def _next(journey: Journey, now: datetime) -> dict[str, Any] | None:
    found = ramping.waiting(journey.pk)
    if found is None:
        return None
    launch, last = found
    seen, step = ramping.known(launch, last, now), ramping.following(launch, last, now)
    held = stops.of(journey.pk)
    stopped = sorted(held.open)
    used_up = step.waiting > 0 and step.people == 0 and not step.all_held
    return {
        "number": step.number, "band": _band(step.band or last.band, launch), "people": step.people, "left": step.waiting,
        "proved": seen.proved, "stopped": stopped, "lowered": step.lowered, "begun": launch.start_at <= now,
        "held": dict(step.held), "released": journey.running and not step.all_held and not used_up and launch.start_at <= now,
        "evidence": seen.as_dict(),
        "sentences": {
            language: sentences(seen, language, held=held, lowered=step.lowered, used_up=used_up)
            for language in LANGUAGES
        },
    }  # fmt: skip


def _opening(launch: Launch, now: datetime) -> dict[str, Any] | None:
    found = opening.seen(launch, now)
    if found is None:
        return None
    full = [name for name, people in found.room.items() if not people]
    told = {}
    for language in LANGUAGES:
        french = language == "fr"
        told[language] = [_WAITING[french].format(people=_number(found.waiting, language))]
        if full:
            names = ", ".join(providers.name(name, language) for name in full)
            told[language].append(_FULL[french].format(names=names))
    return {"waiting": found.waiting, "room": found.room, "sentences": told}


def sentences(
    seen: Evidence, language: str, *, held: stops.Stops = stops.NONE, lowered: bool = False, used_up: bool = False
) -> list[str]:
    """Return what is known and what is not, as people read it."""
    french = language == "fr"
    alone = ((_LOWERED, lowered), (_USED_UP, used_up), (_STOPPED_EVERYWHERE, held.everywhere))
    found = [words[french] for words, so in alone if so]
    if seen.unanswered:
        found.append(_UNANSWERED[french].format(people=_number(seen.unanswered, language)))
    found += [_sentence(line, language) for line in seen.lines]
    stopped = () if held.everywhere else sorted(held.open)
    for words, names in ((_STOPPED, stopped), (_OVER, seen.over), (_BLIND, seen.blind)):
        if names:
            found.append(words[french].format(names=", ".join(providers.name(name, language) for name in names)))
    return found


def _sentence(line: Line, language: str) -> str:
    french = language == "fr"
    words = (_SOME if line.bad else _NONE if line.sends else _NOTHING)[french]
    kind = "proved" if line.proved else "needs" if math.isfinite(line.needed) else "never"
    verdict = _VERDICTS[kind][french].format(needed=_number(line.needed, language) if kind == "needs" else "")
    said = words.format(
        signal=told.SIGNALS[line.signal][french], none=_ONE[line.signal][french], bad=_number(line.bad, language),
        sends=_number(line.sends, language), bound=told.percent(line.bound, language),
        limit=told.percent(line.limit, language), verdict=verdict,
    )  # fmt: skip
    return said[:1].upper() + said[1:]


def _band(key: str, launch: Launch | None) -> dict[str, str]:
    """Return how long the people of a band have been silent, those of smaller bands joined into it included."""
    youngest = launch.figures.get("joined", {}).get(key, key) if launch else key
    return {language: bands.between(youngest, key, language) for language in LANGUAGES}


def _number(value: float, language: str) -> str:
    text = f"{value:,.0f}"
    return text.replace(",", "\u202f") if language == "fr" else text
