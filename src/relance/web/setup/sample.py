"""The sample shop: brought into an empty base to try things, and taken out again while nothing else came in."""

from __future__ import annotations

import shutil
import time
from datetime import datetime
from pathlib import Path

from deltalake import CommitProperties
from deltalake.transaction import AddAction, RemoveAction
from django.db import transaction
from django.utils.translation import gettext as _

from relance.contacts.models import Contact, Suppression
from relance.core import database
from relance.core.definitions import read
from relance.core.errors import RefusedError
from relance.dormancy import kept
from relance.events import lake, maintenance
from relance.intake.models import ImportRun, Source
from relance.intake.options import Progress
from relance.intake.sources import OWN
from relance.journeys import launches
from relance.journeys.models import Journey
from relance.rehearsal import demonstration
from relance.segments.models import Segment

# Everything that speaks of people, of what was sent to them, or counts them.
EMPTIED = (
    "contact", "contact_point", "contact_alias", "consent", "event", "profile", "estimate", "membership", "segment_size",
    "enrolment", "journey_tally", "launch", "launch_person", "ramp_step", "launch_plan", "launch_rehearsal",
    "message", "verdict", "verdict_count", "pressure_reservation", "budget_use", "expense", "comeback", "unopened",
    "hit", "hit_batch", "last_open", "open_watch", "returned_mail", "quarantined_bounce", "trap_hit", "provider_pace",
    "breaker_count", "breaker_cohort", "breaker_point", "breaker_opening", "breaker_alert", "breaker_scope",
    "late_passage", "team_alert", "health_snapshot", "result_snapshot", "deliverability_snapshot",
)  # fmt: skip
# What people made or declared themselves, and the installation's own; of the suppressions the sample's go.
KEPT = (
    "suppression",
    "account", "audit_entry", "installation", "data_folder", "restoration", "beat", "pulse", "stage_fault", "template", "template_version", "template_draft", "template_draft_step",
    "link", "policy", "house_rules", "commercial_period", "commercial_rule", "event_type", "mailbox_mark", "source", "coverage",
    "import_run", "upload", "work", "opt_out_declaration", "journey", "journey_version", "journey_draft", "journey_revision",
    "segment", "sender", "sender_examination", "seed_result", "mail_domain", "provider_report", "declared_trap",
)  # fmt: skip


def is_in() -> bool:
    """Tell whether the sample shop, or a part of it, is in the base."""
    return Source.objects.filter(name=demonstration.SOURCE).exists()


def refuse_unless_empty() -> None:
    """Raise a sentence if somebody is in the base: the sample shop never mixes with real people."""
    if Contact.objects.exists() or ImportRun.objects.exists():
        raise RefusedError(
            _(
                "The sample shop comes into an empty base only, so that its people never mix with yours. This base holds data "
                "already."
            )
        )


def refuse_if_mixed() -> None:
    """Raise a sentence if anything but the sample shop came in: removing it would remove that too."""
    if not is_in():
        raise RefusedError(_("The sample shop is not in this base. There is nothing to remove."))
    others = list(Source.objects.exclude(name__in=(OWN, demonstration.SOURCE)).values_list("name", flat=True))
    if others:
        raise RefusedError(
            _(
                "Other data came in after the sample shop, from: %(names)s. Removing the sample would empty them too, so it is not done."
            )
            % {"names": ", ".join(others)}
        )
    own = set(Source.objects.values_list("id", flat=True))
    if Contact.objects.exclude(source_id__in=own).exists():
        raise RefusedError(
            _(
                "Some people of this base did not come with the sample shop. Removing it would remove them too, so it is not "
                "done."
            )
        )


def load(now: datetime, progress: Progress) -> int:
    """Bring the sample shop in, clean, score and segment; return the people it has. A part that is in already is not brought again."""
    if not is_in():
        refuse_unless_empty()
        demonstration.forget_files_of_another_day(now.date())
    folder = demonstration.files(progress, today=now.date())
    demonstration.load(folder, progress, now)
    return Contact.objects.count()


def remove(now: datetime, progress: Progress, *, by: str) -> int:
    """Empty the base of the sample shop, as the person `by` asked; return the people who went.

    What was approved was approved for the sample's people: journeys that stay rest until somebody approves a launch.
    """
    refuse_if_mixed()
    people = Contact.objects.count()
    progress("empty", 0, 3)
    with lake.writing():
        with transaction.atomic():
            launches.withdraw_approvals(by=by, now=now)
            database.execute(f"TRUNCATE {', '.join(EMPTIED)} CASCADE")
            _forget_definitions()
            theirs = Source.objects.filter(name=demonstration.SOURCE).values("id")
            Suppression.objects.filter(source_id__in=theirs).delete()
            ImportRun.objects.filter(source__name=demonstration.SOURCE).delete()
            Source.objects.filter(name=demonstration.SOURCE).delete()
            _empty_lake()
        progress("empty", 1, 3)
        shutil.rmtree(kept.folder(), ignore_errors=True)
        maintenance.sweep(older_than_seconds=0)
    progress("empty", 3, 3)
    return people


def _forget_definitions() -> None:
    """Forget the segments and the journey that came with the sample; people's own stay, and so do shipped templates."""
    Journey.objects.filter(name=demonstration.JOURNEY).delete()
    shipped = [str(read(path).data["segment"]) for path in sorted((demonstration.RECIPES / "segments").glob("*.yaml"))]
    Segment.objects.filter(name__in=shipped).delete()


def _empty_lake() -> None:
    """Show no event any more, in one commit."""
    present = lake.snapshot()
    actions: list[AddAction | RemoveAction] = [
        RemoveAction(
            path=f"bucket={bucket}/{Path(file).name}", data_change=True, deletion_timestamp=int(time.time() * 1000),
            partition_values={"bucket": str(bucket)}, size=Path(file).stat().st_size,
        )
        for bucket, names in present.files.items() for file in names
    ]  # fmt: skip
    if actions:
        properties = CommitProperties(custom_metadata={"relance": "sample shop removed"})
        lake.table().create_write_transaction(actions, "append", lake.SCHEMA, ["bucket"], commit_properties=properties)
