"""Addresses of panels, sheets, results and sums."""

from django.urls import path

from kechuang.fulfilment.judging.views import calls, meetings, panels, requests, reviews, seats

urlpatterns = [
    path("panels/", panels.index, name="panels"),
    path("panels/<int:number>/", panels.page, name="panel"),
    path("panels/<int:number>/fields/", panels.fields, name="panel-fields"),
    path("panels/<int:number>/assign/", panels.assign, name="panel-assign"),
    path("panels/<int:number>/begin/", panels.begin, name="panel-begin"),
    path("panels/<int:number>/extend/", panels.extend, name="panel-extend"),
    path("panels/<int:number>/documents/", panels.blind, name="panel-blind"),
    path("panels/<int:number>/meeting/", meetings.meeting, name="panel-meeting"),
    path("panels/<int:number>/dissent/", meetings.dissent, name="panel-dissent"),
    path("panels/<int:number>/conclude/", meetings.conclude, name="panel-conclude"),
    path("panels/<int:number>/seats/", seats.add, name="panel-seat-add"),
    path("panels/<int:number>/seats/leave/", seats.leave, name="panel-seat-leave"),
    path("panels/<int:number>/chair/", seats.chair, name="panel-chair"),
    path("panels/<int:number>/grade/", meetings.grade, name="panel-grade"),
    path("cases/<str:number>/recusals/", requests.ask, name="case-recusals"),
    path("recusal-requests/", requests.index, name="recusal-requests"),
    path("recusal-requests/<int:number>/", requests.page, name="recusal-request"),
    path("reviews/", reviews.index, name="reviews"),
    path("reviews/<int:number>/", reviews.page, name="review"),
    path("reviews/<int:number>/save/", reviews.save, name="review-save"),
    path("reviews/<int:number>/return/", reviews.give_back, name="review-return"),
    path("reviews/<int:number>/explain/", reviews.explain, name="review-explain"),
    path("reviews/<int:number>/documents/<int:document>/", reviews.paper, name="review-document"),
    path("calls/<str:number>/panels/new/", panels.new, name="panel-new"),
    path("calls/<str:number>/rubric/", calls.rubric, name="call-rubric"),
    path("calls/<str:number>/evaluation/", calls.evaluation, name="call-evaluation"),
    path("calls/<str:number>/allocation/", calls.allocation, name="call-allocation"),
]
