"""Addresses of simulations."""

from django.urls import path

from kechuang.insight import views

urlpatterns = [
    path("simulate/", views.simulate, name="simulate"),
    path("simulate/report.<str:kind>", views.report, name="simulate-report"),
]
