"""Where a click leads: the stored address of its link, and never one that a request brings."""

from __future__ import annotations

from django.conf import settings
from django.utils.encoding import iri_to_uri

from relance.content import links
from relance.content import values as content_values
from relance.core.errors import RelanceError
from relance.delivery import values
from relance.feedback.hits import Known
from relance.journeys.models import Version


def address(known: Known) -> str | None:
    """Return the address a click is redirected to; the shop's for the link that no person sees, None where it has none."""
    if known.url is None or known.language is None:
        return iri_to_uri(settings.RELANCE.shop_url)
    if not is_written(known):
        return iri_to_uri(known.url)
    try:
        version = Version.objects.filter(pk=known.version_id or 0).first() if speaks_of_offer(known) else None
        given = {"shop": values.shop(), "offer": values.offer(version, known.step, known.created_at)}
        below = content_values.merged(content_values.empties({}), given)
        return iri_to_uri(links.complete(known.url, known.language, below))
    except RelanceError:
        return None


def is_written(known: Known) -> bool:
    """Tell whether the link's address must be written out: it holds values of the shop or of an offer."""
    return known.url is not None and "{" in known.url


def speaks_of_offer(known: Known) -> bool:
    """Tell whether the address may differ from one message of its journey to another."""
    return known.url is not None and "offer" in known.url
