"""What the web server runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kechuang.web.settings")
application = get_wsgi_application()

# Read before the first visitor comes, and once for all processes.
from kechuang.reader.packs import pack_in_force  # noqa: E402 - Django has to be set up

pack_in_force()
