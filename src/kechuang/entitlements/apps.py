"""The Django app of uploads and results."""

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    """Uploaded files, their assessments, their pages."""

    name = "kechuang.entitlements"
    label = "entitlements"
