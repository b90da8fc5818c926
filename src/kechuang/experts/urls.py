"""Addresses of the pool, of recusals and of draws."""

from __future__ import annotations

from django.urls import path

from kechuang.experts import draw_views, views

urlpatterns = [
    path("experts/", views.index, name="experts"),
    path("experts/new/", views.new, name="expert-new"),
    path("experts/works/new/", views.work, name="expert-work"),
    path("experts/<int:number>/", views.one, name="expert-entry"),
    path("experts/<int:number>/<slug:name>/", views.act, name="expert-act"),
    path("expert/", views.own, name="expert"),
    path("expert/<slug:name>/", views.own_act, name="expert-own-act"),
    path("recusals/", draw_views.recusals, name="recusals"),
    path("recusals/<int:number>/withdraw/", draw_views.withdraw, name="recusal-withdraw"),
    path("draws/", draw_views.draws, name="draws"),
    path("draws/new/", draw_views.new, name="draw-new"),
    path("draws/<slug:number>/", draw_views.draw, name="draw"),
    path("draws/<slug:number>.json", draw_views.as_json, name="draw-json"),
    path("draws/<slug:number>/<slug:name>/", draw_views.act, name="draw-act"),
]
