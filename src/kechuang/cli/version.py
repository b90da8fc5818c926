"""`kechuang --version`."""

from __future__ import annotations

import argparse

import kechuang


def run(_: argparse.Namespace) -> int:
    """Print the version."""
    print(f"kechuang {kechuang.__version__}")
    return 0
