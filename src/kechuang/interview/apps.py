"""The Django app of the interview."""

from django.apps import AppConfig


class InterviewConfig(AppConfig):
    """Questions, results, a link to share. No model: nothing is kept."""

    name = "kechuang.interview"
    label = "interview"
