"""The judgement in words, in both languages: what is so, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from relance.core.dates import day
from relance.eligibility.breaker import providers
from relance.measurement.formats import number, percent, points, typography
from relance.measurement.preflight.judging import Finding

SHARES = frozenset({"share", "rate", "low", "high", "limit"})
SIDES = {
    "strength": ("Strengths", "Forces"),
    "weakness": ("Weaknesses", "Faiblesses"),
    "opportunity": ("Opportunities", "Opportunités"),
    "threat": ("Threats", "Menaces"),
}
ADVICE = {
    "go": ("Go", "Partir"),
    "slower": ("Go slower", "Partir plus lentement"),
    "not_now": ("Not now", "Pas maintenant"),
}
RISKS = {"low": ("low", "faible"), "medium": ("medium", "moyen"), "high": ("high", "élevé")}
LEVELS = {"note": ("Note", "Note"), "warning": ("Warning", "Attention"), "blocking": ("Blocking", "Bloquant")}

WORDS: Mapping[str, tuple[str, str]] = {
    "calendar_free": (
        "No commercial period falls on the {days} days that the sends take.",
        "Aucune période commerciale ne tombe sur les {days} jours que durent les envois.",
    ),
    "calendar_free_day": (
        "No commercial period falls on the day that the sends take.",
        "Aucune période commerciale ne tombe sur la journée que durent les envois.",
    ),
    "commercial_period_day": (
        "A commercial period ({period}) falls on the day that the sends take: inboxes are full, complaints and bounces rise, and the "
        "period’s own campaigns pay for it. The gate holds reactivations back until {until}.",
        "Une période commerciale ({period}) tombe sur la journée que durent les envois : les boîtes sont saturées, plaintes et NPAI "
        "montent, et les campagnes de la période le paient. Le garde-fou retient les réactivations jusqu’au {until}.",
    ),
    "period_not_held_back": (
        "{share} of these people ({people}) are dormant, and a commercial period ({period}) falls on the sends. The gate holds "
        "reactivations back until {until}, but not this journey, whose purpose is another: inboxes are full, complaints and bounces "
        "rise. Start later, or give it the purpose reactivation.",
        "{share} de ces personnes ({people}) sont en sommeil, et une période commerciale ({period}) tombe sur les envois. Le garde-fou "
        "retient les réactivations jusqu’au {until}, mais pas ce parcours, dont la finalité est autre : les boîtes sont saturées, "
        "plaintes et NPAI montent. Partez plus tard, ou donnez-lui la finalité réactivation.",
    ),
    "commercial_period": (
        "A commercial period ({period}) falls on the {days} days that the sends take: inboxes are full, complaints and bounces rise, and "
        "the period’s own "
        "campaigns pay for it. The gate holds reactivations back until {until}.",
        "Une période commerciale ({period}) tombe sur les {days} jours que durent les envois : les boîtes sont saturées, plaintes et "
        "NPAI montent, et les "
        "campagnes de la période le paient. Le garde-fou retient les réactivations jusqu’au {until}.",
    ),
    "start_past": (
        "The start ({start}) lies in the past: figures of then say nothing of a start to come. Choose an hour to come.",
        "Le départ ({start}) est passé : les chiffres d’alors ne disent rien d’un départ à venir. Choisissez une heure à venir.",
    ),
    "no_window": (
        "No stretch between commercial periods holds the {days} days that the sends take, so nobody would ever enter: the longest of "
        "the next 12 months holds {longest}, from {first} to {last}. Shorten the journey by {over} days: take out waits, or a message.",
        "Aucun intervalle entre deux périodes commerciales ne contient les {days} jours que durent les envois : personne n’entrerait "
        "jamais. Le plus long des 12 prochains mois en contient {longest}, du {first} au {last}. Raccourcissez le parcours de {over} "
        "jours : retirez des attentes, ou un message.",
    ),
    "no_window_at_all": (
        "Commercial periods leave no free day in the next 12 months, so nobody would ever enter. Take periods out of the calendar that "
        "need not hold reactivations up, or lower blackout_lead_days and blackout_tail_days.",
        "Les périodes commerciales ne laissent aucun jour libre dans les 12 prochains mois : personne n’entrerait jamais. Retirez du "
        "calendrier des périodes qui n’ont pas à retenir les réactivations, ou réduisez blackout_lead_days et blackout_tail_days.",
    ),
    "ramp_after_window": (
        "The ramp takes {days} days: {people} people come after {latest}, the last day from which all sends leave before the next "
        "commercial period, {period}. They wait for the window after it. A start on {start} holds them all; or begin with a larger "
        "canary or fewer people.",
        "La montée dure {days} jours : {people} personnes viennent après le {latest}, dernier jour d’où tous les envois partent avant la "
        "période commerciale suivante, {period}. Elles attendent la fenêtre d’après. Un départ le {start} les contient toutes ; sinon "
        "commencez avec une vague pilote plus grande ou moins de monde.",
    ),
    "ramp_after_every_window": (
        "The ramp takes {days} days: {people} people come after {latest}, the last day from which all sends leave before the next "
        "commercial period, {period}. They wait for the window after it. No window in sight holds the whole ramp: a larger canary, "
        "fewer people or a shorter journey would.",
        "La montée dure {days} jours : {people} personnes viennent après le {latest}, dernier jour d’où tous les envois partent avant la "
        "période commerciale suivante, {period}. Elles attendent la fenêtre d’après. Aucune fenêtre en vue ne contient toute la "
        "montée : il faudrait une vague pilote plus grande, moins de monde ou un parcours plus court.",
    ),
    "nobody": (
        "Of {entrants} people who would enter, the gate would let nobody get the first message. See the reasons on the launch page.",
        "Sur {entrants} personnes qui entreraient, le garde-fou n’en laisserait aucune recevoir le premier message. "
        "Voyez les raisons sur la page de lancement.",
    ),
    "nobody_one": (
        "Of the 1 person who would enter, the gate would let nobody get the first message. See the reason on the launch page.",
        "La seule personne qui entrerait ne recevrait pas le premier message : le garde-fou la retient. "
        "Voyez la raison sur la page de lancement.",
    ),
    "all_control": (
        "All {entrants} people who would enter are drawn for the control group, so nobody would get the first message: so few people "
        "are no base for one. Write to more people, or take the holdout out of the journey.",
        "Les {entrants} personnes qui entreraient sont toutes tirées au sort pour le groupe témoin : personne ne recevrait le premier "
        "message. Si peu de monde ne permet pas de groupe témoin. Écrivez à plus de monde, ou retirez le groupe témoin du parcours.",
    ),
    "all_control_one": (
        "The 1 person who would enter is drawn for the control group, so nobody would get the first message. Write to more people, or "
        "take the holdout out of the journey.",
        "La seule personne qui entrerait est tirée au sort pour le groupe témoin : personne ne recevrait le premier message. Écrivez à "
        "plus de monde, ou retirez le groupe témoin du parcours.",
    ),
    "no_send": (
        "No step of this journey sends a message: there is no ramp, and nobody is written to.",
        "Aucune étape de ce parcours n’envoie de message : il n’y a pas de montée, et personne ne reçoit rien.",
    ),
    "nobody_enters": (
        "Nobody would enter now: the segment is empty, or its members are in the journey, entered it too recently or were put to sleep.",
        "Personne n’entrerait maintenant : le segment est vide, ou ses membres sont dans le parcours, y sont entrés il y a trop "
        "peu de temps ou sont mis en sommeil.",
    ),
    "mostly_old": (
        "{share} of the addresses ({people}) showed no sign for 12 months or ever: expect dead mailboxes and traps. Start with the "
        "shortest silences, or verify these addresses first.",
        "{share} des adresses ({people}) n’ont donné aucun signe depuis 12 mois, ou jamais : attendez-vous à des boîtes mortes et à "
        "des pièges. Commencez par les silences les plus courts, ou vérifiez d’abord ces adresses.",
    ),
    "many_old": (
        "{share} of the addresses ({people}) showed no sign for 12 months or ever; they come last in the ramp.",
        "{share} des adresses ({people}) n’ont donné aucun signe depuis 12 mois, ou jamais ; elles viennent en dernier dans la montée.",
    ),
    "few_old": (
        "Only {share} of the addresses ({people}) have been silent for 12 months.",
        "Seules {share} des adresses ({people}) se taisent depuis 12 mois.",
    ),
    "unverified": (
        "{share} of the addresses ({people}) were never checked. Run the cleaning first.",
        "{share} des adresses ({people}) n’ont jamais été vérifiées. Lancez d’abord le nettoyage.",
    ),
    "role": (
        "{share} of the addresses ({people}) are of a role (contact@, info@), where complaints are frequent.",
        "{share} des adresses ({people}) sont des adresses de fonction (contact@, info@), d’où viennent souvent les plaintes.",
    ),
    "doubtful": (
        "{people} addresses look mistyped, or bounced softly of late.",
        "{people} adresses semblent mal saisies, ou ont été refusées provisoirement récemment.",
    ),
    "doubtful_one": (
        "1 address looks mistyped, or bounced softly of late.",
        "1 adresse semble mal saisie, ou a été refusée provisoirement récemment.",
    ),
    "never_clicked": (
        "Of the {written_to} people written to in the last {days} days, by Relance or by another tool whose history was imported, "
        "{people} ({share}) clicked nothing in that time.",
        "Sur {written_to} personnes à qui Relance, ou un autre outil dont l’historique est importé, a écrit ces {days} derniers jours, "
        "{people} ({share}) n’ont cliqué sur rien pendant ce temps.",
    ),
    "bounces_over": (
        "Of your last {sent} mails {rate} bounced for good ({low} to {high}); the limit is {limit}. Clean the base first.",
        "Sur vos {sent} derniers e-mails, {rate} de NPAI ({low} à {high}) ; la limite est {limit}. "
        "Nettoyez d’abord la base.",
    ),
    "bounces_unsure": (
        "Of your last {sent} mails {rate} bounced for good, but so few sends leave up to {high} possible; the limit is {limit}.",
        "Sur vos {sent} derniers e-mails, {rate} de NPAI, mais si peu d’envois laissent possible jusqu’à "
        "{high} ; la limite est {limit}.",
    ),
    "bounces_under": (
        "Of your last {sent} mails {rate} bounced for good ({high} at most); the limit is {limit}.",
        "Sur vos {sent} derniers e-mails, {rate} de NPAI ({high} au plus) ; la limite est {limit}.",
    ),
    "never_sent": (
        "Relance sent nothing as this sender in 90 days (what another tool sent, known by import, is not counted): providers may not "
        "know it, and nothing tells its bounces. Send relationship mails first.",
        "Relance n’a rien envoyé avec cet expéditeur depuis 90 jours (les envois d’un autre outil, connus par import, ne comptent pas) : "
        "les messageries peuvent ne pas le connaître, et rien ne dit ses NPAI. Commencez par des messages de relation.",
    ),
    "blind": (
        "Complaints cannot be seen at {providers}: steps are slower there. Import the figures of Postmaster Tools if you have them.",
        "Les plaintes ne se voient pas chez {providers} : les paliers y sont plus lents. Importez les chiffres de Postmaster Tools "
        "si vous en avez.",
    ),
    "breaker_open": (
        "The breaker stopped sends of this journey or sender ({count}). Find out why and close it first.",
        "Le disjoncteur a arrêté des envois de ce parcours ou de cet expéditeur ({count}). Comprenez pourquoi et refermez-le d’abord.",
    ),
    "sender_unexamined": (
        "The sender was never examined. Examine it on its page.",
        "L’expéditeur n’a jamais été examiné. Examinez-le sur sa page.",
    ),
    "listed": (
        "The sender is on a blocklist: {zones}. Get it removed first.",
        "L’expéditeur est sur une liste de blocage : {zones}. Faites-l’en retirer d’abord.",
    ),
    "sender_faults": (
        "The last examination of the sender found {count} things to mend (SPF, DKIM, DMARC, names).",
        "Le dernier examen de l’expéditeur a trouvé {count} points à corriger (SPF, DKIM, DMARC, noms).",
    ),
    "sender_in_order": (
        "The sender’s records are in order and no blocklist names it (examined on {at}).",
        "Les enregistrements de l’expéditeur sont en ordre et aucune liste de blocage ne le cite (examen du {at}).",
    ),
    "jump": (
        "The largest day of the plan has {largest} mails; your usual day has {usual}. Providers mistrust jumps.",
        "Le plus gros jour du plan compte {largest} e-mails ; votre jour habituel {usual}. Les messageries se méfient des sauts.",
    ),
    "provable": (
        "Proof that bounces stay under {limit} takes {proof} answered sends without a bad one; this audience has {people}. "
        "{trust} people are in steps that the answers alone will not release: a named person decides.",
        "Prouver que les NPAI restent sous {limit} demande {proof} envois sans mauvaise réponse ; cette audience en compte {people}. "
        "{trust} personnes sont dans des paliers que les réponses seules ne libéreront pas : une personne nommée en décide.",
    ),
    "too_small_to_prove": (
        "This audience of {people} is too small to prove that bounces stay under {limit}: that takes {proof} answered sends. Each "
        "step is released by a named person who takes the rest on trust.",
        "Cette audience de {people} personnes est trop petite pour prouver que les NPAI restent sous {limit} : il faudrait {proof} "
        "envois. Une personne nommée libère chaque palier et répond de ce qui n’est pas prouvé.",
    ),
    "too_small_to_prove_one": (
        "This audience of 1 person is too small to prove that bounces stay under {limit}: that takes {proof} answered sends. A named "
        "person takes that on trust.",
        "Cette audience d’1 personne est trop petite pour prouver que les NPAI restent sous {limit} : il faudrait {proof} envois. Une "
        "personne nommée répond de ce qui n’est pas prouvé.",
    ),
    "no_control_group": (
        "There is no control group, so nobody will know what came back because of this journey.",
        "Il n’y a pas de groupe témoin : personne ne saura qui est revenu grâce à ce parcours.",
    ),
    "control_group": (
        "A control group of {people} people, those whom the gate would hold back included, will tell what the journey brought, if it "
        "brings {effect} or more.",
        "Un groupe témoin de {people} personnes, y compris celles que le garde-fou retiendrait, dira ce que le parcours a rapporté, s’il "
        "rapporte {effect} ou plus.",
    ),
    "control_group_small": (
        "A control group of {people} people, those whom the gate would hold back included, will hardly tell what the journey brought: it "
        "shows {effect} or more, while {share} come back by themselves{assumed}. Write to more people, or keep more of them apart.",
        "Un groupe témoin de {people} personnes, y compris celles que le garde-fou retiendrait, ne dira guère ce que le parcours a "
        "rapporté : il montre {effect} ou plus, alors que {share} reviennent d’eux-mêmes{assumed}. Écrivez à plus de monde, ou gardez-en "
        "davantage à part.",
    ),
    "control_group_small_one": (
        "A control group of 1 person will hardly tell what the journey brought: it shows {effect} or more, while {share} come back by "
        "themselves{assumed}. Write to more people, or keep more of them apart.",
        "Un groupe témoin d’1 personne ne dira guère ce que le parcours a rapporté : il montre {effect} ou plus, alors que {share} "
        "reviennent d’eux-mêmes{assumed}. Écrivez à plus de monde, ou gardez-en davantage à part.",
    ),
    "no_test": (
        "No message compares two subjects: a test costs nothing here.",
        "Aucun message ne compare deux objets : un test ne coûte rien ici.",
    ),
    "other_sends": (
        "{messages} messages of {journeys} other journeys wait for these days; caps and priorities share the people out.",
        "{messages} messages de {journeys} autres parcours attendent ces jours-là ; plafonds et priorités répartissent les personnes.",
    ),
    "in_other_journeys": (
        "{people} of these people are on their way in other running journeys ({journeys}): they would get the messages of both. Let "
        "those end first, or take these people out of the segment.",
        "{people} de ces personnes sont en route dans d’autres parcours en cours ({journeys}) : elles recevraient les messages des "
        "deux. Laissez-les d’abord finir, ou retirez ces personnes du segment.",
    ),
    "in_other_journeys_one": (
        "1 of these people is on the way in other running journeys ({journeys}) and would get the messages of both. Let those end first, "
        "or take this person out of the segment.",
        "1 de ces personnes est en route dans d’autres parcours en cours ({journeys}) : elle recevrait les messages des deux. "
        "Laissez-les d’abord finir, ou retirez cette personne du segment.",
    ),
    "team_busy": (
        "{launches} other journeys begin in these days: nobody can watch so many at once.",
        "{launches} autres parcours commencent ces jours-là : personne ne peut en surveiller autant à la fois.",
    ),
    "offer_open_to_all": (
        "The offer {code} is given to active customers too: it rewards nobody for coming back.",
        "L’offre {code} est aussi donnée aux clients actifs : elle ne récompense pas le retour.",
    ),
    "opt_outs_unknown": (
        "The opt-outs of the former tool are not in. Import them, or declare that there are none.",
        "Les désabonnements de l’ancien outil ne sont pas importés. Importez-les, ou déclarez qu’il n’y en a pas.",
    ),
    "budget_short": (
        "The budget does not suffice: {budgets}. Raise it, or write to fewer people.",
        "Le budget ne suffit pas : {budgets}. Augmentez-le, ou écrivez à moins de monde.",
    ),
}


def sentence(finding: Finding, language: str) -> str:
    """Return what is so and what to do."""
    said = {name: _said(name, value, language) for name, value in finding.details.items()}
    return typography(WORDS[_form(finding)][language == "fr"].format_map(said), language)


def _form(finding: Finding) -> str:
    """Return which form of its words a finding takes: that of one person, of a single day, or the usual one."""
    code, told = finding.code, finding.details
    if code == "nobody" and not told["entrants"]:
        return "nobody_enters"
    if f"{code}_one" in WORDS and told.get("people", told.get("entrants")) == 1:
        return f"{code}_one"
    return f"{code}_day" if f"{code}_day" in WORDS and told.get("days", 2) < 2 else code


def _said(name: str, value: Any, language: str) -> str:
    """Return a detail as people read it."""
    if isinstance(value, Mapping):
        return str(value[language])
    if isinstance(value, datetime):
        return day(value.astimezone(ZoneInfo(settings.RELANCE.time_zone)).date(), language)
    if isinstance(value, list):
        return ", ".join(providers.name(one, language) if name == "providers" else str(one) for one in value)
    if name == "effect":
        return points(float(value), language, 1)
    if name in SHARES and value is not None:
        return percent(float(value), language)
    return number(value, language) if isinstance(value, int) else str(value)


def word(table: Mapping[str, tuple[str, str]], key: str, language: str) -> str:
    """Return a word of one of the tables above."""
    return table[key][language == "fr"]
