"""The standard event types: what each means, whether the person did it, and which clock it moves."""

from dataclasses import dataclass

from relance.core import database

COLUMNS = {
    "contact_id": "BIGINT",
    "source_id": "INTEGER",
    "type": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "amount": "DECIMAL(18,4)",
    "channel": "VARCHAR",
    "reference": "VARCHAR",
    "import_file": "VARCHAR",
    "import_line": "BIGINT",
    "properties": "VARCHAR",
    "recorded_at": "TIMESTAMPTZ",
}


@dataclass(frozen=True)
class EventSchema:
    """A standard type. `engagement`: the person reacted; `legal`: it restarts the legal clock (an open never does)."""

    label_en: str
    label_fr: str
    purchase: bool = False
    engagement: bool = False
    legal: bool = False


def _did(label_en: str, label_fr: str, *, purchase: bool = False, legal: bool = True) -> EventSchema:
    return EventSchema(label_en, label_fr, purchase=purchase, engagement=True, legal=legal)


STATE_CHANGED = "state_changed"  # written by scoring
STANDARD = {
    "order_placed": _did("Order on the web shop", "Commande en ligne", purchase=True),
    "store_purchase": _did("Purchase in the store", "Achat en magasin", purchase=True),
    "refund": EventSchema("Refund", "Remboursement"),
    "site_visited": _did("Visit of the site", "Visite du site", legal=False),
    "logged_in": _did("Sign-in to the account", "Connexion au compte"),
    "product_viewed": _did("Product page viewed", "Fiche produit consultée", legal=False),
    "cart_updated": _did("Cart changed", "Panier modifié", legal=False),
    "form_submitted": _did("Form sent", "Formulaire envoyé"),
    "survey_answered": _did("Survey answered", "Réponse à une enquête"),
    "appointment_missed": EventSchema("Appointment missed", "Rendez-vous manqué"),
    "call_unanswered": EventSchema("Call not answered", "Appel resté sans réponse"),
    "call_refused": EventSchema("Offer refused on the telephone", "Démarchage refusé au téléphone"),
    "account_created": _did("Account opened", "Compte ouvert"),
    "subscription_started": _did("Subscription taken out", "Abonnement souscrit"),
    "subscription_renewed": EventSchema("Subscription renewed", "Abonnement renouvelé"),
    "service_used": _did("Service used", "Service utilisé"),
    "social_interaction": _did("Interaction on a social network", "Interaction sur un réseau social", legal=False),
    "event_attended": _did("Event attended", "Participation à un évènement"),
    "support_contact": _did("Contact with support", "Échange avec le service client"),
    "message_sent": EventSchema("Message sent", "Message envoyé"),
    "message_delivered": EventSchema("Message delivered", "Message remis"),
    "message_opened": EventSchema("Message opened", "Message ouvert"),
    "message_clicked": _did("Link in a message clicked", "Clic dans un message"),
    "message_replied": _did("Message answered", "Réponse à un message"),
    "message_bounced": EventSchema("Message bounced", "Message en erreur (NPAI)"),
    "message_complained": EventSchema("Message marked as spam", "Message signalé comme indésirable"),
    "message_unsubscribed": EventSchema("Unsubscribed", "Désabonnement"),
    "preferences_changed": EventSchema("Preferences changed", "Préférences modifiées", legal=True),
    "address_disowned": EventSchema(
        "Address said to be somebody else's", "Adresse déclarée comme n’étant plus la sienne"
    ),
    STATE_CHANGED: EventSchema("Change of dormancy state", "Changement d’état"),
    "journey_sunset": EventSchema("Put to sleep by a journey", "Mise en sommeil par un parcours"),
}

PURCHASES = tuple(name for name, schema in STANDARD.items() if schema.purchase)
ENGAGEMENTS = tuple(name for name, schema in STANDARD.items() if schema.engagement)
LEGAL_CONTACTS = tuple(name for name, schema in STANDARD.items() if schema.legal)


def known_types() -> set[str]:
    """Return the standard types and the declared ones."""
    return set(STANDARD) | {name for (name,) in database.rows("SELECT name FROM event_type")}
