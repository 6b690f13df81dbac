"""People, a template and messages to send: shared by the tests of delivery, feedback and web."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from relance.contacts.models import Consent, Contact, ContactPoint
from relance.content import publishing
from relance.content.models import TemplateVersion
from relance.core import definitions
from relance.eligibility import gate
from relance.eligibility.models import BudgetUse, Expense, HouseRules, PressureReservation
from relance.intake.models import OptOutDeclaration
from relance.outbox.models import Message

TEMPLATE = """
template: hello
en:
  subjects: {a: "Hello {{ contact.first_name | default: 'you' }}, how are you?"}
  preheader: News from the workshop
  mjml: |
    <mjml><mj-body><mj-section><mj-column>
    <mj-text>Hello {{ contact.first_name | default: 'you' }}, <a href="{{ shop.url }}/new">see what is new</a>
    or <a href="https://blog.example.org/a?b=1&amp;c=2">read</a>.</mj-text>
    <mj-text>{{ shop.name }}, {{ shop.postal_address }} <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
    </mj-column></mj-section></mj-body></mjml>
fr:
  subjects: {a: "Bonjour {{ contact.first_name | default: 'vous' }}, ça va\u00a0?"}
  preheader: Des nouvelles de l’atelier
  mjml: |
    <mjml><mj-body><mj-section><mj-column>
    <mj-text>Bonjour {{ contact.first_name | default: 'vous' }}, <a href="{{ shop.url }}/nouveau">voyez les nouveautés</a>
    ou <a href="https://blog.example.org/fr">lisez</a>.</mj-text>
    <mj-text>{{ shop.name }}, {{ shop.postal_address }} <a href="{{ unsubscribe_url }}">Se désabonner</a></mj-text>
    </mj-column></mj-section></mj-body></mjml>
"""
_number = count()


def published(now: datetime, text: str = TEMPLATE) -> TemplateVersion:
    """The template above, published; and the declaration without which nothing commercial leaves."""
    OptOutDeclaration.objects.get_or_create(by="Marie", defaults={"at": now - timedelta(days=30)})
    return publishing.publish(definitions.parse(text, "hello.yaml"), now)


def person(first_name: str, now: datetime, *, address: str = "", language: str = "fr") -> Contact:
    """A person who opted in a month ago."""
    contact = Contact.objects.create(first_name=first_name, language=language, first_seen_at=now - timedelta(days=300))
    ContactPoint.objects.create(
        contact=contact, channel="email", value=address or f"{first_name.lower()}@example.org", valid=True
    )
    Consent.objects.create(contact=contact, channel="email", given=True, at=now - timedelta(days=30))
    return contact


def message(contact: Contact, now: datetime, **changes: object) -> Message:
    """A message to them, due now."""
    version = TemplateVersion.objects.order_by("-pk").first() or published(now)
    given = {
        "contact_id": contact.pk, "channel": "email", "purpose": "promotion", "template_version_id": version.pk,
        "step": "hello", "variant": "a", "send_key": f"1/hello/{next(_number)}", "not_before": now,
        "expires_at": now + timedelta(days=3), "created_at": now,
    }  # fmt: skip
    return Message.objects.create(**given | changes)


def crowd(size: int, now: datetime, text: str = TEMPLATE) -> list[Message]:
    """That many people with a message each."""
    version = published(now, text)
    people = Contact.objects.bulk_create(
        Contact(first_name=f"Anna {n}", language="fr" if n % 2 else "en", first_seen_at=now - timedelta(days=300))
        for n in range(size)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(contact=who, channel="email", value=f"anna{who.pk}@example.org", valid=True) for who in people
    )
    Consent.objects.bulk_create(
        Consent(contact=who, channel="email", given=True, at=now - timedelta(days=30)) for who in people
    )
    return Message.objects.bulk_create(
        Message(
            contact_id=who.pk, channel="email", purpose="promotion", template_version_id=version.pk, step="hello",
            variant="a", send_key="1/hello/1", not_before=now, expires_at=now + timedelta(days=3), created_at=now,
        )
        for who in people
    )  # fmt: skip


def budgeted(now: datetime) -> None:
    """A mail costs ten cents, and there is a budget of a euro a month."""
    HouseRules.objects.create(
        name="shop", applied_at=now,
        definition={"rules": "shop", "prices": [{"channel": "email", "cost": 0.1}], "budgets": [{"month": 1}]},
    )  # fmt: skip


def charged(one: Message, now: datetime) -> None:
    """The gate let a message through, which then did not leave: it has a place under the caps, and ten cents."""
    budgeted(now)
    gate.check([one.pk], now)
    assert taken(one) == (1, Decimal("0.1"))


def taken(one: Message) -> tuple[int, Decimal]:
    """How many places a message has, and the money that is spent; its expense says the same."""
    spent = sum((use.spent for use in BudgetUse.objects.all()), Decimal(0))
    assert sum((row.amount for row in Expense.objects.filter(released=False)), Decimal(0)) == spent
    return PressureReservation.objects.filter(message_id=one.pk, released=False).count(), spent
