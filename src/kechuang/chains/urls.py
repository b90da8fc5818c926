"""Addresses of needs and challenges."""

from django.urls import path

from kechuang.chains import views

urlpatterns = [
    path("needs/", views.needs, name="needs"),
    path("needs/new/", views.write, name="need-new"),
    path("needs/<str:number>/", views.need, name="need"),
    path("needs/<str:number>/edit/", views.write, name="need-edit"),
    path("needs/<str:number>/hand-in/", views.hand_in, name="need-hand-in"),
    path("needs/<str:number>/withdraw/", views.withdraw, name="need-withdraw"),
    path("needs/<str:number>/details/", views.details, name="need-details"),
    path("needs/<str:number>/screen/", views.screen, name="need-screen"),
    path("needs/<str:number>/list/", views.list_need, name="need-list"),
    path("challenges/", views.challenges, name="challenges"),
    path("challenges/<str:number>/", views.challenge, name="challenge"),
    path("challenges/<str:number>/ask/", views.ask, name="challenge-ask"),
    path("challenges/<str:number>/bid/", views.bid, name="challenge-bid"),
    path("challenges/<str:number>/questions/<int:question>/", views.answer, name="challenge-answer"),
]
