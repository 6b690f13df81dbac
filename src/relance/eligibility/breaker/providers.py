"""Who keeps a mailbox: the mailbox providers that judge a sender each on their own, found by the address's domain."""

from __future__ import annotations

from functools import lru_cache

OTHER = "other"
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
    "gmail": "Gmail", "microsoft": "Microsoft (Outlook, Hotmail)", "yahoo": "Yahoo, AOL", "orange": "Orange, Wanadoo",
    "free": "Free", "sfr": "SFR", "laposte": "La Poste", "icloud": "iCloud",
}  # fmt: skip
_WHOLE = {domain: name for name, domains in _DOMAINS.items() for domain in domains.split() if "." in domain}
_FAMILIES = {label: name for name, domains in _DOMAINS.items() for label in domains.split() if "." not in label}
_ENDING_PARTS = 2  # co.uk, com.br


@lru_cache(maxsize=65_536)
def of(domain: str) -> str:
    """Return the provider of a mail domain; `other` where it is none of the table."""
    name = domain.strip().lower()
    if name in _WHOLE:
        return _WHOLE[name]
    label, _, ending = name.partition(".")
    is_family = label in _FAMILIES and 0 < len(ending.split(".")) <= _ENDING_PARTS and all(ending.split("."))
    return _FAMILIES[label] if is_family else OTHER


def name(provider: str, language: str) -> str:
    """Return what people call a provider."""
    return NAMES.get(provider) or ("autres fournisseurs" if language == "fr" else "other providers")


def sql(domain: str) -> str:
    """Return the SQL of `of` over the text expression `domain`; the words are this file's own."""
    whole = " ".join(f"WHEN '{one}' THEN '{provider}'" for one, provider in _WHOLE.items())
    families = " ".join(f"WHEN '{one}' THEN '{provider}'" for one, provider in _FAMILIES.items())
    return (
        f"(CASE {domain} {whole} ELSE CASE WHEN {domain} ~ '^[^.]+\\.[^.]+(\\.[^.]+)?$' "
        f"THEN CASE split_part({domain}, '.', 1) {families} ELSE '{OTHER}' END ELSE '{OTHER}' END END)"
    )
