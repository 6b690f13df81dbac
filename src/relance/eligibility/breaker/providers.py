"""Who keeps a mailbox: the mailbox providers that judge a sender each on their own, found by the address's domain."""

from __future__ import annotations

from functools import lru_cache

OTHER = "other"
EVERYONE = "everyone"  # in the place of a provider: all of them together
# A name alone (`yahoo`) stands for that name under any ending (yahoo.fr, yahoo.co.uk); a domain for itself.
_DOMAINS = {
    "gmail": "gmail.com googlemail.com google.com",
    "microsoft": "outlook hotmail live msn.com windowslive.com passport.com",
    "yahoo": "yahoo ymail.com rocketmail.com aol aim.com netscape.net verizon.net",
    "orange": "orange.fr wanadoo.fr voila.fr",
    "free": "free.fr libertysurf.fr online.fr aliceadsl.fr",
    "sfr": "sfr.fr neuf.fr cegetel.net club-internet.fr numericable.fr numericable.com noos.fr 9online.fr 9business.fr",
    "laposte": "laposte.net",
    "icloud": "icloud.com me.com mac.com privaterelay.appleid.com",
}
PROVIDERS = (*_DOMAINS, OTHER)
NAMES = {
    "gmail": "Gmail", "microsoft": "Microsoft (Outlook, Hotmail)", "yahoo": "Yahoo/AOL", "orange": "Orange/Wanadoo",
    "free": "Free", "sfr": "SFR", "laposte": "La Poste", "icloud": "iCloud",
}  # fmt: skip
_SEVERAL = {
    OTHER: ("other providers", "autres fournisseurs"),
    EVERYONE: ("all mailbox providers together", "toutes les messageries ensemble"),
}
_WHOLE = {domain: name for name, domains in _DOMAINS.items() for domain in domains.split() if "." in domain}
_FAMILIES = {label: name for name, domains in _DOMAINS.items() for label in domains.split() if "." not in label}
_ENDING_PARTS = 2  # co.uk, com.br
# Hosts that take mail for the domains of others, by the domain they stand in, where that is not one of the table above.
_HOSTS = {"mx.microsoft": "microsoft", "outlook.com": "microsoft", "yahoodns.net": "yahoo", "apple.com": "icloud"}
_SHARED_ENDINGS = frozenset({"ac", "asso", "co", "com", "edu", "gouv", "gov", "net", "or", "org"})  # co.uk, asso.fr


@lru_cache(maxsize=65_536)
def of(domain: str) -> str:
    """Return the provider of a mail domain; `other` where it is none of the table."""
    name = domain.strip().lower()
    if name in _WHOLE:
        return _WHOLE[name]
    label, _, ending = name.partition(".")
    is_family = label in _FAMILIES and 0 < len(ending.split(".")) <= _ENDING_PARTS and all(ending.split("."))
    return _FAMILIES[label] if is_family else OTHER


def behind(host: str) -> str:
    """Return who runs a mail host: a provider of the table, else the domain the host stands in (`ovh.net` of `mx1.ovh.net`)."""
    labels = host.strip(". ").lower().split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED_ENDINGS
    domain = ".".join(labels[-3 if short else -2 :])
    provider = _HOSTS.get(domain) or of(domain)
    return domain if provider == OTHER else provider


def name(provider: str, language: str) -> str:
    """Return what people call a provider, or all of them together."""
    return NAMES.get(provider) or _SEVERAL.get(provider, _SEVERAL[OTHER])[language == "fr"]


def sql(domain: str) -> str:
    """Return the SQL of `of` over the text expression `domain`; the words are this file's own."""
    whole = " ".join(f"WHEN '{one}' THEN '{provider}'" for one, provider in _WHOLE.items())
    families = " ".join(f"WHEN '{one}' THEN '{provider}'" for one, provider in _FAMILIES.items())
    return (
        f"(CASE {domain} {whole} ELSE CASE WHEN {domain} ~ '^[^.]+\\.[^.]+(\\.[^.]+)?$' "
        f"THEN CASE split_part({domain}, '.', 1) {families} ELSE '{OTHER}' END ELSE '{OTHER}' END END)"
    )
