"""What granian serves as the tracking server."""

import gc
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")
django.setup()

from relance.tracking.app import Tracking  # noqa: E402

application = Tracking()
gc.freeze()  # what was loaded stays: no sweep goes over it again
