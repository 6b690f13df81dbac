"""What stands in the way of sending, in one sentence and with what to do, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from relance.core import dates
from relance.eligibility.reasons import REASONS

Words = tuple[str, str]
SENTENCES: Mapping[str, Words] = {
    "restored": (
        "Nothing is sent since {since}: this database was restored or moved, and a person is to say what may leave.",
        "Rien ne part depuis le {since} : cette base a été restaurée ou déplacée, et une personne doit dire ce qui peut partir.",
    ),
    "no_worker": (
        "No worker is alive: the last sign came from {worker} on {since}. Start one.",
        "Aucun exécutant n’est en vie : le dernier signe est venu de {worker} le {since}. Démarrez-en un.",
    ),
    "disk_full": (
        "The disk of the data folder is full: {free} MB are left. Make room; sending goes on by itself.",
        "Le disque du dossier de données est plein : il reste {free} Mo. Faites de la place ; l’envoi reprend de lui-même.",
    ),
    "database_blocked": (
        "The database is the bottleneck: its process {process} has been at one statement since {since}, behind {holder}. Look at "
        "pg_stat_activity; end the process in the way if it is none of yours.",
        "La base de données est le goulot : son processus {process} exécute la même instruction depuis le {since}, derrière "
        "{holder}. Regardez pg_stat_activity ; terminez le processus en travers s’il n’a rien à y faire.",
    ),
    "channel_shut": (
        "The mail server takes nothing since {since}: {failure} Relance tries again every minute.",
        "Le serveur d’envoi ne prend rien depuis le {since} : {failure} Relance réessaie chaque minute.",
    ),
    "worker_stuck": (
        "{worker} has held {messages} messages since {since} and gives no sign any more. What it had not begun to send is taken "
        "up once its lease ends; if the process still stands, end it.",
        "{worker} tient {messages} messages depuis le {since} et ne donne plus signe de vie. Ce qu’il n’avait pas commencé à "
        "envoyer est repris à la fin de son bail ; si l’exécutant existe encore, terminez-le.",
    ),
    "busy_elsewhere": (
        "The worker has been busy with {task} since {since}, and sends once that is done. A second one, that only "
        "sends, would go on meanwhile.",
        "L’exécutant est occupé par {task} depuis le {since}, et envoie ensuite. Un second, qui ne fait "
        "qu’envoyer, continuerait pendant ce temps.",
    ),
    "unwatched": (
        "Nothing that sells leaves since {since}: `{stage}`, which watches over sending, fails with “{failure}”. Tell who runs "
        "Relance; campaigns go on by themselves once it works again.",
        "Rien de commercial ne part depuis le {since} : « {stage} », qui surveille les envois, échoue avec « {failure} ». "
        "Prévenez la personne qui exploite Relance ; les campagnes reprennent d’elles-mêmes dès que cela remarche.",
    ),
    "unattended": (
        "Nothing that sells leaves: since {since} no worker has run everything, only workers that send. Start one, or look into "
        "the log of the one at work.",
        "Rien de commercial ne part : depuis le {since}, aucun exécutant n’a tout fait, seuls tournent ceux qui ne "
        "font qu’envoyer. Démarrez-en un complet, ou regardez le journal de celui qui travaille.",
    ),
    "unexplained": (
        "{messages} messages are due, the first since {since}, workers live and none leaves. Look into their log.",
        "{messages} messages sont à envoyer, le premier depuis le {since}, des exécutants sont en vie et rien ne part. Regardez leur "
        "journal.",
    ),
    "provider": (
        "{messages} messages waiting; the first leaves on {until} at the earliest: mailbox providers put them off or their pace is "
        "reached.",
        "{messages} messages en attente ; le premier partira au plus tôt le {until} : des fournisseurs de messagerie les font "
        "patienter, ou leur cadence est atteinte.",
    ),
    "deferred": (
        "{messages} messages waiting; the first leaves on {until} at the earliest. Most frequent reason among the next: {reason}.",
        "{messages} messages en attente ; le premier partira au plus tôt le {until}. Motif le plus fréquent parmi les prochains : {reason}.",
    ),
    "journeys_paused": (
        "{messages} messages are due and all belong to journeys that are paused. Resume a journey to let its own leave.",
        "{messages} messages sont à envoyer et tous appartiennent à des parcours en pause. Reprenez un parcours pour laisser "
        "partir les siens.",
    ),
    "held": (
        "{messages} messages became overdue during an outage, the first due on {since}, and await your decision.",
        "{messages} messages sont en retard après une interruption, le premier attendu le {since}, et attendent votre décision.",
    ),
}  # fmt: skip
TELL: Words = ("Tell the person who runs Relance.", "Prévenez la personne qui exploite Relance.")
# What pages say of faults instead: a marketer can do nothing with a process, a statement or an exception.
PAGES: Mapping[str, Words] = {
    "no_worker": (
        "Nothing leaves: the last sign of life of the sending is of {since}. {tell}",
        "Rien ne part : le dernier signe de vie de l’envoi date du {since}. {tell}",
    ),
    "disk_full": (
        "Nothing leaves: the disk is full. {tell} Sending goes on by itself once there is room.",
        "Rien ne part : le disque est plein. {tell} L’envoi reprend de lui-même dès qu’il y a de la place.",
    ),
    "database_blocked": (
        "Nothing leaves: the database has been blocked since {since}. {tell}",
        "Rien ne part : la base de données est bloquée depuis le {since}. {tell}",
    ),
    "channel_shut": (
        "The mail server takes nothing since {since}; Relance tries again every minute. {tell}",
        "Le serveur d’envoi ne prend rien depuis le {since} ; Relance réessaie chaque minute. {tell}",
    ),
    "worker_stuck": (
        "The sending of {messages} messages has stood still since {since}. {tell}",
        "L’envoi de {messages} messages est figé depuis le {since}. {tell}",
    ),
    "busy_elsewhere": (
        "Other work has kept messages waiting since {since}: the night's, an import or a count. They leave once it is done. {tell}",
        "Un autre travail fait attendre les messages depuis le {since} : celui de la nuit, un import ou un décompte. Ils partent "
        "ensuite. {tell}",
    ),
    "unwatched": (
        "Nothing that sells leaves since {since}: what watches over sending fails. {tell} Campaigns go on by themselves once it "
        "works again.",
        "Rien de commercial ne part depuis le {since} : ce qui surveille les envois échoue. {tell} Les campagnes reprennent "
        "d’elles-mêmes dès que cela remarche.",
    ),
    "unattended": (
        "Nothing that sells leaves since {since}: nothing watches over sending any more. {tell}",
        "Rien de commercial ne part depuis le {since} : plus rien ne surveille les envois. {tell}",
    ),
    "unexplained": (
        "{messages} messages are due, the first since {since}, and none leaves. {tell}",
        "{messages} messages sont à envoyer, le premier depuis le {since}, et aucun ne part. {tell}",
    ),
}  # fmt: skip
COMMANDS: Mapping[str, str] = {
    "restored": "relance restored show",
    "no_worker": "relance worker",
    "busy_elsewhere": "relance worker --only-sends",
    "unattended": "relance worker",
    "held": "relance held list",
}
REASON_WORDS: Mapping[str, Words] = {
    "pressure": ("caps on messages per person", "plafonds de messages par personne"),
    "pressure_channel": ("caps on messages per channel", "plafonds de messages par canal"),
    "pressure_purpose": ("caps on messages per purpose", "plafonds de messages par finalité"),
    "pressure_fewer": ("people who asked for fewer messages", "personnes qui ont demandé moins de messages"),
    "reserved_for_reactivation": ("place kept for a reactivation", "place gardée pour une réactivation"),
    "budget_spent": ("budget spent", "budget dépensé"),
    "budget_of_month_spent": ("the month's budget spent", "budget du mois dépensé"),
    "legal_hours": ("lawful hours", "heures légales"),
    "calls": ("limits on calls", "limites des appels"),
    "call_refused": ("people who refused a call lately", "personnes qui ont refusé un appel récemment"),
    "quiet_hours": ("quiet hours", "heures de repos"),
    "commercial_period": ("commercial period", "période commerciale"),
    "breaker_open": ("breaker open", "disjoncteur ouvert"),
    "best_hour": ("the person's best hour", "meilleure heure de la personne"),
    "later": ("put off by the mailbox provider", "différé par le fournisseur de messagerie"),
    "rate": ("fewer messages asked for by the mailing service", "cadence réduite, demandée par le service d’envoi"),
    "service_error": ("fault of the mailing service", "panne du service d’envoi"),
    "connection_lost": ("mail server cut off", "connexion coupée par le serveur d’envoi"),
    "channel_shut": ("mail server taking nothing", "serveur d’envoi qui ne prend rien"),
    "paused": ("pause asked for by the person", "pause demandée par la personne"),
}
OF_CHANNELS = frozenset(
    {"later", "rate", "service_error", "connection_lost", "channel_shut"}
)  # the gate gives the others
OTHER_REASON: Words = ("another one, named with each message", "un autre, indiqué avec chaque message")
NOBODY: Words = ("its own work", "son propre travail")


def sentence(
    code: str, since: datetime | None, details: Mapping[str, str], language: str, *, page: bool = False
) -> str:
    """Return the sentence of a stall; commands are told apart, and a `page` names no machine, since its readers run none."""
    french = language == "fr"
    words = {"since": dates.moment(since, "fr" if french else "en") if since else "–", "tell": TELL[french]} | dict(
        details
    )
    if until := details.get("until"):
        words["until"] = dates.moment(datetime.fromisoformat(until), "fr" if french else "en")
    if reason := details.get("reason"):
        words["reason"] = REASON_WORDS.get(reason, OTHER_REASON)[french]
    if "holder" in details:
        words["holder"] = details["holder"] or NOBODY[french]
    sentences = {**SENTENCES, **PAGES} if page else SENTENCES
    return sentences[code][french].format(**words)


def command(code: str) -> str:
    """Return the command that helps; empty where there is none."""
    return COMMANDS.get(code, "")


def unknown_reasons() -> set[str]:
    """Return the words of reasons that the gate does not give (any more), for the tests."""
    return set(REASON_WORDS) - set(REASONS) - OF_CHANNELS
