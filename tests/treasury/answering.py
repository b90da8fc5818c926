"""What the site answers somebody of the treasury, by page and by program."""

from __future__ import annotations

import json

from django.conf import settings
from django.test import Client
from django.urls import reverse

from kechuang.accounts import tokens
from kechuang.journal import clock


def posts(membership, name, *args, **given):
    """What a page of this person answers to its form, in Chinese and in English."""
    client = Client()
    client.force_login(membership.user)
    address = reverse(name, args=args)
    zh = client.post(address, given)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return zh, client.post(address, given)


def asks(membership, address, **given):
    """What the API answers a program of this person."""
    _, secret = tokens.make(title="程序", days=30, actor=membership, at=clock.now())
    headers = {"Authorization": f"Bearer {secret}"}
    return Client().post(
        f"/api/treasury/{address}", json.dumps(given), content_type="application/json", headers=headers
    )
