"""The Django app of the policy pages."""

from django.apps import AppConfig


class ReaderConfig(AppConfig):
    """The document, its measures and benefits, and the pieces that explain a result."""

    name = "kechuang.reader"
    label = "reader"
