"""Pages of risk pools: all of them, one with its entries and warnings, what is done with it, its export."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kechuang.accounts.acting import acting, as_role
from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.exchange.lists import write_listing
from kechuang.finance import pools, queries, rules
from kechuang.finance.forms import LossForm, MoveForm, PoolForm, RecoverForm
from kechuang.finance.models import Pool, PoolEntry
from kechuang.finance.templatetags.finance import act_word
from kechuang.journal import clock
from kechuang.policy.language.values import yuan
from kechuang.reader.paging import paged
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry.views.common import attached

SEE: Final = tuple(sorted(rules.SEE_POOLS))
Act = PoolEntry.Act
PLAIN: Final = (Act.CONTRIBUTE, Act.WITHDRAW, Act.RESERVE, Act.RELEASE)


@require_safe
@as_role(*SEE)
def every(request: HttpRequest) -> HttpResponse:
    """All pools with their balance and warnings."""
    today = clock.today()
    found = [(pool, queries.alerts(pool, today, acting(request))) for pool in queries.all_pools()]
    opens = any(pools.may_act(acting(request), one) for one in pools.MEASURES)
    return render(request, "finance/pools.html", {"pools": found, "opens": opens})


@require_http_methods(["GET", "HEAD", "POST"])
@as_role(Role.OFFICER)
def new(request: HttpRequest) -> HttpResponse:
    """Open a pool."""
    form = PoolForm(request.POST or None, initial={"concentration": "20%"})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        setup = pools.Setup(
            given["name"],
            given["measure"],
            given["source"],
            form.parts(),
            given["floor"],
            given["concentration"],
        )
        try:
            found = pools.open_pool(setup, actor=acting(request), at=clock.now())
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, refused.words.pick(language()))
        else:
            return redirect("pool", found.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "finance/pool_new.html", {"form": form}, status=status)


@require_safe
@as_role(*SEE)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One pool."""
    return _page(request, queries.pool_at(number))


def _page(
    request: HttpRequest, pool: Pool, form: Any = None, about: str = "", status: int = 200
) -> HttpResponse:
    """The pool with the forms of what one may do; `about`: which of them, where something was wrong in it."""
    membership = acting(request)
    acts = [act for act in PLAIN if pools.may_act(membership, pool.measure, act)]
    shown = {
        **paged(request, queries.entries_of(pool, membership)),
        "pool": pool,
        "shares": [(one, Fraction(one.numerator, one.denominator)) for one in pool.shares.all()],
        "alerts": queries.alerts(pool, clock.today(), membership),
        "acts": [(act, form if about == act else MoveForm()) for act in acts],
        "about": about,
        "waiting": queries.losses_waiting(pool, membership),
        "shares_losses": pools.may_act(membership, pool.measure, Act.LOSE),
        "open_losses": queries.losses_open(pool, membership),
        "recovers": pools.may_act(membership, pool.measure, Act.RECOVER),
        "loss_form": form if about == Act.LOSE else LossForm(),
        "recover_form": form if about == Act.RECOVER else RecoverForm(),
        "form": form,
    }
    return render(request, "finance/pool.html", shown, status=status)


@require_POST
@as_role(Role.OFFICER, Role.DECIDER)
def move(request: HttpRequest, number: int, act: str) -> HttpResponse:
    """Contribute, withdraw, reserve or release."""
    pool = queries.pool_at(number)
    form = MoveForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        return _done(
            request,
            pool,
            form,
            act,
            lambda: pools.move(
                pool,
                act,
                given["amount"],
                given["reason"],
                organisation=given["organisation"],
                actor=acting(request),
                at=clock.now(),
            ),
        )
    return _page(request, pool, form, act, 422)


@require_POST
@as_role(Role.DECIDER)
def lose(request: HttpRequest, number: int, line: int) -> HttpResponse:
    """Share a filed loss."""
    pool, found = queries.pool_at(number), queries.loss_at(line, acting(request))
    form = LossForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        return _done(
            request,
            pool,
            form,
            Act.LOSE,
            lambda: pools.lose(
                pool, found, given["reason"], finding=given["finding"], actor=acting(request), at=clock.now()
            ),
        )
    return _page(request, pool, form, Act.LOSE, 422)


@require_POST
@as_role(Role.OFFICER)
def recover(request: HttpRequest, number: int, entry: int) -> HttpResponse:
    """Enter what came back of a loss."""
    pool = queries.pool_at(number)
    loss = queries.shared_loss_at(pool, entry, acting(request))
    form = RecoverForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        return _done(
            request,
            pool,
            form,
            Act.RECOVER,
            lambda: pools.recover(
                loss, given["amount"], given["reason"], actor=acting(request), at=clock.now()
            ),
        )
    return _page(request, pool, form, Act.RECOVER, 422)


def _done(request: HttpRequest, pool: Pool, form: Any, about: str, act: Any) -> HttpResponse:
    try:
        act()
    except Refused as refused:
        form.add_error(
            refused.field if refused.field in form.fields else None, refused.words.pick(language())
        )
        return _page(request, pool, form, about, 409)
    return redirect("pool", pool.pk)


@require_safe
@as_role(*SEE)
def export(request: HttpRequest, number: int) -> HttpResponseBase:
    """The entries as a workbook; sums in yuan."""
    return workbook_of(number, acting(request))


def workbook_of(number: int, membership: Membership) -> FileResponse:
    """The entries of a pool that a membership may know of, in the language of the moment."""
    pool = queries.pool_at(number)
    heads = [
        _("时间"),
        _("记账事项"),
        _("单位"),
        _("资金池金额（元）"),
        _("全部金额（元）"),
        _("分担"),
        _("事由"),
        _("认定意见"),
        _("录入人"),
    ]
    return attached(
        lambda file: write_listing(file, _("台账"), heads, _rows(pool, membership)),
        f"pool-{number}.xlsx",
    )


def _rows(pool: Pool, membership: Membership) -> Iterator[list[Any]]:
    for entry in queries.entries_of(pool, membership).iterator(chunk_size=2_000):
        yield [
            f"{localtime(entry.made_at):%Y-%m-%d %H:%M}",
            act_word(entry.act),
            entry.organisation.name if entry.organisation else "",
            Decimal(entry.amount_fen) / 100,
            "" if entry.whole_fen is None else Decimal(entry.whole_fen) / 100,
            "；".join(f"{party} {yuan(part)}" for party, part in entry.parts.items()),
            entry.reason,
            entry.finding,
            entry.made_by.user.name,
        ]
