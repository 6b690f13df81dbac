"""The expected results in words, in both languages: each figure with its interval and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.conf import settings

from relance.measurement import conclusions
from relance.measurement.formats import money, number, points, typography
from relance.measurement.preflight.results import Figure, Results

LABELS: Mapping[str, tuple[str, str]] = {
    "people_alone": ("People who {did}, without the journey", "Personnes qui auront {did}, sans le parcours"),
    "people_added": ("More people because of the journey", "Personnes de plus grâce au parcours"),
    "people_in_all": ("People in all", "Personnes en tout"),
    "orders_alone": ("Orders, without the journey", "Commandes, sans le parcours"),
    "revenue_alone": ("Revenue, without the journey", "Chiffre d’affaires, sans le parcours"),
    "revenue_added": ("More revenue because of the journey", "Chiffre d’affaires de plus grâce au parcours"),
    "revenue_in_all": ("Revenue in all", "Chiffre d’affaires en tout"),
    "people_simulated": ("More people in the rehearsal", "Personnes de plus dans la répétition"),
    "revenue_simulated": ("More revenue in the rehearsal", "Chiffre d’affaires de plus dans la répétition"),
}
SOURCES: Mapping[str, tuple[str, str]] = {
    "history": ("this base’s own history", "l’historique de cette base"),
    "own_run": ("this journey’s control group", "le groupe témoin de ce parcours"),
    "other_run": ("another reactivation’s control group", "le groupe témoin d’une autre réactivation"),
    "history_and_run": ("both", "les deux"),
    "simulated": ("simulated", "simulé"),
}

_ALONE = (
    "Without the journey, about {value} of the {treated} people of the treated group ({low} to {high}) will have {did} within {window} "
    "of entering: so did people of this base who had been silent as long and had come as often, in {windows} of {window} up to {until} "
    "({watched} silences watched).",
    "Sans le parcours, environ {value} des {treated} personnes du groupe traité (de {low} à {high}) auront {did} en {window} après leur "
    "entrée : c’est ce qu’ont fait les personnes de cette base silencieuses depuis aussi longtemps et venues aussi souvent, sur "
    "{windows} de {window} jusqu’au {until} ({watched} silences observés).",
)
_ONE_WINDOW = (
    " A single window says nothing of seasons: the interval allows for chance alone.",
    " Une seule fenêtre ne dit rien des saisons : l’intervalle ne tient compte que du hasard.",
)
_LONGER = (
    " {count} of them will have been silent for longer than anybody who could be watched: they are reckoned like the longest silences "
    "watched.",
    " {count} d’entre elles seront alors silencieuses depuis plus longtemps que toutes celles observées : elles sont comptées comme les "
    "plus longs silences observés.",
)
_WINDOWS = (("one window", "{count} windows"), ("une fenêtre", "{count} fenêtres"))
_MONEY = (
    "They will place about {orders} orders ({orders_low} to {orders_high}), for {revenue} less refunds ({low} to {high}).",
    "Elles passeront environ {orders} commandes (de {orders_low} à {orders_high}), pour {revenue} remboursements déduits "
    "(de {low} à {high}).",
)
_UNKNOWN: Mapping[str, tuple[str, str]] = {
    "nobody": ("Nobody would be in the treated group.", "Personne ne serait dans le groupe traité."),
    "not_covered": (
        "Who comes back without the journey is unknown: no source says since when it tells of what the journey is measured by. Import "
        "with --covered-since.",
        "On ne sait pas qui revient sans le parcours : aucune source ne dit depuis quand elle couvre ce qui mesure ce parcours. "
        "Importez avec --covered-since.",
    ),
    "short_history": (
        "Who comes back without the journey is unknown: too little history is covered before a whole window of {window}. Bring older "
        "events, or wait.",
        "On ne sait pas qui revient sans le parcours : trop peu d’historique est couvert avant une fenêtre entière de {window}. "
        "Apportez des évènements plus anciens, ou attendez.",
    ),
    "few_watched": (
        "Who comes back without the journey is unknown: fewer than a hundred silences of this base could be watched.",
        "On ne sait pas qui revient sans le parcours : moins de cent silences de cette base ont pu être observés.",
    ),
}
_ADDED = (
    "Because of the journey: {value} people more ({low} to {high}){revenue}, by {whom}, which measured {gap} ({gap_low} to {gap_high}) "
    "among {people} people until {ends}.",
    "Grâce au parcours : {value} personnes de plus (de {low} à {high}){revenue}, d’après {whom}, qui a mesuré {gap} (de {gap_low} à "
    "{gap_high}) sur {people} personnes jusqu’au {ends}.",
)
_ADDED_MONEY = (
    " and {revenue} of revenue ({low} to {high})",
    " et {revenue} de chiffre d’affaires (de {low} à {high})",
)
_WHOM = {
    True: ("the control group of its own run", "le groupe témoin de son propre départ"),
    False: (
        "the control group of “{title}”, since this journey was never measured",
        "le groupe témoin de « {title} », ce parcours n’ayant jamais été mesuré",
    ),
}
_IN_ALL = (
    " In all, with and without the journey: {value} people ({low} to {high}){revenue}.",
    " En tout, grâce au parcours ou sans lui : {value} personnes (de {low} à {high}){revenue}.",
)
_ZERO = (" The interval holds zero: no effect is shown.", " L’intervalle contient zéro : aucun effet n’est démontré.")
_UNMEASURED = (
    "What the journey adds was never measured on this base: no finished reactivation with a control group, this goal and this window "
    "tells it, so no gain is foretold. {seen}",
    "Ce que le parcours apporte n’a jamais été mesuré sur cette base : aucune réactivation terminée avec un groupe témoin, cet objectif "
    "et cette fenêtre ne le dit, donc aucun gain n’est annoncé. {seen}",
)
_SEEN = (
    "The groups of this start show, four times in five, a rise of {effect} or more, if it is there: {people} people.",
    "Les groupes de ce départ montrent, quatre fois sur cinq, une hausse d’au moins {effect}, si elle existe : {people} personnes.",
)
_NOT_SEEN = (
    "The groups of this start are too small to show any effect.",
    "Les groupes de ce départ sont trop petits pour montrer un effet.",
)
_SIMULATED = (
    "Simulated: the rehearsal of {at} ended with {value} people more because of the journey ({low} to {high}){revenue}, of {people} "
    "simulated ones. They react as its rates assume; nothing of it was observed.",
    "Simulé : la répétition du {at} s’est terminée avec {value} personnes de plus grâce au parcours (de {low} à {high}){revenue}, sur "
    "{people} personnes simulées. Elles réagissent comme ses taux le supposent ; rien de cela n’a été observé.",
)


def sentences(found: Results, effect: float | None, language: str) -> list[str]:
    """Return what is expected; `effect` is the smallest difference that the groups of this start can show."""
    said = [*_alone(found, language), _added(found, effect, language), *_simulated(found, language)]
    return [typography(one, language) for one in said if one]


def label(code: str, outcome: str, language: str) -> str:
    """Return what a figure is called."""
    return typography(LABELS[code][language == "fr"].format(did=conclusions.did_what(outcome, language)), language)


def windows(count: int, language: str) -> str:
    """Return so many windows of time."""
    one, many = _WINDOWS[language == "fr"]
    return one if count == 1 else many.format(count=number(count, language))


def source(name: str, language: str) -> str:
    """Return where a figure comes from."""
    return SOURCES[name][language == "fr"]


def amount(value: float, unit: str, language: str) -> str:
    """Return a figure as people read it: whole people and orders, money in whole units."""
    if unit == "money":
        return money(value, language, settings.RELANCE.currency, digits=0)
    return number(value, language)


def _alone(found: Results, language: str) -> Iterator[str]:
    french, natural = language == "fr", found.natural
    people = found.figure("people_alone")
    if people is None or natural.until is None:
        yield _UNKNOWN[natural.refusal][french].format(window=conclusions.window(found.within, language))
        return
    longer = _LONGER[french].format(count=number(natural.longer, language)) if natural.longer else ""
    yield _ALONE[french].format(
        **_told(people, language), treated=number(found.treated, language), did=conclusions.did_what(found.outcome, language),
        window=conclusions.window(found.within, language), windows=windows(len(natural.windows), language),
        until=conclusions.day_of(natural.until, language), watched=number(natural.alike, language),
    ) + longer + (_ONE_WINDOW[french] if len(natural.windows) == 1 else "")  # fmt: skip
    orders, revenue = found.figure("orders_alone"), found.figure("revenue_alone")
    if orders and revenue:
        told, spent = _told(orders, language), _told(revenue, language)
        placed = {"orders": told["value"], "orders_low": told["low"], "orders_high": told["high"]}
        yield _MONEY[french].format(**placed, revenue=spent["value"], low=spent["low"], high=spent["high"])


def _added(found: Results, effect: float | None, language: str) -> str:
    """Return what the journey adds, as measured; else that nobody measured it, and what could be seen."""
    french, run, people = language == "fr", found.run, found.figure("people_added")
    if not found.treated:
        return ""
    if run is None or people is None or run.ends_at is None:
        group = number((effect or 0) * found.treated, language)
        seen = _SEEN[french].format(effect=points(effect, language), people=group) if effect else _NOT_SEEN[french]
        return _UNMEASURED[french].format(seen=seen)
    gap = {"gap": run.difference, "gap_low": run.interval.low, "gap_high": run.interval.high}
    return _ADDED[french].format(
        **_told(people, language), **{name: points(value, language) for name, value in gap.items()},
        revenue=_money_of(found.figure("revenue_added"), language), whom=_WHOM[run.own][french].format(title=run.title[language]),
        people=number(run.people, language), ends=conclusions.day_of(run.ends_at, language),
    ) + (_ZERO[french] if run.interval.holds_zero else "") + _in_all(found, language)  # fmt: skip


def _in_all(found: Results, language: str) -> str:
    """Return what both come to, where both are known."""
    whole = found.figure("people_in_all")
    if whole is None:
        return ""
    revenue = _money_of(found.figure("revenue_in_all"), language)
    return _IN_ALL[language == "fr"].format(**_told(whole, language), revenue=revenue)


def _simulated(found: Results, language: str) -> Iterator[str]:
    done, people = found.rehearsal, found.figure("people_simulated")
    if done is None or done.made_at is None or people is None:
        return
    yield _SIMULATED[language == "fr"].format(
        **_told(people, language), at=conclusions.day_of(done.made_at, language),
        people=number(int(done.result["treated"]), language), revenue=_money_of(found.figure("revenue_simulated"), language),
    )  # fmt: skip


def _money_of(figure: Figure | None, language: str) -> str:
    if figure is None:
        return ""
    told = _told(figure, language)
    return _ADDED_MONEY[language == "fr"].format(revenue=told["value"], low=told["low"], high=told["high"])


def _told(figure: Figure, language: str) -> dict[str, str]:
    return {name: amount(getattr(figure, name), figure.unit, language) for name in ("value", "low", "high")}
