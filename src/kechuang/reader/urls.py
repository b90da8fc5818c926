"""Addresses of the policy: its measures and benefits."""

from django.urls import path

from kechuang.reader import views

urlpatterns = [
    path("measures/", views.measures, name="measures"),
    path("measures/<str:key>/", views.measure, name="measure"),
    path("measures/<str:key>/<str:benefit>/", views.benefit, name="benefit"),
]
