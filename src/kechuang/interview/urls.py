"""Addresses of the interview."""

from django.urls import path

from kechuang.interview import views

urlpatterns = [
    path("ask/", views.start, name="ask"),
    path("ask/questions/", views.questions, name="ask-questions"),
    path("ask/results/", views.results, name="ask-results"),
    path("ask/results/<str:measure>/<str:key>/", views.reasons, name="ask-reasons"),
    path("ask/results.pdf", views.paper, name="ask-paper"),
    path("ask/results.<str:form>", views.download, name="ask-download"),
    path("ask/share/", views.share, name="ask-share"),
]
