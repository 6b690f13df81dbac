"""What the figures of a report mean, in English and French."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """A term and its meaning, each in English and French."""

    term: tuple[str, str]
    meaning: tuple[str, str]


GLOSSARY = (
    Definition(
        ("Intention to treat", "Intention de traiter"),
        (
            "Everyone who entered counts in the arm that was drawn for them, whether or not a message was sent, "
            "delivered or read. Someone who enters twice counts twice, each time in the arm drawn for that "
            "passage.",
            "Toute personne entrée compte dans le groupe tiré pour elle, qu’un message soit parti, arrivé ou lu, "
            "ou non. Une personne entrée deux fois compte deux fois, chaque fois dans le groupe tiré pour ce "
            "passage.",
        ),
    ),
    Definition(
        ("Outcome", "Résultat"),
        (
            "An event that both arms can have: an order or a purchase in the shop, a visit, a login; after entry,"
            " within the window of the goal. Clicks are no outcome: the control group has nothing to click.",
            "Un évènement que les deux groupes peuvent connaître : commande ou achat en magasin, visite, "
            "connexion ; après l’entrée, dans la fenêtre de l’objectif. Un clic n’en est pas un : le groupe "
            "témoin n’a rien à cliquer.",
        ),
    ),
    Definition(
        ("Unknown", "Inconnu"),
        (
            "Where no source has told of an event type since before the first entry, its absence means nothing: "
            "unknown, not zero.",
            "Quand aucune source ne couvre un type d’évènement depuis avant la première entrée, son absence ne "
            "dit rien : inconnu, et non zéro.",
        ),
    ),
    Definition(
        ("Interval", "Intervalle"),
        (
            "Differences of rates: Miettinen and Nurminen's score interval (1985), which holds its 95% once at "
            "least one event is expected in the smaller group. Single rates: Clopper and Pearson, exact (1934). Rates over mails: the "
            "same, at the number of mails that would leave the same doubt if each were of another person. Money: a gamma law for "
            "sums (Fay and Feuer, 1997) over all who entered, zeros included; none with fewer than 20 buyers, or "
            "fewer than two expected in the smaller group. Looking often and stopping at the first good day "
            "makes any interval too optimistic.",
            "Différences de taux : intervalle du score de Miettinen et Nurminen (1985), qui tient ses 95 % dès "
            "qu’au moins un évènement est attendu dans le plus petit groupe. Taux seuls : Clopper et Pearson, exact (1934). Taux sur "
            "des e-mails : le même, pour le nombre d’e-mails qui laisserait le même doute si chacun allait à une personne différente. "
            "Argent : une loi gamma pour les sommes (Fay et Feuer, 1997) sur toutes les personnes entrées, zéros compris ; aucun"
            " intervalle avec"
            " moins de 20 acheteurs, ou moins de deux attendus dans le plus petit groupe. Regarder souvent et s’arrêter"
            " au premier bon jour rend tout intervalle trop optimiste.",
        ),
    ),
    Definition(
        ("Incremental", "Incrémental"),
        (
            "The difference between the arms times the people in the journey: what would not have happened without it.",
            "La différence entre les groupes multipliée par les personnes du parcours : ce qui n’aurait pas eu "
            "lieu sans lui.",
        ),
    ),
    Definition(
        ("Revenue", "Chiffre d’affaires"),
        (
            "Orders and shop purchases minus refunds, all dated after entry and within the window, divided by "
            "everyone who entered. A refund in the window counts even when its order is older, in both arms "
            "alike.",
            "Commandes et achats en magasin moins remboursements, datés après l’entrée et dans la fenêtre, "
            "divisés par toutes les personnes entrées. Un remboursement dans la fenêtre compte même si sa "
            "commande est plus ancienne, dans les deux groupes.",
        ),
    ),
    Definition(
        ("Smallest detectable effect", "Effet minimal détectable"),
        (
            "The smallest rise over the control group's rate that groups of these sizes show four times in five "
            "at the 5% level (Fleiss, Levin and Paik, 2003).",
            "La plus petite hausse par rapport au taux du groupe témoin que des groupes de cette taille montrent "
            "quatre fois sur cinq au seuil de 5 % (Fleiss, Levin et Paik, 2003).",
        ),
    ),
    Definition(
        ("Delivered", "Délivré"),
        (
            "Accepted by the receiving server and not bounced within the delay. It is not placement in the inbox,"
            " which nobody can see without test mailboxes.",
            "Accepté par le serveur destinataire et non rejeté dans le délai. Ce n’est pas l’arrivée en boîte de "
            "réception, que nul ne peut voir sans boîtes témoins.",
        ),
    ),
    Definition(
        ("Complaint rate", "Taux de plainte"),
        (
            "Complaints divided by mails sent to providers with a feedback loop (setting feedback_loops); the others tell of none.",
            "Plaintes divisées par les e-mails envoyés aux fournisseurs dotés d’une boucle de retour (réglage feedback_loops) ; les "
            "autres n’en signalent aucune.",
        ),
    ),
    Definition(
        ("Control group", "Groupe témoin"),
        (
            "Drawn at entry, gets nothing from this journey, may still get other messages.",
            "Tiré à l’entrée, ne reçoit rien de ce parcours, peut recevoir d’autres messages.",
        ),
    ),
)
