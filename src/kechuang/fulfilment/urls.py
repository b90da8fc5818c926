"""Addresses of this room."""

from django.urls import include, path

from kechuang.fulfilment import views

urlpatterns = [
    path("cases/", views.cases, name="cases"),
    path("cases/<str:number>/", views.case, name="case"),
    path("", include("kechuang.fulfilment.applicant_urls")),
]
