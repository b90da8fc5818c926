"""A client that signs in as people do, and one that acts as a membership."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.fixture
def act_as(db):
    """A function that gives a client signed in as a membership, or as a new one in a role."""
    from factories import make_membership
    from kechuang.accounts.acting import CHOSEN

    def signed_in(membership_or_role, **more):
        membership = (
            make_membership(membership_or_role, **more)
            if isinstance(membership_or_role, str)
            else membership_or_role
        )
        client = Client()
        client.force_login(membership.user)
        session = client.session
        session[CHOSEN] = membership.pk
        session.save()
        client.membership = membership
        return client

    return signed_in
