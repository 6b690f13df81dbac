"""What granian serves as the tracking server."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")
django.setup()

from relance.tracking.app import Tracking  # noqa: E402

application = Tracking()
