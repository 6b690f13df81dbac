"""Feedback loops: which mailbox providers tell a sender that a mail was marked as spam."""

from relance.eligibility.breaker.loops import domains, patterns

__all__ = ["domains", "patterns"]
