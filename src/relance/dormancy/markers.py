"""The markers of silence that are known: each a line of YAML for a policy's `criteria:`, with a name in both languages.

They are where to start from, not a list of what is allowed: any declared event type makes another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relance.dormancy.criteria import Beside, Criterion


@dataclass(frozen=True)
class Marker:
    """A marker: its key, its names, the line without its points, and whether it is off unless somebody asks for it."""

    key: str
    label_en: str
    label_fr: str
    line: Mapping[str, Any]
    off: bool = False

    def criterion(self, points: int = 1) -> Criterion:
        """Return it as a criterion of a policy."""
        return Criterion.model_validate({**self.line, "points": points})


def _without(types: list[str], duration: str, **more: Any) -> dict[str, Any]:
    return {"without": types, "for": duration, **more}


_BOUGHT = ["order_placed", "store_purchase"]
_REACTED = ["message_clicked", "message_replied"]
_ACCOUNT = ["account_created", "logged_in"]

MARKERS = {
    marker.key: marker
    for marker in (
        Marker("no_purchase", "No purchase, on the web or in the store", "Aucun achat, en ligne ou en magasin",
               _without(_BOUGHT, "12 months")),
        Marker("no_web_purchase", "No order on the web shop", "Aucune commande en ligne", _without(["order_placed"], "12 months")),
        Marker("no_store_purchase", "No purchase in the store", "Aucun achat en magasin", _without(["store_purchase"], "12 months")),
        Marker("no_click", "No click in a message", "Aucun clic dans un message", _without(["message_clicked"], "6 months")),
        Marker("no_reply", "No reply to a message", "Aucune réponse à un message", _without(["message_replied"], "6 months")),
        Marker("no_reaction", "No click and no reply", "Ni clic ni réponse", _without(_REACTED, "6 months")),
        Marker("no_email_reaction", "No reaction to e-mails", "Aucune réaction aux e-mails",
               _without(_REACTED, "6 months", channel="email")),
        Marker("no_sms_reaction", "No reaction to SMS", "Aucune réaction aux SMS", _without(_REACTED, "6 months", channel="sms")),
        Marker("no_push_reaction", "No reaction to push notifications", "Aucune réaction aux notifications push",
               _without(_REACTED, "3 months", channel="push")),
        Marker("no_open", "No open (only who consented to its being recorded)",
               "Aucune ouverture (seulement avec consentement à sa mesure)",
               _without(["message_opened", *_REACTED], "6 months"), off=True),
        Marker("no_login", "No sign-in to the account", "Aucune connexion au compte", _without(["logged_in"], "9 months")),
        Marker("no_visit", "No visit of the site", "Aucune visite du site",
               _without(["site_visited", "product_viewed", "logged_in"], "6 months")),
        Marker("never_bought", "Account that never bought", "Compte sans aucun achat",
               {"never": _BOUGHT, "after": _ACCOUNT, "for": "3 months"}),
        Marker("service_never_used", "Service never used", "Service jamais utilisé",
               {"never": ["service_used"], "after": ["subscription_started"], "for": "1 month"}),
        Marker("no_use", "Service no longer used", "Service non utilisé", _without(["service_used"], "6 weeks")),
        Marker("not_renewed", "Subscription not renewed", "Abonnement non renouvelé",
               _without(["subscription_started", "subscription_renewed"], "13 months", after=["subscription_started"])),
        Marker("calls_unanswered", "Calls left unanswered", "Appels restés sans réponse",
               {"event": "call_unanswered", "count": {"gte": 3}, "for": "6 months"}),
        Marker("appointments_missed", "Appointments missed", "Rendez-vous manqués",
               {"event": "appointment_missed", "count": {"gte": 2}, "for": "12 months"}),
        Marker("no_event", "No event attended", "Aucun évènement suivi", _without(["event_attended"], "24 months")),
        Marker("no_survey", "No survey answered", "Aucune réponse à une enquête", _without(["survey_answered"], "12 months")),
        Marker("no_social", "No interaction on social networks", "Aucune interaction sur les réseaux sociaux",
               _without(["social_interaction"], "6 months")),
    )
}  # fmt: skip

# What stands beside the points: it tells why someone went quiet, not that she did.
BESIDE = {
    "abandoned_carts": Beside.model_validate(
        {"event": "cart_updated", "within": "12 months", "unless": ["order_placed"], "wait": "24 hours"}
    ),
    "support_contacts": Beside.model_validate({"event": "support_contact", "within": "12 months"}),
}
BESIDE_LABELS = {
    "abandoned_carts": {"en": "Abandoned carts", "fr": "Paniers abandonnés"},
    "support_contacts": {"en": "Contacts with support", "fr": "Échanges avec le service client"},
}


def label(key: str, language: str) -> str:
    """Return what people call a criterion; one that is no known marker goes by its key, in words."""
    marker = MARKERS.get(key)
    if marker is None:
        return key.replace("_", " ")
    return marker.label_fr if language == "fr" else marker.label_en
