"""The Django app of uploads, results and the list of measures."""

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    """Uploaded files, their assessments, their pages."""

    name = "kechuang.entitlements"
    label = "entitlements"
