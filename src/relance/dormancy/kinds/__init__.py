"""Kinds of quiet people: who they are, where they stand in the funnel, why they went quiet, and whom to write to first."""

from relance.dormancy.kinds.catalogue import FUNNEL, KINDS, REASONS, Kind, kind
from relance.dormancy.kinds.keeping import KIND, kept, latest, overview, refresh, run, targets
from relance.dormancy.kinds.reasons import person, reason
from relance.dormancy.kinds.trades import TRADES

__all__ = [
    "FUNNEL", "KIND", "KINDS", "REASONS", "TRADES", "Kind", "kept", "kind", "latest", "overview", "person", "reason", "refresh", "run",
    "targets",
]  # fmt: skip
