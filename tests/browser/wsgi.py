"""What granian serves in the tests: the pages, on the tests' clock."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

from tests.browser import clock

clock.set_back()

from relance.core import database
from relance.wsgi import application

database.start()  # the embedded server lives as long as a process that asked for it

__all__ = ["application"]
