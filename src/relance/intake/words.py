"""Words files use for yes and no, and for the reasons people may not be written to."""

from __future__ import annotations

YES = (
    "1", "yes", "y", "oui", "o", "true", "vrai", "x", "on", "ok", "subscribed", "subscribe", "abonne", "inscrit", "opt-in", "optin",
    "opted-in", "given", "donne", "accepte", "granted",
)  # fmt: skip
NO = (
    "0", "no", "n", "non", "false", "faux", "off", "unsubscribed", "unsubscribe", "desabonne", "desinscrit", "opt-out", "optout",
    "opted-out", "withdrawn", "retire", "refuse", "denied", "blocklisted", "blacklisted",
)  # fmt: skip

# Reason of the suppression -> words for it, without accents and in lower case.
REASONS = {
    "unsubscribed": (
        "unsubscribed", "unsubscribe", "desabonne", "desinscrit", "desinscription", "desabonnement", "opt-out", "optout", "opted-out",
        "unsub", "resilie", "blocklisted", "blacklisted", "user_suppressed", "adminblocked",
    ),
    "bounced": (
        "bounced", "bounce", "hard bounce", "hard_bounce", "hardbounce", "hard bounced", "hardbounced", "cleaned", "npai", "invalid",
        "invalid_email", "undeliverable", "unreachable", "injoignable", "adresse invalide", "erreur", "rejected",
    ),
    "complained": (
        "complained", "complaint", "spam", "spam_complaint", "spam complaint", "abuse", "plainte", "signale", "contactflaggedasspam",
    ),
}  # fmt: skip


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def yes_or_no(column: str, *more: str) -> str:
    """Return the SQL that reads a word as a boolean, `more` meaning yes too; NULL where it is neither."""
    word, yes, no = f"lower(strip_accents({column}))", _list((*YES, *more)), _list(NO)
    return f"CASE WHEN {column} IS NULL THEN NULL WHEN {word} IN ({yes}) THEN true WHEN {word} IN ({no}) THEN false END"


def opt_out_reason(column: str, *, unknown: str) -> str:
    """Return the SQL that reads a word as a reason of suppression; `unknown` is the SQL of what other words mean."""
    word = f"lower(strip_accents({column}))"
    cases = " ".join(f"WHEN {word} IN ({_list(words)}) THEN '{reason}'" for reason, words in REASONS.items())
    return f"CASE {cases} ELSE {unknown} END"
