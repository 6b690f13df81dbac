"""What the team is told of a stop or a warning, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relance.eligibility.breaker import providers
from relance.eligibility.breaker.counting import ALL
from relance.eligibility.breaker.models import BreakerAlert
from relance.eligibility.breaker.openings import COMMERCIAL

Words = tuple[str, str]
SIGNALS: Mapping[str, Words] = {
    "hard_bounce": ("hard bounces", "NPAI"),
    "complaint": ("complaints of spam", "plaintes pour spam"),
    "unsubscribe": ("unsubscriptions", "désabonnements"),
    "block": ("refusals for policy or reputation", "refus pour politique ou réputation"),
    "trap": ("spam traps", "adresses pièges"),
    "click_drop": ("fall of clicks", "chute des clics"),
}
KINDS: Mapping[str, Words] = {
    "opened": ("The breaker stopped {whose} at {provider}", "Le disjoncteur a arrêté {whose} chez {provider}"),
    "warned": ("Warning: {whose} at {provider}", "Avertissement : {whose} chez {provider}"),
    "closed": ("The breaker was closed: {whose} at {provider}", "Le disjoncteur est refermé : {whose} chez {provider}"),
}
WHY: Mapping[str, Words] = {
    "opened": (
        "{signal}: {bad} of {sends} messages ({rate}), where {allowed} is allowed.",
        "{signal} : {bad} messages sur {sends} ({rate}), là où {allowed} est admis.",
    ),
    "warned": (
        "{signal}: {bad} of {sends} messages ({rate}); half of what is allowed ({allowed}) is surely passed. Nothing stops.",
        "{signal} : {bad} messages sur {sends} ({rate}) ; la moitié de ce qui est admis ({allowed}) est sûrement dépassée. "
        "Rien ne s’arrête.",
    ),
    "dropped": (
        "Clicks: {bad} of {sends} messages ({rate}), surely under half the clicks of people silent for as long elsewhere "
        "({allowed} would be half). Nothing stops.",
        "Clics : {bad} messages sur {sends} ({rate}), sûrement moins de la moitié des clics de personnes inactives depuis "
        "aussi longtemps ailleurs (la moitié serait {allowed}). Rien ne s’arrête.",
    ),
    "closed": ("{by} closed it: {reason}", "{by} l’a refermé : {reason}"),
}
ADVICE: Mapping[str, Words] = {
    "hard_bounce": (
        "Look at the bounces in quarantine: if the provider was at fault, restore them; if the addresses are dead, confirm "
        "them and clean the segment before going on.",
        "Regardez les rejets en quarantaine : si le fournisseur était en faute, rétablissez-les ; si les adresses sont "
        "mortes, confirmez-les et nettoyez le segment avant de continuer.",
    ),
    "complaint": (
        "Check where the consent of these people comes from and what the subject promised; go on with the most recent only.",
        "Vérifiez d’où vient le consentement de ces personnes et ce que promettait l’objet ; ne reprenez qu’avec les plus "
        "récentes.",
    ),
    "unsubscribe": (
        "Check the offer and the pressure; go on with the most recent people only.",
        "Vérifiez l’offre et la pression ; ne reprenez qu’avec les personnes les plus récentes.",
    ),
    "block": (
        "The provider refuses the sender, not the people: nobody is suppressed. Check SPF, DKIM, DMARC and blocklists, ask the "
        "provider's postmaster, and go on slowly.",
        "Le fournisseur refuse l’expéditeur, pas les personnes : personne n’est retiré. Vérifiez SPF, DKIM, DMARC et les listes "
        "noires, écrivez au postmaster du fournisseur, et reprenez lentement.",
    ),
    "trap": (
        "The list holds spam traps. Find the source that brought them, and leave out all it brought.",
        "La liste contient des adresses pièges. Trouvez la source qui les a apportées, et écartez tout ce qu’elle a apporté.",
    ),
    "click_drop": (
        "Mails may land in spam, or the message may not fit. Look at one in the provider's own mailbox.",
        "Les e-mails arrivent peut-être dans les indésirables, ou le message ne convient pas. Regardez-en un dans une boîte de "
        "ce fournisseur.",
    ),
}  # fmt: skip
NEXT: Words = (
    "See `relance breaker list`; stop {stop} is closed by a named person: relance breaker close {stop} --by NAME --reason WHY",
    "Voir `relance breaker list` ; l’arrêt {stop} est refermé par une personne nommée : relance breaker close {stop} --by NOM "
    "--reason MOTIF",
)
_WHOSE: Mapping[str, Words] = {
    "journey": ("the journey {journey}", "le parcours {journey}"),
    "sender": ("the reactivations of {sender}", "les réactivations de {sender}"),
    "all": ("all commercial messages of {sender}", "tous les messages commerciaux de {sender}"),
}


def subject(alert: BreakerAlert, journey: str, language: str) -> str:
    """Return the first line: what happened, to what, where."""
    french = language == "fr"
    return KINDS[alert.kind][french].format(**_words(alert, journey, language))


def sentences(alert: BreakerAlert, journey: str, language: str) -> list[str]:
    """Return what happened, why, what to do and how to go on."""
    french = language == "fr"
    why = "dropped" if alert.scope.signal == "click_drop" and alert.kind == "warned" else alert.kind
    words = _words(alert, journey, language)
    found = [f"{subject(alert, journey, language)}.", _capital(WHY[why][french].format(**words))]
    if alert.kind != "closed":
        found.append(ADVICE[alert.scope.signal][french])
    if alert.kind == "opened":
        found.append(NEXT[french].format(**words))
    return found


def whose(journey_id: int, level: int, *, journey: str, sender: str, language: str) -> str:
    """Return whose messages a stop concerns."""
    kind = "journey" if journey_id != ALL else "all" if level >= COMMERCIAL else "sender"
    return _WHOSE[kind][language == "fr"].format(journey=journey, sender=sender)


def percent(share: float, language: str) -> str:
    """Return a share as people read it, small ones with the digits they need."""
    text = f"{share * 100:.2f}".rstrip("0").rstrip(".") or "0"
    return f"{text.replace('.', ',')}\u202f%" if language == "fr" else f"{text}%"


def _words(alert: BreakerAlert, journey: str, language: str) -> dict[str, Any]:
    scope, figures = alert.scope, alert.figures
    level = alert.opening.level if alert.opening else 1
    return {
        "whose": whose(scope.journey_id, level, journey=journey, sender=scope.sender, language=language),
        "provider": providers.name(scope.provider, language), "signal": SIGNALS[scope.signal][language == "fr"],
        "bad": figures.get("bad", 0), "sends": figures.get("sends", 0), "by": figures.get("by", ""),
        "reason": figures.get("reason", ""), "rate": percent(figures.get("rate", 0), language),
        "allowed": percent(figures.get("allowed", 0), language), "stop": alert.opening_id or "",
    }  # fmt: skip


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
