"""What the pages of the base's health have in common: their tabs, and how large a base may be to wait for its figures."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from relance.core import database

AT_ONCE = 300_000  # contacts up to which the figures of the first page are computed while the person waits
SMALL = 50_000  # and those of the pages behind it, which look back and so take longer


def around(tab: str) -> dict[str, Any]:
    """Return the tabs, with the one shown."""
    named = {
        "health": ("base:health", _("Overview")),
        "bill": ("base:bill", _("The bill")),
        "flows": ("base:flows", _("Movements")),
        "kinds": ("base:kinds", _("Kinds of silence")),
        "models": ("base:models", _("Models")),
    }
    return {"tab": tab, "tabs": [(code, url, label) for code, (url, label) in named.items()]}


def small() -> bool:
    """Tell whether the base is scored, and small enough to wait for the figures of the pages behind the first."""
    ((ready,),) = database.rows(
        "SELECT EXISTS (SELECT 1 FROM profile) AND (SELECT count(*) FROM (SELECT 1 FROM contact LIMIT %s) few) <= %s",
        [SMALL + 1, SMALL],
    )
    return bool(ready)
