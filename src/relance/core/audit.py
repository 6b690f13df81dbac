"""The audit log: one line for each thing a person did."""

import getpass
from datetime import datetime

from relance.core.models import AuditEntry


def record(
    action: str, subject: str, *, now: datetime, actor: str = "", details: dict[str, object] | None = None
) -> None:
    """Write that `actor` (default: the system's user) did `action` to `subject`."""
    AuditEntry.objects.create(
        at=now, actor=actor or getpass.getuser(), action=action, subject=subject, details=details or {}
    )
