"""A worker of every task: what it may be asked to do is imported here, and nowhere else in one go."""

import gc
from importlib import import_module

from django.conf import settings
from django.core.management import call_command


def work(*, only: str = "") -> None:
    """Do what is asked for and what is due, one task at a time, until stopped; of one queue, where one is named."""
    for module in settings.TASKS:
        import_module(module)
    gc.freeze()  # what was loaded stays: no sweep goes over it again, which took a sixth of the gate's time
    call_command("procrastinate", "worker", "--concurrency", "1", *(["--queues", only] if only else []))
