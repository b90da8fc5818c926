"""What the story of a payment begins with: money, two people of the finance bureau signed in, awards that are due.

Run against the database of a site: `python -m treasury.story`; prints the keys of their sessions.
"""

from __future__ import annotations

import json
import sys

import django


def begin() -> dict[str, str]:
    """Two awards of measure 9 wait to be paid; who is signed in with which session."""
    from factories import session_of
    from treasury.factories import (
        make_accountant,
        make_appropriation,
        make_payable_award,
        make_payee,
        make_treasurer,
    )

    money = make_appropriation(2_000_000)
    for name, yuan in (("威海甲机械有限公司", 500_000), ("威海乙电子有限公司", 123_456)):
        make_payable_award(money, yuan, organisation=make_payee(name=name))
    return {"accountant": session_of(make_accountant()), "treasurer": session_of(make_treasurer())}


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(begin()))
