"""Addresses of the applicant's pages."""

from django.urls import path

from kechuang.fulfilment import applicant_views as views

urlpatterns = [
    path("home/", views.home, name="home-applicant"),
    path("calls/<str:number>/apply", views.apply, name="apply"),
    path("cases/<str:number>/parts/<slug:key>", views.part, name="case-part"),
    path("cases/<str:number>/parts/<slug:key>/answer", views.answer, name="case-answer"),
    path("cases/<str:number>/check", views.check, name="case-check"),
    path("cases/<str:number>/receipt", views.receipt, name="case-receipt"),
    path("cases/<str:number>/receipt.pdf", views.receipt_paper, name="case-receipt-paper"),
    path("cases/<str:number>/decision.pdf", views.decision_paper, name="case-decision-paper"),
    path("cases/<str:number>/confirm", views.confirm, name="case-confirm"),
    path("cases/<str:number>/decline", views.decline, name="case-decline"),
    path("cases/<str:number>/account", views.correct_account, name="case-account"),
    path("cases/<str:number>/contract/sign", views.sign_contract, name="contract-sign"),
    path("cases/<str:number>/contract/return", views.return_contract, name="contract-return"),
    path("cases/<str:number>/defence", views.defend, name="case-defence"),
    path("cases/<str:number>/withdraw", views.withdraw, name="case-withdraw"),
]
