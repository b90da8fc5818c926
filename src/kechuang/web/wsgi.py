"""What the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kechuang.web.settings")
application = get_wsgi_application()

# Made before the first visitor comes, and once for all processes.
from kechuang.web.warming import warm_up  # noqa: E402 - Django has to be set up

warm_up()
gc.collect()
gc.freeze()  # policy and program live on: looking for dead objects among them would hold up a visitor for 0.1 s
