"""Django's commands: `python -m kechuang.web migrate`."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kechuang.web.settings")
execute_from_command_line(["kechuang.web", *sys.argv[1:]])
