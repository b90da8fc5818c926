"""Addresses of projects."""

from django.urls import path

from kechuang.fulfilment.projects import views

urlpatterns = [
    path("projects/", views.index, name="projects"),
    path("projects/list.xlsx", views.export, name="projects-export"),
    path("projects/invitations/", views.invitations, name="consortium-invitations"),
    path("projects/invitations/<int:number>/confirm/", views.confirm, name="consortium-confirm"),
    path("cases/<str:number>/milestones/<int:place>/report/", views.report, name="milestone-report"),
    path("cases/<str:number>/change/", views.ask_change, name="contract-change"),
    path("cases/<str:number>/take-back/", views.take_back, name="case-take-back"),
    path("cases/<str:number>/select/", views.select, name="case-select"),
    path("cases/<str:number>/matched/", views.matched, name="case-matched"),
    path("calls/<str:number>/open-bids/", views.open_bids, name="open-bids"),
]
