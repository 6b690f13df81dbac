"""What the messages of a journey are called wherever they are named: the step's title, else the subject people read, else its key.

Where two messages of a journey would be called alike, their keys stand beside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from django.conf import settings

from relance.content.models import TemplateVersion
from relance.journeys import tree
from relance.journeys.definition import JourneyDefinition
from relance.journeys.steps import Send
from relance.journeys.steps.send import Offer
from relance.journeys.titles import said
from relance.measurement.formats import money

Subjects = Mapping[str, Mapping[str, Mapping[str, str]]]  # by template, language and variant


def of(journey: JourneyDefinition, language: str, known: Subjects | None = None) -> dict[str, str]:
    """Return what each message of a journey is called, by its key, from top to bottom; `known` saves reading its subjects."""
    sends = [send for _node, send in tree.sends(journey.nodes)]
    if known is None:
        known = subjects({send.headline for send in sends})
    found = {send.id: said(send.title, language) or subject(send, language, known) for send in sends}
    return apart(found)


def apart(titles: Mapping[str, str]) -> dict[str, str]:
    """Return titles by key, those that repeat with the key beside."""
    times = Counter(title.casefold() for title in titles.values())
    return {
        key: f"{title} ({key})" if times[title.casefold()] > 1 and title != key else title
        for key, title in titles.items()
    }


def subject(send: Send, language: str, known: Subjects) -> str:
    """Return the subject people will read in a language; the template's name where there is none."""
    texts = known.get(send.headline, {}).get(language, {})
    chosen = [texts[name] for name in send.subjects if name in texts] or list(texts.values())
    return plain(chosen[0], language, send.offer) if chosen else send.headline


def subjects(templates: set[str]) -> dict[str, dict[str, dict[str, str]]]:
    """Return the subjects of templates' latest versions: by template, language and variant."""
    versions = (
        TemplateVersion.objects.filter(template__name__in=templates).select_related("template").order_by("number")
    )
    return {
        version.template.name: {language: part["subjects"] for language, part in version.compiled.items()}
        for version in versions
    }


def plain(subject: str, language: str, offer: Offer | None = None) -> str:
    """Return a subject as a reader without a name sees it; what is not known yet is an ellipsis."""
    known = {
        f"offer.{name}": money(value, language, settings.RELANCE.currency, digits=0)
        for name in ("amount", "minimum")
        if offer and (value := getattr(offer, name)) is not None
    }
    known |= {"offer.code": offer.code} if offer else {}
    text = re.sub(r"{%.*?%}", "", subject)
    text = re.sub(r"{{\s*([\w.]+)[^}]*}}", lambda found: known.get(found[1], "…"), text)
    return re.sub(r"[\s\u00a0]*,\s*…|\s+([,.])", r"\1", text).strip(" ,") or subject
