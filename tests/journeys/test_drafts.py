"""Drafts: each change is a revision, undo and redo go through them, and who comes second changes nothing."""

from datetime import datetime

import pytest

from relance.core.errors import NotFoundError, RefusedError
from relance.core.models import AuditEntry
from relance.journeys import drafts
from relance.journeys.drafts import By
from relance.journeys.models import Draft, Revision, Version
from tests.journeys.people import SIMPLE, shop


@pytest.fixture
def anna(shared: None, now: datetime) -> By:
    """Anna, who has begun a draft."""
    by = By("Anna", now)
    drafts.start("wake", SIMPLE, by)
    return by


def text() -> str:
    return drafts.current(Draft.objects.get()).text


def changed(to: str, by: By) -> None:
    assert drafts.change("wake", to, by, seen=Draft.objects.get().revision, act="set") is not None


def test_a_draft_begun_twice_stays_as_it_is(anna: By) -> None:
    drafts.start("wake", "another", anna)
    assert text() == SIMPLE


def test_who_saw_an_earlier_revision_changes_nothing(anna: By) -> None:
    changed("second", anna)
    assert drafts.change("wake", "mine", By("Boris", anna.now), seen=1, act="set") is None
    assert drafts.undo("wake", anna, seen=1) is None
    assert text() == "second"


def test_a_change_after_undo_keeps_what_was_undone(anna: By) -> None:
    changed("second", anna)
    drafts.undo("wake", anna, seen=2)
    changed("third", anna)
    assert [revision.text for revision in Revision.objects.order_by("number")] == [SIMPLE, "second", "third"]
    drafts.undo("wake", anna, seen=3)
    assert text() == SIMPLE
    drafts.redo("wake", anna, seen=1)
    assert text() == "third"


def test_undo_at_the_beginning_and_redo_at_the_end_do_nothing(anna: By) -> None:
    drafts.undo("wake", anna, seen=1)
    drafts.redo("wake", anna, seen=1)
    assert Draft.objects.get().revision == 1


def test_each_act_is_in_the_log_with_its_person(anna: By) -> None:
    changed("second", anna)
    drafts.undo("wake", anna, seen=2)
    drafts.discard("wake", anna, seen=1)
    acts = list(AuditEntry.objects.order_by("id").values_list("action", "actor"))
    assert acts == [(f"{act} journey draft", "Anna") for act in ("start", "change", "change", "discard")]


def test_publishing_makes_a_version_and_keeps_the_draft(anna: By) -> None:
    shop(anna.now)
    version = drafts.publish("wake", anna, seen=1)
    assert version == Version.objects.get()
    assert Draft.objects.get().base == 1


def test_a_draft_whose_text_names_another_journey_is_not_published(anna: By) -> None:
    shop(anna.now)
    changed(SIMPLE.replace("journey: wake", "journey: sleep"), anna)
    with pytest.raises(RefusedError, match="names another journey"):
        drafts.publish("wake", anna, seen=2)


def test_a_draft_that_is_not_there_is_named(shared: None, now: datetime) -> None:
    with pytest.raises(NotFoundError, match="No draft is called wake"):
        drafts.undo("wake", By("Anna", now), seen=1)
