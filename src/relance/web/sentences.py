"""What the recipients' pages say, in both languages.

A dict and not gettext: gettext reads compiled .mo files, which would need msgfmt on the user's machine or binaries in
the repository, for a dozen sentences shown in the recipient's language, not the visitor's. A test holds that both
languages say the same things. The marketer's pages, with their hundreds of sentences, are another matter.
"""

from typing import Literal

Language = Literal["fr", "en"]

_EN = {
    "unsubscribe_title": "Unsubscribe",
    "unsubscribe_question": "Stop receiving e\u2011mails from {shop}?",
    "unsubscribe_whom": "Address concerned: {address}",
    "unsubscribe_explain": "You will get no more news or offers. Mails about your orders still reach you.",
    "unsubscribe_button": "Unsubscribe me",
    "unsubscribe_stay": "If you would rather stay, just close this page: nothing has changed.",
    "unsubscribe_choose": "Or choose: fewer e\u2011mails, a pause, other topics",
    "done_title": "You are unsubscribed",
    "done_sentence": "{shop} will send you no more news or offers.",
    "done_explain": "A mail already on its way may still arrive. You can close this page.",
    "done_choose": "See everything you receive",
    "broken_title": "This link does not work",
    "broken_sentence": "It is incomplete, or the mail it comes from is no longer known here.",
    "broken_explain": (
        "Open it again from the mail itself, whole. To unsubscribe without it, use the unsubscribe button of your mail "
        "program, or answer the mail."
    ),
    "health_title": "Relance is running",
    "health_trouble": "Relance has a problem",
    "database": "Database",
    "lake": "Event history",
    "queue": "Messages",
    "works": "works",
    "no_answer": "does not answer",
    "unreadable": "cannot be read",
    "due": "due now",
    "waiting": "waiting",
    "leaving": "leaving",
    "in_doubt": "in doubt",
    "held": "held for a person",
    "sending": "Sending",
    "failing": "Steps that fail",
    "stall_restored": "stands still: the database was restored or moved, a person is to decide",
    "stall_no_worker": "stands still: the work in the background is stopped",
    "stall_disk_full": "stands still: the disk is full",
    "stall_database_blocked": "stands still: the database is blocked",
    "stall_channel_shut": "stands still: the mail server takes nothing",
    "stall_worker_stuck": "stands still: a sending is stuck",
    "stall_busy_elsewhere": "stands still: other work comes first",
    "stall_unwatched": "nothing that sells leaves: what watches over sending fails",
    "stall_unattended": "nothing that sells leaves: nothing watches over sending",
    "stall_unexplained": "stands still: look into the log",
    "stall_provider": "waits: mailbox providers put messages off",
    "stall_deferred": "waits: the gate puts messages off",
    "stall_journeys_paused": "waits: the journeys are paused",
    "stall_held": "waits: overdue messages need a person",
}
_FR = {
    "unsubscribe_title": "Se désabonner",
    "unsubscribe_question": "Ne plus recevoir les e\u2011mails de {shop}\u00a0?",
    "unsubscribe_whom": "Adresse concernée\u00a0: {address}",
    "unsubscribe_explain": (
        "Vous ne recevrez plus ni nouvelles ni offres. Les e\u2011mails sur vos commandes vous parviennent toujours."
    ),
    "unsubscribe_button": "Me désabonner",
    "unsubscribe_stay": "Si vous préférez rester, fermez simplement cette page\u00a0: rien n’a changé.",
    "unsubscribe_choose": "Ou choisir\u00a0: moins d’e\u2011mails, une pause, d’autres sujets",
    "done_title": "Désabonnement enregistré",
    "done_sentence": "{shop} ne vous enverra plus ni nouvelles ni offres.",
    "done_explain": "Un e\u2011mail déjà en route peut encore arriver. Vous pouvez fermer cette page.",
    "done_choose": "Voir tout ce que vous recevez",
    "broken_title": "Ce lien ne fonctionne pas",
    "broken_sentence": "Il est incomplet, ou l’e\u2011mail dont il vient n’est plus connu ici.",
    "broken_explain": (
        "Rouvrez-le depuis l’e\u2011mail lui-même, en entier. Pour vous désabonner sans lui, utilisez le bouton de "
        "désabonnement de votre messagerie, ou répondez à l’e\u2011mail."
    ),
    "health_title": "Relance fonctionne",
    "health_trouble": "Relance a un problème",
    "database": "Base de données",
    "lake": "Historique des évènements",
    "queue": "Messages",
    "works": "fonctionne",
    "no_answer": "ne répond pas",
    "unreadable": "illisible",
    "due": "à envoyer",
    "waiting": "en attente",
    "leaving": "en cours d’envoi",
    "in_doubt": "dans le doute",
    "held": "retenus pour une personne",
    "sending": "Envoi",
    "failing": "Étapes en échec",
    "stall_restored": "à l’arrêt\u00a0: la base a été restaurée ou déplacée, une personne doit décider",
    "stall_no_worker": "à l’arrêt\u00a0: le travail en arrière-plan est arrêté",
    "stall_disk_full": "à l’arrêt\u00a0: le disque est plein",
    "stall_database_blocked": "à l’arrêt\u00a0: la base de données est bloquée",
    "stall_channel_shut": "à l’arrêt\u00a0: le serveur d’envoi ne prend rien",
    "stall_worker_stuck": "à l’arrêt\u00a0: un envoi est figé",
    "stall_busy_elsewhere": "à l’arrêt\u00a0: un autre travail passe d’abord",
    "stall_unwatched": "rien de commercial ne part\u00a0: ce qui surveille les envois échoue",
    "stall_unattended": "rien de commercial ne part\u00a0: plus rien ne surveille les envois",
    "stall_unexplained": "à l’arrêt\u00a0: regardez le journal",
    "stall_provider": "en attente\u00a0: des fournisseurs de messagerie diffèrent les messages",
    "stall_deferred": "en attente\u00a0: les règles d’envoi diffèrent les messages",
    "stall_journeys_paused": "en attente\u00a0: les parcours sont en pause",
    "stall_held": "en attente\u00a0: des messages en retard demandent une personne",
}
SENTENCES: dict[Language, dict[str, str]] = {"en": _EN, "fr": _FR}


def spoken(language: str | None) -> Language:
    """Return the language of ours nearest to a code such as `fr-CA`."""
    return "fr" if (language or "").lower().startswith("fr") else "en"


def say(language: str | None, **known: str) -> dict[str, str]:
    """Return every sentence in the language, with these values filled in where they stand."""
    empty = {"shop": "", "address": ""}
    return {name: text.format_map(empty | known) for name, text in SENTENCES[spoken(language)].items()}
