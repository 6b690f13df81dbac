"""What granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")
application = get_wsgi_application()
assert get_resolver().url_patterns  # the pages are loaded before the first visitor comes, who would wait for seconds
