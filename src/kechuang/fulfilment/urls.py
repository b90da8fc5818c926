"""Addresses of this room."""

from django.urls import path

from kechuang.fulfilment import views

urlpatterns = [
    path("cases/<str:number>/", views.case, name="case"),
]
