"""Every word of the report, in English and French."""

from __future__ import annotations

from relance.measurement.formats import typography

LANGUAGES = ("en", "fr")

STATES = {
    "new": ("New", "Nouveaux"),
    "active": ("Active", "Actifs"),
    "cooling": ("Cooling", "En refroidissement"),
    "dormant": ("Dormant", "En sommeil"),
    "very_dormant": ("Very dormant", "En sommeil profond"),
    "never_active": ("Never active", "Jamais actifs"),
    "undetermined": ("Undetermined", "Indéterminés"),
}
OUTCOMES = {
    "order": ("Ordered", "Ont commandé"),
    "visit": ("Visited the site", "Ont visité le site"),
    "login": ("Logged in", "Ont ouvert une session"),
}
GOALS = {
    "order_placed": ("an order", "une commande"),
    "store_purchase": ("a purchase in the shop", "un achat en magasin"),
    "site_visited": ("a visit", "une visite"),
    "logged_in": ("a login", "une connexion"),
}
TYPES = {  # of events, many at once
    "order_placed": ("online orders", "commandes en ligne"),
    "store_purchase": ("purchases in the store", "achats en magasin"),
    "site_visited": ("visits of the site", "visites du site"),
    "logged_in": ("sign-ins", "connexions"),
    "message_replied": ("replies", "réponses"),
}
FINDINGS = {
    "syntax": ("Invalid address", "Adresse invalide"),
    "mistyped": ("Mistyped domain", "Domaine mal saisi"),
    "disposable": ("Disposable address", "Adresse jetable"),
    "dead_mailbox": ("Dead mailbox", "Boîte inexistante"),
    "suppressed": ("On the suppression list", "Sur la liste d’opposition"),
    "role": ("Role address (info@…)", "Adresse générique (info@…)"),
    "without_valid_email": ("People without a valid e-mail", "Personnes sans e-mail valide"),
    "merged": ("Duplicates merged", "Doublons fusionnés"),
    "phone_number": ("Invalid telephone number", "Numéro de téléphone invalide"),
    "phone_landline": ("Landline (no SMS)", "Ligne fixe (pas de SMS)"),
}
REASONS = {
    "suppressed": ("On the suppression list", "Sur la liste d’opposition"),
    "opt_outs_unknown": ("Opt-outs of the former tool not in", "Désabonnements de l’ancien outil non importés"),
    "permission_unknown": ("No known consent", "Aucun consentement connu"),
    "permission_withdrawn": ("Consent withdrawn", "Consentement retiré"),
    "permission_refused": ("Refused", "A refusé"),
    "permission_expired": ("Consent expired", "Consentement expiré"),
    "permission_insufficient": ("Permission does not cover this purpose", "Le consentement ne couvre pas ce but"),
    "no_sale": ("No completed sale known", "Aucune vente conclue connue"),
    "channel_unfit": ("Not meant for this channel", "Pas prévu pour ce canal"),
    "erased": ("Data erased", "Données effacées"),
    "objected": ("Objected to profiling", "Opposition au profilage"),
    "paused": ("Asked for a pause", "Pause demandée"),
    "retention_due": ("Legal retention over", "Durée légale dépassée"),
    "no_address": ("No address", "Aucune adresse"),
    "address_invalid": ("Invalid address", "Adresse invalide"),
    "unreachable": ("Unreachable", "Injoignable"),
    "out_of_target": ("Out of target", "Hors cible"),
    "unopened": ("Opens no mail", "N’ouvre aucun e-mail"),
    "expired": ("Message too old", "Message périmé"),
    "goal_reached": ("Goal already reached", "Objectif déjà atteint"),
    "enrolment_ended": ("Already left the journey", "Déjà sortie du parcours"),
    "commercial_period": ("Commercial period", "Période commerciale"),
    "pressure": ("Commercial pressure", "Pression commerciale"),
    "pressure_channel": ("Cap of the channel", "Plafond du canal"),
    "pressure_purpose": ("Cap of the purpose", "Plafond de la finalité"),
    "pressure_fewer": ("Asked for fewer messages", "Moins de messages demandés"),
    "budget_of_month_spent": ("Month's budget spent", "Budget du mois épuisé"),
    "budget_spent": ("Budget spent", "Budget épuisé"),
    "reserved_for_reactivation": ("Place kept for a reactivation", "Place gardée pour une réactivation"),
}
EXITS = {
    "goal": ("Goal reached", "Objectif atteint"),
    "unsubscribed": ("Unsubscribed", "Désabonnement"),
    "complained": ("Complained of spam", "Plainte pour spam"),
    "bounced": ("Bounced", "NPAI"),
    "sunset": ("Sunset", "Mise en sommeil"),
    "completed": ("Journey completed", "Parcours terminé"),
    "exit": ("Left at a step", "Sortie à une étape"),
    "unreachable": ("Unreachable", "Injoignable"),
    "erased": ("Data erased", "Données effacées"),
    "merged": ("Duplicate merged", "Doublon fusionné"),
    "order_placed": ("Ordered", "Commande"),
    "store_purchase": ("Bought in the shop", "Achat en magasin"),
}
SIGNALS = {
    "delivered": ("Delivered (accepted, no bounce within the delay)", "Remis (acceptés, non revenus dans le délai)"),
    "bounced": ("Bounced", "Revenus"),
    "clicked": ("Clicked", "Cliqués"),
    "replied": ("Answered", "Avec réponse"),
    "unsubscribed": ("Unsubscribed", "Désabonnements"),
    "complained": ("Complained of spam", "Plaintes pour spam"),
}
DENOMINATORS = {
    "sent": ("mails sent", "e-mails envoyés"),
    "delivered": ("mails delivered", "e-mails remis"),
    "sent_where_complaints_are_told": (
        "mails sent to providers that tell of complaints",
        "e-mails envoyés aux fournisseurs qui signalent les plaintes",
    ),
}
DECISIONS = {"defer": ("deferred", "reportés"), "block": ("blocked", "bloqués"), "allow": ("allowed", "autorisés")}
RATES = {
    "click": ("Click, per mail", "Clic, par e-mail"),
    "unsubscribe": ("Unsubscribe, per mail", "Désabonnement, par e-mail"),
    "complain": ("Complain, per mail", "Plainte, par e-mail"),
    "hard_bounce": ("Hard bounce, per mail", "NPAI, par e-mail"),
    "soft_bounce": ("Soft bounce, per mail", "Rejet temporaire, par e-mail"),
    "buy": ("Buy by themselves, per 30 days", "Achat spontané, par 30 jours"),
    "visit": ("Visit by themselves, per 30 days", "Visite spontanée, par 30 jours"),
    "log_in": ("Log in by themselves, per 30 days", "Connexion spontanée, par 30 jours"),
    "offer_lift": ("Clicks on a mail with an offer: times", "Clics sur un e-mail avec offre : multipliés par"),
    "buy_after_click": ("Buy within a week of a click", "Achat dans la semaine suivant un clic"),
    "buy_after_mail": ("Buy because of a mail, without a click", "Achat dû à un e-mail, sans clic"),
    "click_hours": ("Hours within which half of the clicks come", "Heures en lesquelles arrive la moitié des clics"),
    "value_band_none": ("Buying by themselves: times, value none", "Achat spontané : multiplié par, valeur nulle"),
    "value_band_low": ("Buying by themselves: times, low value", "Achat spontané : multiplié par, valeur basse"),
    "value_band_medium": (
        "Buying by themselves: times, medium value",
        "Achat spontané : multiplié par, valeur moyenne",
    ),
    "value_band_high": ("Buying by themselves: times, high value", "Achat spontané : multiplié par, valeur haute"),
    "basket": ("Basket of people whose own is unknown", "Panier des personnes dont le leur est inconnu"),
    "saturation_click": ("Clicks on a day of full inboxes: times", "Clics un jour de boîtes pleines : multipliés par"),
    "saturation_unsubscribe": (
        "Unsubscribing on a day of full inboxes: times",
        "Désabonnements un jour de boîtes pleines : multipliés par",
    ),
    "saturation_complain": (
        "Complaints on a day of full inboxes: times",
        "Plaintes un jour de boîtes pleines : multipliées par",
    ),
    "saturation_soft_bounce": (
        "Soft bounces on a day of full inboxes: times",
        "Rejets temporaires un jour de boîtes pleines : multipliés par",
    ),
    "saturation_buy_after_mail": (
        "Buying because of a mail on a day of full inboxes: times",
        "Achat dû à un e-mail un jour de boîtes pleines : multiplié par",
    ),
    "saturation_buy": (
        "Buying by themselves on a day of full inboxes: times",
        "Achat spontané un jour de boîtes pleines : multiplié par",
    ),
}
SHARES = ("buy_after_click", "buy_after_mail")  # constants that are shares

TEXTS = {
    "simulated": ("simulated", "simulé"),
    "ribbon": (
        "The people of this journey behave by assumption, and nothing was sent.",
        "Les personnes de ce parcours se comportent selon des hypothèses, et rien n’a été envoyé.",
    ),
    "kind_simulated": ("Rehearsal of a journey", "Répétition d’un parcours"),
    "kind_real": ("Result of a journey", "Résultat d’un parcours"),
    "from_to": ("{start} to {end}", "du {start} au {end}"),
    "days": ("{days} days", "{days} jours"),
    "goal": ("Goal: {event} within {window} of entry", "Objectif : {event} dans les {window} suivant l’entrée"),
    "big": ("In figures", "En chiffres"),
    "entered": ("people entered", "personnes entrées"),
    "entered_of": (
        "{treated} in the journey, {control} in the control group",
        "{treated} dans le parcours, {control} dans le groupe témoin",
    ),
    "sent": ("mails sent", "e-mails envoyés"),
    "sent_of": (
        "of {messages} planned; {blocked} refused by the gate",
        "sur {messages} prévus ; {blocked} refusés par le garde-fou",
    ),
    "gained": ("people who {did} because of the journey", "personnes qui ont {did} grâce au parcours"),
    "revenue": ("incremental revenue, refunds deducted", "chiffre d’affaires incrémental, remboursements déduits"),
    "interval_of": ("95% interval: {low} to {high}", "intervalle à 95 % : {low} à {high}"),
    "holds_zero": (
        "{interval}; it holds zero: no effect shown",
        "{interval} ; il contient zéro : aucun effet démontré",
    ),
    "pending": ("not finished", "pas terminé"),
    "limits": ("{low} to {high}", "{low} à {high}"),
    "unknown": ("unknown", "inconnu"),
    "not_compared": ("nothing to compare with", "rien à quoi comparer"),
    "not_covered": ("not covered by data: {types}", "non couvert par les données : {types}"),
    "scarce_money": (
        "too few purchases to tell",
        "trop peu d’achats pour le dire",
    ),
    "results": ("What the journey brought", "Ce que le parcours a apporté"),
    "results_intro": (
        "Difference between people in the journey and the control group, in percentage points, from entry, whether or not anything was "
        "sent. A hollow dot: the interval holds zero.",
        "Différence entre les personnes du parcours et le groupe témoin, en points de pourcentage, depuis l’entrée, qu’un message soit "
        "parti ou non. Point creux : l’intervalle contient zéro.",
    ),
    "outcome": ("Outcome", "Résultat"),
    "journey": ("Journey", "Parcours"),
    "control": ("Control group", "Groupe témoin"),
    "difference": ("Difference", "Différence"),
    "interval": ("95% interval", "Intervalle à 95 %"),
    "smallest": ("Smallest detectable effect", "Effet minimal détectable"),
    "money_title": ("Revenue per person", "Chiffre d’affaires par personne"),
    "money_row": (
        "{treated} in the journey, {control} in the control group, each divided by everyone who entered.",
        "{treated} dans le parcours, {control} dans le groupe témoin, chacun divisé par toutes les personnes entrées.",
    ),
    "power_note": (
        "Groups of {treated} and {control} people show, four times in five, a rise of {smallest} or more over the control group's {base}. "
        "A smaller effect may exist without showing.",
        "Des groupes de {treated} et {control} personnes montrent, quatre fois sur cinq, une hausse d’au moins {smallest} par rapport aux "
        "{base} du groupe témoin. Un effet plus petit peut exister sans se voir.",
    ),
    "power_none": (
        "Groups of {treated} and {control} people are too small to show any effect four times in five.",
        "Des groupes de {treated} et {control} personnes sont trop petits pour montrer un effet quatre fois sur cinq.",
    ),
    "cautions": ("Before believing it", "Avant d’y croire"),
    "funnel": ("Through the journey", "Au fil du parcours"),
    "funnel_intro": (
        "Distinct mails per step and subject variant; the bar is the share of the people in the journey they were sent to.",
        "E-mails distincts par étape et variante d’objet ; la barre est la part des personnes du parcours à qui ils ont été envoyés.",
    ),
    "step": ("Step", "Étape"),
    "variant": ("variant {name}", "variante {name}"),
    "planned": ("Planned", "Prévus"),
    "col_sent": ("Sent", "Envoyés"),
    "col_delivered": ("Delivered", "Remis"),
    "col_clicked": ("Clicked", "Cliqués"),
    "no_mail": ("No mail was planned.", "Aucun e-mail n’a été prévu."),
    "answers": ("What came back", "Ce qui est revenu"),
    "exits": ("How people left", "Comment les personnes sont sorties"),
    "exits_intro": (
        "Share of everyone who entered that arm. {open} people are still in the journey.",
        "Part de toutes les personnes entrées dans ce groupe. {open} personnes sont encore dans le parcours.",
    ),
    "gate": ("What the gate refused", "Ce que le garde-fou a refusé"),
    "gate_intro": (
        "Messages that met this verdict at least once, of {of} planned. A deferred message may have left later.",
        "Messages ayant reçu ce verdict au moins une fois, sur {of} prévus. Un message reporté a pu partir plus tard.",
    ),
    "gate_none": ("The gate refused nothing.", "Le garde-fou n’a rien refusé."),
    "refused": ("Refused: {reason}", "Refusé : {reason}"),
    "health": ("The health of the base", "La santé de la base"),
    "health_intro": ("{people} people by state on {date}.", "{people} personnes par état au {date}."),
    "health_after": ("→ {people} simulated", "→ {people} simulé"),
    "health_later": (
        "Below each state, after the arrow: {date}, simulated.",
        "Sous chaque état, après la flèche : {date}, simulé.",
    ),
    "health_together": (
        "Dormant, very dormant and undetermined are told apart by reactions to mails, and simulated people get no mail but this "
        "journey's: only their sum can be compared, {before} → {after} simulated.",
        "En sommeil, en sommeil profond et indéterminés se distinguent par les réactions aux e-mails, et les personnes simulées ne "
        "reçoivent que ceux de ce parcours : seule leur somme se compare, {before} → {after} simulé.",
    ),
    "feedback_loops": (
        "A complaint reaches the sender only from mailbox providers with a feedback loop: {domains}.",
        "Une plainte ne parvient à l’expéditeur que des fournisseurs de messagerie qui tiennent une boucle de retour : {domains}.",
    ),
    "addresses": ("Why an address cannot be used", "Pourquoi une adresse est inutilisable"),
    "hygiene": ("Hygiene", "Hygiène"),
    "of": ("of {of}", "sur {of}"),
    "unreachable": (
        "Unreachable: no valid address on any channel",
        "Injoignables : aucune adresse valide sur aucun canal",
    ),
    "false_inactive": (
        "Falsely inactive: buy in the shop, ignore messages",
        "Faux inactifs : achètent en magasin, ignorent les messages",
    ),
    "out_of_target": ("Out of target", "Hors cible"),
    "due_for_erasure": (
        "Due for erasure: no contact from them within the legal time, counted from the day first seen where none is known",
        "À effacer : aucun contact de leur part dans le délai légal, compté depuis leur arrivée quand aucun n’est connu",
    ),
    "asleep": ("spent per year by those who now sleep", "dépensés par an par ceux qui dorment aujourd’hui"),
    "calendar": ("Commercial calendar", "Calendrier commercial"),
    "calendar_intro": (
        "Reactivations wait during these periods and the days around them; entries queue.",
        "Les réactivations attendent pendant ces périodes et les jours qui les entourent ; les entrées font la queue.",
    ),
    "calendar_none": (
        "No commercial period falls near these dates.",
        "Aucune période commerciale n’est proche de ces dates.",
    ),
    "mails": ("Sample mails", "Exemples d’e-mails"),
    "mails_intro": (
        "As one person would see them, without remote images or scripts.",
        "Tels qu’une personne les verrait, sans image distante ni script.",
    ),
    "assumptions": ("What simulated people are assumed to do", "Ce que font, par hypothèse, les personnes simulées"),
    "assumptions_intro": (
        "The result above follows from these rates: it rehearses the machinery and the arithmetic, it predicts no sale. Change them in the "
        "file of rates.",
        "Le résultat ci-dessus découle de ces taux : il répète la mécanique et le calcul, il ne prédit aucune vente. Modifiez-les dans le "
        "fichier des taux.",
    ),
    "state": ("State", "État"),
    "definitions": ("Definitions and denominators", "Définitions et dénominateurs"),
    "footer": (
        "Made by Relance as of {date}. This file asks nothing of any network.",
        "Établi par Relance au {date}. Ce fichier ne demande rien à aucun réseau.",
    ),
}


def text(key: str, language: str, **values: object) -> str:
    """Return one of the report's texts with its values."""
    return typography(TEXTS[key][language == "fr"].format(**values), language)


def word(words: dict[str, tuple[str, str]], code: str, language: str) -> str:
    """Return the word for a code, or the code itself made readable."""
    readable = code.replace("_", " ").capitalize()
    return typography(words.get(code, (readable, readable))[language == "fr"], language)
