"""Every reason the gate gives: its code, its sentence in English and French, and where the rule comes from."""

from __future__ import annotations

from collections.abc import Mapping

from relance.eligibility.reason import LAW, PRACTICE, Reason

__all__ = ["LAW", "PRACTICE", "REASONS", "Reason"]

_ALL = (
    Reason(
        "allowed",
        "Nothing stands against sending this message.",
        "Rien ne s’oppose à l’envoi de ce message.",
        PRACTICE,
        "every rule of this page was passed",
    ),
    Reason(
        "suppressed",
        "An address of this person is on the suppression list since {since} ({reason}). Leave it there; only "
        "the person may ask to come back.",
        "Une adresse de cette personne est sur la liste d’opposition depuis le {since} ({reason}). Laissez-la ;"
        " seule la personne peut demander à revenir.",
        LAW,
        "GDPR art. 21(2)-(3); opposition list kept at least three years as keyed hashes (CNIL)",
    ),
    Reason(
        "opt_outs_unknown",
        "The opt-outs of the former tool are not in, so no commercial message may start. Import them with "
        "`relance import suppressions FILE`, or have a named person declare that there are none: `relance "
        "declare no-opt-outs --by NAME`.",
        "Les désabonnements de l’ancien outil ne sont pas importés : aucun message commercial ne peut partir."
        " Importez-les avec `relance import suppressions FICHIER`, ou faites déclarer par une personne nommée "
        "qu’il n’y en a pas : `relance declare no-opt-outs --by NOM`.",
        LAW,
        "GDPR art. 21(3): who objected is not written to, whatever tool they told",
    ),
    Reason(
        "permission_unknown",
        "No consent of this person for {channel} is known. Bring the proof with `relance import consents FILE`,"
        " or ask for it.",
        "Aucun consentement de cette personne pour le canal {channel} n’est connu. Importez la preuve avec "
        "`relance import consents FICHIER`, ou demandez-le.",
        LAW,
        "opt-in for consumers: CPCE art. L34-5; proof of consent: GDPR art. 7(1)",
    ),
    Reason(
        "permission_withdrawn",
        "The person withdrew their consent for {channel} on {since}. Only transactional messages may still be sent.",
        "La personne a retiré son consentement pour le canal {channel} le {since}. Seuls les messages "
        "transactionnels restent possibles.",
        LAW,
        "GDPR art. 7(3); CPCE art. L34-5",
    ),
    Reason(
        "permission_refused",
        "The person refused messages by {channel}: the latest entry, of {since}, says no. "
        "Only transactional messages may be sent, unless you bring the proof of a later yes with `relance import consents FILE`.",
        "La personne a refusé les messages par le canal {channel} : la dernière entrée, du {since}, dit non. Seuls les messages "
        "transactionnels sont possibles, sauf preuve d’un oui ultérieur apportée avec `relance import consents FICHIER`.",
        LAW,
        "opt-in for consumers: CPCE art. L34-5; proof of consent: GDPR art. 7(1)",
    ),
    Reason(
        "permission_expired",
        "The consent for {channel} expired on {since}. Ask for its renewal by a notice.",
        "Le consentement pour le canal {channel} a expiré le {since}. Demandez son renouvellement par un "
        "message d’information.",
        PRACTICE,
        "13-month renewal stated by trade articles; the date is the one stored with the consent",
    ),
    Reason(
        "permission_insufficient",
        "The permission known rests on {basis}, which does not cover {purpose} on {channel}. Ask for an opt-in.",
        "L’autorisation connue repose sur {basis}, ce qui ne couvre pas {purpose} sur le canal {channel}. "
        "Demandez un consentement.",
        LAW,
        "CPCE art. L34-5: similar products to existing customers by e-mail and SMS; business addresses for "
        "matters of the profession",
    ),
    Reason(
        "no_sale",
        "Being a customer is what permits {channel} here, and no completed sale of this person is known: an account, a cart or a "
        "download is none. Bring the orders with `relance import orders FILE`, or ask for an opt-in.",
        "C’est la qualité de client qui permet ici le canal {channel}, et aucune vente conclue avec cette personne n’est connue : "
        "un compte, un panier ou un téléchargement n’en est pas une. Importez les commandes avec `relance import orders FICHIER`, "
        "ou demandez un consentement.",
        LAW,
        "CPCE art. L34-5 al. 4: details collected on the occasion of a sale",
    ),
    Reason(
        "channel_unfit",
        "The matrix of permissions has no way for {purpose} on {channel}. Choose another channel.",
        "La matrice des autorisations ne prévoit pas {purpose} sur le canal {channel}. Choisissez un autre canal.",
        LAW,
        "permission matrix; setting permission_matrix",
    ),
    Reason(
        "erased",
        "This person's data was erased. Nothing can be sent.",
        "Les données de cette personne ont été effacées. Rien ne peut être envoyé.",
        LAW,
        "GDPR art. 17",
    ),
    Reason(
        "objected",
        "The person objected to profiling, and a reactivation picks people by a score. Leave them out of it.",
        "La personne s’est opposée au profilage, et une réactivation choisit les personnes par un score. "
        "Laissez-la de côté.",
        LAW,
        "GDPR art. 21(1)",
    ),
    Reason(
        "paused",
        "The person asked, on their preference page, for a pause until {until}. Nothing to do: from then on they may be "
        "written to again.",
        "La personne a demandé une pause jusqu’au {until}, sur sa page de préférences. Rien à faire : on pourra de nouveau lui "
        "écrire ensuite.",
        LAW,
        "GDPR art. 21(2): who objects for a while is not written to meanwhile; setting pause_months",
    ),
    Reason(
        "retention_due",
        "Nothing is known to have come from this person since {since}, longer ago than the law lets a prospect be "
        "kept. Send the deletion notice, then delete or archive.",
        "On ne connaît aucun signe de cette personne depuis le {since}, au-delà de la durée légale de conservation."
        " Envoyez l’avis de suppression, puis supprimez ou archivez.",
        LAW,
        "three years from the last contact that came from the person, else from their collection (CNIL); setting legal_years",
    ),
    Reason(
        "no_address",
        "No address of this person for {channel} is known. Ask for one, or choose another channel.",
        "Aucune adresse de cette personne pour le canal {channel} n’est connue. Demandez-la, ou choisissez un "
        "autre canal.",
        PRACTICE,
        "nothing can be delivered without an address",
    ),
    Reason(
        "address_invalid",
        "No address of this person for {channel} is valid ({reason}). Correct it in the contact, or choose "
        "another channel.",
        "Aucune adresse de cette personne pour le canal {channel} n’est valide ({reason}). Corrigez-la dans la "
        "fiche, ou choisissez un autre canal.",
        PRACTICE,
        "a mailbox that does not exist is never written to again; ESPs pause at 2 to 10 % of hard bounces",
    ),
    Reason(
        "unreachable",
        "The last scoring found no way to reach this person. Correct an address, then score again.",
        "Le dernier calcul n’a trouvé aucun moyen de joindre cette personne. Corrigez une adresse, puis recalculez.",
        PRACTICE,
        "writing to dead addresses harms the sender's reputation",
    ),
    Reason(
        "out_of_target",
        "The person is out of target (moved away, no longer concerned). Leave them out, or correct the contact.",
        "La personne est hors cible (partie, plus concernée). Laissez-la de côté, ou corrigez la fiche.",
        PRACTICE,
        "who is not concerned complains",
    ),
    Reason(
        "unopened",
        "No mail to this person was opened since {since}, and no other sign of life came. E-mail stops until one comes: a mail "
        "opened, a click, an order, a login. Write by another channel, or change stop_unopened_days.",
        "Aucun e-mail envoyé à cette personne n’a été ouvert depuis le {since}, et aucun autre signe de vie n’est venu. Les e-mails "
        "cessent jusqu’au prochain : une ouverture, un clic, une commande, une connexion. Passez par un autre canal, ou changez "
        "stop_unopened_days.",
        PRACTICE,
        "mail nobody opens harms the sender's reputation; the day of the last open serves nothing else: CNIL deliberation "
        "2026-042; setting stop_unopened_days",
    ),
    Reason(
        "expired",
        "The message was to leave before {since} and is stale now. Let the journey go on; lengthen message_days"
        " if this happens often.",
        "Le message devait partir avant le {since} et n’est plus d’actualité. Laissez le parcours continuer ; "
        "augmentez message_days si cela arrive souvent.",
        PRACTICE,
        "setting message_days",
    ),
    Reason(
        "goal_reached",
        "The person reached the journey's goal on {since}. Nothing more to send.",
        "La personne a atteint l’objectif du parcours le {since}. Plus rien à envoyer.",
        PRACTICE,
        "a relaunch that arrives after the order does harm",
    ),
    Reason(
        "enrolment_ended",
        "The person left the journey on {since} ({reason}). Nothing more to send.",
        "La personne a quitté le parcours le {since} ({reason}). Plus rien à envoyer.",
        PRACTICE,
        "exit_when of the journey",
    ),
    Reason(
        "breaker_open",
        "The breaker stopped {whose} at {provider} on {since}: {signal}, {bad} of {sends} messages where {allowed} in "
        "10,000 are allowed. Mend the cause, then close it: `relance breaker close {stop} --by NAME --reason WHY`.",
        "Le disjoncteur a arrêté {whose} chez {provider} le {since} : {signal}, {bad} messages sur {sends} là où {allowed} "
        "pour 10 000 sont admis. Traitez la cause, puis refermez-le : `relance breaker close {stop} --by NOM --reason "
        "MOTIF`.",
        PRACTICE,
        "limits of mailbox providers and mailing services, less a margin; settings mailing_service, breaker_limits",
    ),
    Reason(
        "commercial_period",
        "A commercial period is on or near ({period}); reactivations wait until {until}. Nothing to do: they "
        "come back spread over the days after it. `relance calendar show` lists the periods.",
        "Une période commerciale est en cours ou proche ({period}) ; les réactivations attendent jusqu’au "
        "{until}. Rien à faire : elles reviennent, étalées sur les jours qui suivent. `relance calendar show` "
        "liste les périodes.",
        PRACTICE,
        "inboxes are saturated then; dates of the sales: C. com. art. L310-3 and D310-15-2; settings "
        "blackout_lead_days, blackout_tail_days",
    ),
    Reason(
        "quiet_hours",
        "It is night where the person lives ({zone}); the message waits until {until}. Nothing to do, or change the "
        "quiet hours in the settings.",
        "C’est la nuit chez cette personne ({zone}) ; le message attend jusqu’au {until}. Rien à faire, ou changez "
        "les heures de silence dans les réglages.",
        PRACTICE,
        "an e-mail that arrives at night lies under the morning's; settings quiet_from, quiet_until",
    ),
    Reason(
        "legal_hours",
        "{channel} may not be used now where the person lives ({zone}): the hour, the weekday or a public holiday "
        "forbids it. The message waits until {until}. Nothing to do.",
        "Le canal {channel} est interdit en ce moment chez cette personne ({zone}) : l’heure, le jour de la semaine "
        "ou un jour férié s’y oppose. Le message attend jusqu’au {until}. Rien à faire.",
        LAW,
        "C. consom. art. D223-9 for calls; operators' charter for commercial SMS; table lawful.yaml, setting contact_hours",
    ),
    Reason(
        "call_refused",
        "The person refused a call on {since}; for {days} days nobody calls again, so it waits until {until}. Choose "
        "another channel if it cannot wait.",
        "La personne a refusé un appel le {since} ; pendant {days} jours on ne la rappelle pas, l’appel attend donc "
        "jusqu’au {until}. Choisissez un autre canal si cela presse.",
        LAW,
        "60 calendar days after a refusal: C. consom. art. D223-9; table lawful.yaml",
    ),
    Reason(
        "calls",
        "The person was called {count} times within {days} days, which is the most allowed; room from {until}. Choose "
        "another channel if it cannot wait.",
        "La personne a été appelée {count} fois en {days} jours, soit le maximum ; de la place à partir du {until}. "
        "Choisissez un autre canal si cela presse.",
        LAW,
        "4 calls in 30 calendar days: C. consom. art. D223-9; table lawful.yaml",
    ),
    Reason(
        "best_hour",
        "The message waits until {until}, within the hours this person is most often seen in. Nothing to do.",
        "Le message attend jusqu’au {until}, dans les heures où cette personne est le plus souvent active. Rien à faire.",
        PRACTICE,
        "a mail read is one that lies on top; a day at most; setting best_hour, or best_hour of the step",
    ),
    Reason(
        "pressure",
        "The person got {count} commercial messages in {days} days, which is the cap; room from {until}. "
        "Nothing to do, or change the cap.",
        "La personne a reçu {count} messages commerciaux en {days} jours, soit le plafond ; de la place à "
        "partir du {until}. Rien à faire, ou changez le plafond.",
        PRACTICE,
        "one commercial message a day and three a week, one in five days for the dormant; settings "
        "pressure_day, pressure_week, pressure_dormant_days",
    ),
    Reason(
        "pressure_channel",
        "The person was reached {count} times in {days} days by {channel}, which is the cap of that channel; room from {until}. "
        "Nothing to do, or write by another channel.",
        "La personne a été jointe {count} fois en {days} jours par le canal {channel}, soit le plafond de ce canal ; de la place à "
        "partir du {until}. Rien à faire, ou passez par un autre canal.",
        PRACTICE,
        "spread over the channels: two SMS a week and four a month, two letters a month; `relance gate apply`",
    ),
    Reason(
        "pressure_purpose",
        "The person got {purpose} {count} times in {days} days, which is the cap of that purpose; room from {until}. Nothing to do, "
        "or change the cap.",
        "La personne a reçu {purpose} {count} fois en {days} jours, soit le plafond de cette finalité ; de la place à partir du "
        "{until}. Rien à faire, ou changez le plafond.",
        PRACTICE,
        "caps of single purposes are the shop's own; `relance gate apply`",
    ),
    Reason(
        "pressure_fewer",
        "The person asked for fewer messages and got {count} in {days} days, which is the cap that holds for them; room from "
        "{until}. Nothing to do.",
        "La personne a demandé moins de messages et en a reçu {count} en {days} jours, soit le plafond qui vaut pour elle ; de la "
        "place à partir du {until}. Rien à faire.",
        PRACTICE,
        "who may ask for fewer unsubscribes less; setting pressure_fewer",
    ),
    Reason(
        "reserved_for_reactivation",
        "A reactivation is to reach this person on {since} and keeps its place; room from {until}. Nothing to do.",
        "Une réactivation doit atteindre cette personne le {since} et garde sa place ; de la place à partir du "
        "{until}. Rien à faire.",
        PRACTICE,
        "a running reactivation reserves its slots",
    ),
    Reason(
        "budget_of_month_spent",
        "The month's budget ({budget}) of {amount} has nothing left for this message; the gate is asked again on {until}, until the "
        "message expires. Raise it with `relance gate apply FILE`, or let the month end.",
        "Le budget du mois ({budget}) de {amount} ne suffit plus pour ce message ; la question est reposée le {until}, jusqu’à ce que "
        "le message expire. Augmentez-le avec `relance gate apply FICHIER`, ou attendez la fin du mois.",
        PRACTICE,
        "budgets of the shop; `relance gate apply`",
    ),
    Reason(
        "budget_spent",
        "The whole budget ({budget}) of {amount} is spent. Raise it with `relance gate apply FILE`, or let the journey end here.",
        "Tout le budget ({budget}) de {amount} est dépensé. Augmentez-le avec `relance gate apply FICHIER`, ou laissez le parcours "
        "s’arrêter là.",
        PRACTICE,
        "budgets of the shop; `relance gate apply`",
    ),
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}
