"""The worker of the tests: it runs what pages ask for, on the tests' clock; the periodic stages stay out."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django

django.setup()

from tests.browser import clock

clock.set_back()

from django.core.management import call_command
from procrastinate.contrib.django import app

from relance.core import database

if __name__ == "__main__":
    database.start()
    app.periodic_registry.periodic_tasks.clear()
    call_command("procrastinate", "worker", "--concurrency", "1")
