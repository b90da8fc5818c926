"""`kechuang run`: starts the site."""

from __future__ import annotations

import argparse

from kechuang.cli.main import OK
from kechuang.operations.run import run_site


def run(args: argparse.Namespace) -> int:
    """Start the site and stay until it is stopped."""
    run_site(args.host, args.port, web_processes=args.processes, only=args.only)
    return OK
