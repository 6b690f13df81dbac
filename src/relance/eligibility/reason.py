"""One reason of the gate, and what the details in its sentence are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relance.eligibility.breaker.providers import NAMES as PROVIDER_NAMES
from relance.eligibility.calendar.labels import LABELS

LAW, PRACTICE = "law", "practice"


@dataclass(frozen=True)
class Reason:
    """One reason; `{…}` in a sentence stands for a detail of the verdict."""

    code: str
    english: str
    french: str
    kind: str
    source: str

    def sentence(self, details: Mapping[str, str], language: str) -> str:
        """Return the sentence in the language, with the verdict's details in it."""
        french = language == "fr"
        words = {name: WORDS.get(value, (value, value))[french] for name, value in details.items()}
        return (self.french if french else self.english).format_map(words)


# What details may say, in English and French; anything else is shown as it is.
WORDS: Mapping[str, tuple[str, str]] = {
    **LABELS,
    "unsubscribed": ("unsubscribed", "désabonnement"),
    "complained": ("complained of spam", "plainte pour spam"),
    "bounced": ("the mailbox does not exist", "boîte inexistante"),
    "not_theirs": ("somebody else has the address now", "l’adresse est à quelqu’un d’autre"),
    "former_tool": ("opted out in the former tool", "désabonnement dans l’ancien outil"),
    "erased": ("erased", "effacement"),
    "manual": ("added by hand", "ajout à la main"),
    "opt_in": ("an opt-in", "un consentement"),
    "existing_customer": ("a customer relation", "une relation client"),
    "contract": ("a contract", "un contrat"),
    "business": ("a business address", "une adresse professionnelle"),
    "reactivation": ("a reactivation", "une réactivation"),
    "promotion": ("a promotion", "une promotion"),
    "relationship": ("a relationship message", "un message relationnel"),
    "notice": ("a notice", "un avis"),
    "transactional": ("a transactional message", "un message transactionnel"),
    "email": ("e-mail", "e-mail"),
    "sms": ("SMS", "SMS"),
    "push": ("push", "push"),
    "postal": ("post", "courrier"),
    "phone": ("telephone", "téléphone"),
    "audience": ("audience matching", "rapprochement d’audience"),
    "everything": ("all messages", "tous les messages"),
    "stopped": ("the journey was stopped", "le parcours a été arrêté"),
    "stop_of_journey": ("this journey", "ce parcours"),
    "stop_of_sender_1": ("the sender's reactivations", "les réactivations de l’expéditeur"),
    "stop_of_sender_2": ("all commercial messages of the sender", "tous les messages commerciaux de l’expéditeur"),
    "hard_bounce": ("mailboxes that do not exist", "boîtes inexistantes"),
    "complaint": ("complaints of spam", "plaintes pour spam"),
    "unsubscribe": ("unsubscriptions", "désabonnements"),
    "block": ("refusals for policy or reputation", "refus pour politique ou réputation"),
    "trap": ("spam traps", "adresses pièges"),
    "quarantined": ("its bounce waits for a person's judgement", "son rejet attend l’avis d’une personne"),
    "other_providers": ("other providers", "d’autres fournisseurs"),
    "all_providers": ("all mailbox providers together", "toutes les messageries ensemble"),
    **{provider: (name, name) for provider, name in PROVIDER_NAMES.items()},
    "": ("no reason given", "motif non précisé"),
}
