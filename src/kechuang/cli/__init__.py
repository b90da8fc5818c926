"""The command line. Commands are imported only when called, so that each starts fast.

Exit codes: 0 all assessed, 1 something was refused or a check failed, 2 unusable input.
"""

from kechuang.cli.main import main

__all__ = ["main"]
