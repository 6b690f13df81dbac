"""What pages ask for has a queue of its own: a long import keeps no mail waiting."""

from importlib import import_module
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import call_command
from procrastinate.contrib.django import app

from relance.cli import server
from relance.core import database
from relance.core.errors import RefusedError
from relance.workers import background, tasks


def test_what_pages_ask_for_is_queued_apart_from_what_is_due() -> None:
    for module in settings.TASKS:
        import_module(module)
    ours = {name: task for name, task in app.tasks.items() if name.startswith("relance.")}
    due = {periodic.task.name for periodic in app.periodic_registry.periodic_tasks.values()}
    assert {task.queue for name, task in ours.items() if name in due} == {"default"}
    assert {task.queue for name, task in ours.items() if name not in due} == {background.QUEUE}
    assert len(ours) > len(due) + 8


@pytest.mark.parametrize(
    ("only", "does", "leaves"),
    [(background.QUEUE, "check_file", "sweep_uploads"), ("default", "sweep_uploads", "check_file")],
)
def test_a_worker_of_one_queue_leaves_the_other(db: None, only: str, does: str, leaves: str) -> None:
    tasks.check_file.defer(work_id=str(uuid4()))
    app.configure_task(tasks.sweep_uploads.name).defer(timestamp=0)
    call_command("procrastinate", "worker", "--concurrency", "1", "--queues", only, "--one-shot")
    found = dict(database.rows("SELECT split_part(task_name, '.', -1), status::text FROM procrastinate_jobs"))
    assert (found[does], found[leaves]) == ("succeeded", "todo")


def test_a_worker_is_kept_to_one_thing_at_most() -> None:
    with pytest.raises(RefusedError, match="choose one of"):
        server.worker(only_sends=True, only_works=True)
