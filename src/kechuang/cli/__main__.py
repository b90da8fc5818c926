"""`python -m kechuang.cli`."""

import sys

from kechuang.cli.main import main

sys.exit(main())
