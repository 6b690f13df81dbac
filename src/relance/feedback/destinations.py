"""Where a click leads: the stored address of its link, and never one that a request brings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.encoding import iri_to_uri

from relance.content import links
from relance.content import values as content_values
from relance.content.models import Link
from relance.core import database
from relance.core.errors import RelanceError
from relance.delivery import values
from relance.delivery.tokens import TRAP, Token
from relance.journeys.models import Version
from relance.senders import register
from relance.senders.sender import DEFAULT


@dataclass(frozen=True, slots=True)
class Destination:
    """A link's template version, None for the hidden link; its address, None where it hangs on the message: offer, sender."""

    template_version_id: int | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """What the offer and the shop of a message hang on."""

    version_id: int | None = None
    step: str = ""
    created_at: datetime | None = None
    sender: str = DEFAULT


def find(link_id: int) -> Destination | None:
    """Return where a link leads: the shop for the link that no person sees; None where there is no such link."""
    if link_id == TRAP:
        return Destination(None, iri_to_uri(register.default().shop_url))
    link = Link.objects.filter(pk=link_id).first()
    if link is None:
        return None
    if "{" not in link.url:
        return Destination(link.template_version_id, iri_to_uri(link.url))
    by_message = "offer" in link.url or ("shop." in link.url and len(register.known()) > 1)
    return Destination(link.template_version_id, None if by_message else _written(link, Origin()))


def of_message(token: Token) -> str | None:
    """Return where a link leads whose address hangs on its message; None where it leads nowhere."""
    rows = database.rows(
        "SELECT version_id, step, created_at, sender FROM message WHERE id = %s AND uuid = %s",
        [token.message_id, token.message_uuid],
    )
    link = Link.objects.filter(pk=token.link_id).first()
    return _written(link, Origin(*rows[0])) if rows and link else None


def _written(link: Link, origin: Origin) -> str | None:
    """Return the address with the values of the message's shop and offer in it."""
    try:
        version = Version.objects.filter(pk=origin.version_id or 0).first()
        offer = values.offer(version, origin.step, origin.created_at) if origin.created_at else {}
        known = content_values.merged(
            content_values.empties({}),
            {"shop": values.shop(register.of_name(origin.sender), link.language), "offer": offer},
        )
        return iri_to_uri(links.complete(link.url, link.language, known))
    except RelanceError:
        return None
