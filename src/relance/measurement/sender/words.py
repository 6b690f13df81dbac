"""Each finding in words, and what to do about it, in both languages."""

from __future__ import annotations

from relance.measurement.sender.findings import Finding

# code: (what was found, what to do) in English, then in French.
_WORDS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "spf_missing": (
        (
            "{domain} has no SPF record.",
            "Publish a TXT record “v=spf1 … -all” that names the servers that send for you.",
        ),
        (
            "{domain} n’a pas d’enregistrement SPF.",
            "Publiez un enregistrement TXT « v=spf1 … -all » qui nomme les serveurs qui envoient pour vous.",
        ),
    ),
    "spf_several": (
        (
            "{domain} has {count} SPF records, so providers read none.",
            "Merge them into one.",
        ),
        (
            "{domain} a {count} enregistrements SPF : aucun n’est lu.",
            "Réunissez-les en un seul.",
        ),
    ),
    "spf_open": (
        (
            "The SPF record of {domain} lets anybody send.",
            "End it with “-all” or “~all”.",
        ),
        (
            "L’enregistrement SPF de {domain} laisse n’importe qui envoyer.",
            "Terminez-le par « -all » ou « ~all ».",
        ),
    ),
    "spf_broken": (
        (
            "The SPF record of {domain} cannot be evaluated: {error}.",
            "Mend the record; ten lookups are the most allowed.",
        ),
        (
            "L’enregistrement SPF de {domain} ne peut pas être évalué ({error}).",
            "Corrigez-le ; dix interrogations au plus sont admises.",
        ),
    ),
    "spf_passes": (
        (
            "{address} may send for {domain} (SPF).",
            "",
        ),
        (
            "{address} peut envoyer pour {domain} (SPF).",
            "",
        ),
    ),
    "spf_refuses": (
        (
            "{address} may not send for {domain} (SPF).",
            "Add it to the record, or send through a server that is in it.",
        ),
        (
            "{address} n’a pas le droit d’envoyer pour {domain} (SPF).",
            "Ajoutez-la à l’enregistrement, ou envoyez par un serveur qui y figure.",
        ),
    ),
    "spf_there": (
        (
            "{domain} has an SPF record.",
            "Ask whoever runs Relance to name your sending addresses, so that it is evaluated (sending_hosts).",
        ),
        (
            "{domain} a un enregistrement SPF.",
            "Demandez à la personne qui exploite Relance d’indiquer vos adresses d’envoi, pour le faire évaluer (sending_hosts).",
        ),
    ),
    "spf_unknown": (
        (
            "Whether {address} may send for {domain} could not be told: {error}.",
            "",
        ),
        (
            "Impossible de dire si {address} peut envoyer pour {domain} ({error}).",
            "",
        ),
    ),
    "spf_unanswered": (
        (
            "Nobody answered for the SPF record of {domain}.",
            "Ask again later; if it lasts, look at the domain’s name servers.",
        ),
        (
            "Personne n’a répondu pour l’enregistrement SPF de {domain}.",
            "Recommencez plus tard ; si cela dure, voyez les serveurs de noms du domaine.",
        ),
    ),
    "dkim_unnamed": (
        (
            "Nothing says which DKIM key signs the mails of {domain}.",
            "Ask whoever runs Relance to make a key, or to name your mailing service’s selector (relance dkim new; dkim_selectors).",
        ),
        (
            "Rien ne dit quelle clé DKIM signe les e-mails de {domain}.",
            "Demandez à la personne qui exploite Relance de créer une clé, ou d’indiquer le sélecteur de votre service d’envoi "
            "(relance dkim new ; dkim_selectors).",
        ),
    ),
    "dkim_missing": (
        ("There is no DKIM key at {name}.", "Publish it, or correct the selector."),
        ("Il n’y a pas de clé DKIM à {name}.", "Publiez-la, ou corrigez le sélecteur."),
    ),
    "dkim_revoked": (
        ("The DKIM key at {name} was withdrawn (it is empty).", "Publish the key in use, or drop the selector."),
        (
            "La clé DKIM à {name} a été retirée (elle est vide).",
            "Publiez la clé en service, ou abandonnez ce sélecteur.",
        ),
    ),
    "dkim_unreadable": (
        (
            "The DKIM key at {name} cannot be read.",
            "Publish it again, in one piece and without line breaks.",
        ),
        (
            "La clé DKIM à {name} est illisible.",
            "Publiez-la de nouveau, d’un seul tenant et sans retour à la ligne.",
        ),
    ),
    "dkim_differs": (
        (
            "The DKIM key at {name} is not the one that signs: every signature fails.",
            "Ask whoever runs Relance for the record of the key that signs, and publish it (relance dkim show).",
        ),
        (
            "La clé DKIM à {name} n’est pas celle qui signe : toutes les signatures échouent.",
            "Demandez à la personne qui exploite Relance l’enregistrement de la clé qui signe, et publiez-le (relance dkim show).",
        ),
    ),
    "dkim_short": (
        (
            "The DKIM key at {name} has {bits} bits: providers ignore it.",
            "Make one of 2048 bits.",
        ),
        (
            "La clé DKIM à {name} fait {bits} bits : les messageries l’ignorent.",
            "Créez-en une de 2048 bits.",
        ),
    ),
    "dkim_could_be_longer": (
        (
            "The DKIM key at {name} has {bits} bits.",
            "Take 2048 at the next change.",
        ),
        (
            "La clé DKIM à {name} fait {bits} bits.",
            "Passez à 2048 au prochain changement.",
        ),
    ),
    "dkim_testing": (
        (
            "The DKIM key at {name} says it is a test (t=y).",
            "Take t=y out once it works.",
        ),
        (
            "La clé DKIM à {name} se dit en essai (t=y).",
            "Retirez t=y une fois qu’elle fonctionne.",
        ),
    ),
    "dkim_good": (
        (
            "The DKIM key at {name} is good.",
            "",
        ),
        (
            "La clé DKIM à {name} est bonne.",
            "",
        ),
    ),
    "dkim_unanswered": (
        (
            "Nobody answered for the DKIM key at {name}.",
            "Ask again later.",
        ),
        (
            "Personne n’a répondu pour la clé DKIM à {name}.",
            "Recommencez plus tard.",
        ),
    ),
    "dmarc_missing": (
        (
            "{domain} has no DMARC policy; Gmail, Yahoo and Microsoft ask it of bulk senders.",
            "Publish “v=DMARC1; p=none; rua=mailto:…” at _dmarc.{domain}, read the reports, then tighten it.",
        ),
        (
            "{domain} n’a pas de politique DMARC ; Gmail, Yahoo et Microsoft l’exigent des gros expéditeurs.",
            "Publiez « v=DMARC1; p=none; rua=mailto:… » à _dmarc.{domain}, lisez les rapports, puis durcissez-la.",
        ),
    ),
    "dmarc_broken": (
        (
            "The DMARC policy at {holder} names no action providers know.",
            "Write p=none, p=quarantine or p=reject.",
        ),
        (
            "La politique DMARC de {holder} ne nomme aucune action connue.",
            "Écrivez p=none, p=quarantine ou p=reject.",
        ),
    ),
    "dmarc_watches": (
        (
            "The DMARC policy of {domain} only watches (p=none).",
            "Once the reports are clean, ask for quarantine.",
        ),
        (
            "La politique DMARC de {domain} ne fait qu’observer (p=none).",
            "Quand les rapports sont propres, demandez la quarantaine.",
        ),
    ),
    "dmarc_holds": (
        (
            "The DMARC policy of {domain} protects it ({policy}).",
            "",
        ),
        (
            "La politique DMARC de {domain} le protège ({policy}).",
            "",
        ),
    ),
    "dmarc_unread": (
        (
            "The DMARC policy of {domain} asks for no reports.",
            "Add rua=mailto: and an address you read.",
        ),
        (
            "La politique DMARC de {domain} ne demande aucun rapport.",
            "Ajoutez rua=mailto: et une adresse que vous lisez.",
        ),
    ),
    "dmarc_unanswered": (
        (
            "Nobody answered for the DMARC policy of {domain}.",
            "Ask again later.",
        ),
        (
            "Personne n’a répondu pour la politique DMARC de {domain}.",
            "Recommencez plus tard.",
        ),
    ),
    "mail_refused": (
        (
            "{domain} takes no mail: answers and bounces have nowhere to go.",
            "Give it an MX record.",
        ),
        (
            "{domain} ne reçoit aucun e-mail : réponses et rejets n’ont nulle part où aller.",
            "Donnez-lui un enregistrement MX.",
        ),
    ),
    "mail_taken": (
        (
            "{domain} takes mail.",
            "",
        ),
        (
            "{domain} reçoit les e-mails.",
            "",
        ),
    ),
    "mail_unanswered": (
        (
            "Nobody answered for the mail hosts of {domain}.",
            "Ask again later.",
        ),
        (
            "Personne n’a répondu pour les serveurs de courrier de {domain}.",
            "Recommencez plus tard.",
        ),
    ),
    "host_unknown": (
        (
            "The sending host {host} has no address.",
            "Ask whoever runs Relance to correct the sending addresses (sending_hosts).",
        ),
        (
            "Le serveur d’envoi {host} n’a pas d’adresse.",
            "Demandez à la personne qui exploite Relance de corriger les adresses d’envoi (sending_hosts).",
        ),
    ),
    "host_unanswered": (
        (
            "Nobody answered for the sending host {host}.",
            "Ask again later.",
        ),
        (
            "Personne n’a répondu pour le serveur d’envoi {host}.",
            "Recommencez plus tard.",
        ),
    ),
    "reverse_missing": (
        (
            "The address {address} has no reverse DNS name that leads back to it.",
            "Ask your host to set one: Gmail refuses mails without it.",
        ),
        (
            "L’adresse {address} n’a pas de nom DNS inverse qui ramène à elle.",
            "Demandez-en un à votre hébergeur : Gmail refuse les e-mails sans lui.",
        ),
    ),
    "reverse_good": (
        (
            "The address {address} is named {name}, which leads back to it.",
            "",
        ),
        (
            "L’adresse {address} porte le nom {name}, qui ramène à elle.",
            "",
        ),
    ),
    "reverse_unanswered": (
        (
            "Nobody answered for the name of the address {address}.",
            "Ask again later.",
        ),
        (
            "Personne n’a répondu pour le nom de l’adresse {address}.",
            "Recommencez plus tard.",
        ),
    ),
    "listed": (
        (
            "{subject} is on the blocklist {zone}{reason}.",
            "Stop reactivations, find the send that caused it, then ask the list to remove you.",
        ),
        (
            "{subject} est sur la liste de blocage {zone}{reason}.",
            "Arrêtez les réactivations, trouvez l’envoi en cause, puis demandez votre retrait à la liste.",
        ),
    ),
    "not_listed": (
        (
            "{subject} is not on {zone}.",
            "",
        ),
        (
            "{subject} n’est pas sur {zone}.",
            "",
        ),
    ),
    "list_refuses": (
        (
            "The blocklist {zone} does not answer this resolver.",
            "Lists refuse public name servers: ask whoever runs Relance to set one of your own (resolver).",
        ),
        (
            "La liste de blocage {zone} ne répond pas à ce résolveur.",
            "Les listes refusent les serveurs de noms publics : demandez à la personne qui exploite Relance d’en régler un à vous "
            "(resolver).",
        ),
    ),
    "list_unanswered": (
        (
            "Nobody answered for the blocklist {zone}.",
            "Ask again later; if it lasts, the list may be gone: ask whoever runs Relance to take it out (blocklists).",
        ),
        (
            "Personne n’a répondu pour la liste de blocage {zone}.",
            "Recommencez plus tard ; si cela dure, la liste a peut-être disparu : demandez à la personne qui exploite Relance de "
            "la retirer (blocklists).",
        ),
    ),
}
LEVELS = {
    "ok": ("Good", "Bon"), "unknown": ("Unknown", "Inconnu"), "advice": ("To look at", "À regarder"), "fault": ("To fix", "À corriger"),
}  # fmt: skip

_QUOTED = (", which says: “{}”", ", qui indique : « {} »")  # what a blocklist gives as its reason


def sentence(finding: Finding, language: str) -> str:
    """Return what was found."""
    return _in(language, finding, 0)


def advice(finding: Finding, language: str) -> str:
    """Return what to do; empty where there is nothing."""
    return _in(language, finding, 1)


def level(finding: Finding, language: str) -> str:
    """Return the level's word."""
    return LEVELS[finding.level][language == "fr"]


def _in(language: str, finding: Finding, part: int) -> str:
    said = dict(finding.values)
    if "reason" in said:
        said["reason"] = _QUOTED[language == "fr"].format(said["reason"].rstrip(". ")) if said["reason"].strip() else ""
    return _WORDS[finding.code][language == "fr"][part].format_map(said).strip()
