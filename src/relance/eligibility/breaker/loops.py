"""Feedback loops: which mailbox providers tell a sender that a mail was marked as spam."""

from __future__ import annotations

from django.conf import settings


def domains() -> tuple[str, ...]:
    """Return the domains of the setting `feedback_loops`; `*` stands for any ending."""
    return tuple(domain.strip().lower() for domain in settings.RELANCE.feedback_loops.split(",") if domain.strip())


def patterns() -> list[str]:
    """Return the domains as patterns of SQL's LIKE."""
    return [domain.replace("\\", "").replace("_", "\\_").replace("%", "\\%").replace("*", "%") for domain in domains()]
