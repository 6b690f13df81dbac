"""What is said of silences and of their price, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from relance.measurement.formats import money, number, percent, typography

DID = {"purchase": ("buys", "achète"), "engagement": ("reacts", "réagit")}

DORMANT = {
    "nine_in_ten": (
        "Count people as dormant from {days} days of silence{between}: of those who come back, nine in ten have come back by then. Whoever "
        "is still silent comes back within {horizon} days in {chance} cases of 100; at the highest, after {peak_days} days, in {peak}.",
        "Comptez les personnes comme inactives à partir de {days} jours de silence{between} : de celles qui reviennent, neuf sur dix sont "
        "alors revenues. Qui se tait encore revient dans les {horizon} jours dans {chance} cas sur 100 ; au plus haut, après {peak_days} "
        "jours de silence, dans {peak}.",
    ),
    "stays_high": (
        "No threshold can be recommended: as far as the history reaches, the chance of coming back within {horizon} days never falls to half of "
        "its highest.",
        "Aucun seuil ne peut être recommandé : aussi loin que va l’historique, la chance de revenir dans les {horizon} jours ne tombe jamais à "
        "la moitié de son plus haut.",
    ),
    "nobody_returns": (
        "No threshold can be recommended: nobody watched ever came back within {horizon} days.",
        "Aucun seuil ne peut être recommandé : personne, parmi les silences observés, n’est revenu dans les {horizon} jours.",
    ),
    "unknown": (
        "No threshold can be recommended: the history is too short to watch anybody for {horizon} days.",
        "Aucun seuil ne peut être recommandé : l’historique est trop court pour observer quiconque pendant {horizon} jours.",
    ),
}
BETWEEN = (
    " (the data leave possible {low} to {high} days)",
    " (les données laissent possible de {low} à {high} jours)",
)

PAYS = {
    "pays_until": (
        "One more relaunch pays until {days} days of silence: it costs {cost}, and beyond that day brings less.",
        "Une relance de plus rapporte jusqu’à {days} jours de silence : elle coûte {cost}, et passé ce jour rapporte moins.",
    ),
    "pays_beyond": (
        "One more relaunch, at {cost}, still pays after {days} days of silence, the last that could be watched.",
        "Une relance de plus, à {cost}, rapporte encore après {days} jours de silence, les derniers observables.",
    ),
    "never_pays": (
        "One more relaunch never pays: it costs {cost}, more than it brings on any day of silence.",
        "Une relance de plus ne rapporte jamais : elle coûte {cost}, plus qu’elle n’apporte à aucun jour de silence.",
    ),
    "unknown": (
        "Whether one more relaunch pays is unknown: set RELANCE_RETURN_MARGIN to what a return is worth.",
        "On ne peut pas dire si une relance de plus rapporte : donnez dans RELANCE_RETURN_MARGIN ce que vaut un retour.",
    ),
}
EFFECT = {
    "assumed": (
        " Its effect is assumed ({lift} more returns, a setting): no finished control group tells otherwise.",
        " Son effet est supposé ({lift} de retours en plus, un réglage) : aucun groupe témoin terminé ne dit autre chose.",
    ),
    "measured": (
        " Its effect was measured by the control group of {journey} ({lift} more returns, {low} to {high}).",
        " Son effet a été mesuré par le groupe témoin de {journey} ({lift} de retours en plus, de {low} à {high}).",
    ),
}
REFUSED = {
    "not_scored": (
        "Nobody was scored yet: run `relance score`.",
        "Personne n’a encore été évalué : lancez `relance score`.",
    ),
    "not_covered": (
        "No source says since when it tells of what counts as a return: import with --covered-since.",
        "Aucune source ne dit depuis quand elle couvre ce qui compte comme un retour : importez avec --covered-since.",
    ),
    "short_history": (
        "Too little history is covered to watch silences: bring older events, or wait.",
        "Trop peu d’historique est couvert pour observer des silences : apportez des évènements plus anciens, ou attendez.",
    ),
    "few_silences": (
        "Too few silences were watched: the curve would be chance.",
        "Trop peu de silences ont été observés : la courbe serait due au hasard.",
    ),
}


def sentence(found: Mapping[str, Any], language: str) -> str:
    """Return the recommendation for one population (a row of `threshold.summary`), or why there is none."""
    french = language == "fr"
    if not found["accepted"]:
        return typography(REFUSED[found["refusal"]][french], language)
    return typography(f"{_dormant(found, language)} {_pays(found['relaunch'], language)}", language)


def _dormant(found: Mapping[str, Any], language: str) -> str:
    day, french = found["dormant_from"], language == "fr"
    values: dict[str, Any] = {"horizon": found["horizon"]}
    if day["code"] == "nine_in_ten":
        bounds = {"low": day["low"], "high": day["high"]}
        between = BETWEEN[french].format(**bounds) if None not in bounds.values() else ""
        chance = found["chance"]
        values |= {
            "days": day["days"],
            "between": between,
            "peak_days": day["peak"]["days"],
            "peak": number(100 * day["peak"]["share"], language, 1),
            "chance": "?" if chance is None else number(100 * chance["share"], language, 1),
        }
    return DORMANT[day["code"]][french].format(**values)


def _pays(pays: Mapping[str, Any], language: str) -> str:
    french, economics = language == "fr", pays["economics"]
    said = PAYS[pays["code"]][french].format(
        days=pays["days"], cost=money(economics["cost"], language, settings.RELANCE.currency, digits=3)
    )
    if pays["code"] == "unknown":
        return said
    effect = economics["effect"]
    shares = {name: percent(effect[name], language, 0) for name in ("lift", "low", "high")}
    return said + EFFECT[effect["source"]][french].format(**shares, journey=effect["journey"])
