"""Addresses of this room."""

from django.urls import path, re_path

from kechuang.finance.views import filings, offers, offices, pools

urlpatterns = [
    path("filings/", filings.every, name="filings"),
    path("filings/new/", filings.new, name="filing-new"),
    path("filings/lines/", filings.lines, name="filed-lines"),
    path("filings/template/<str:kind>/<str:language>.xlsx", filings.template, name="filing-template"),
    path("filings/<int:number>/", filings.one, name="filing"),
    path("filings/<int:number>/apply/", filings.apply, name="filing-apply"),
    path("filings/<int:number>/undo/", filings.undo, name="filing-undo"),
    path("filings/<int:number>/errors.xlsx", filings.errors, name="filing-errors"),
    path("overlaps/", offices.overlap_list, name="overlaps"),
    path("overlaps/<int:number>/", offices.overlap, name="overlap"),
    path("partners/", offices.partner_list, name="partners"),
    path("partners/<int:number>/end/", offices.partner_end, name="partner-end"),
    path("letters/", offices.letter_list, name="letters"),
    path("letters/new/", offices.letter_new, name="letter-new"),
    path("letters/<int:number>/", offices.letter, name="letter"),
    path("letters/<int:number>/letter.pdf", offices.letter_paper, name="letter-paper"),
    re_path(
        r"^letters/(?P<number>[0-9]{1,9})/(?P<act>issue|discard)/$", offices.letter_act, name="letter-act"
    ),
    path("series/", offices.series_page, name="series"),
    path("pools/", pools.every, name="pools"),
    path("pools/new/", pools.new, name="pool-new"),
    path("pools/<int:number>/", pools.one, name="pool"),
    path("pools/<int:number>/export.xlsx", pools.export, name="pool-export"),
    re_path(
        r"^pools/(?P<number>[0-9]{1,9})/(?P<act>contribute|withdraw|reserve|release)/$",
        pools.move,
        name="pool-move",
    ),
    path("pools/<int:number>/losses/<int:line>/", pools.lose, name="pool-lose"),
    path("pools/<int:number>/entries/<int:entry>/recover/", pools.recover, name="pool-recover"),
    path("standing/finance/", offers.mine, name="offers"),
]
