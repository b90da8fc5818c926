"""Addresses of this room; there are none outside a demonstration."""

from django.urls import path

from kechuang.demonstration import views

urlpatterns = [
    path("demo/", views.demo, name="demo"),
    path("demo/enter", views.enter, name="demo-enter"),
    path("demo/clock", views.forward, name="demo-clock"),
]
