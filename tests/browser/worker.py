"""The worker of the tests: it runs what pages ask for, on the tests' clock; the periodic stages stay out."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from tests.browser import clock

clock.set_back()

from procrastinate.contrib.django import app

from relance.core import database
from relance.workers import all_tasks, tasks  # the periodic ones are known from here on

if __name__ == "__main__":
    database.start()
    assert tasks
    app.periodic_registry.periodic_tasks.clear()
    all_tasks.work()
