"""A challenge with a question and a sealed bid, and a project under contract, for a site that runs: prints sessions.

python -m fulfilment.project_story
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import django


def main() -> None:  # noqa: PLR0915 - a story goes step by step
    """What the pages of projects and challenges are looked at with."""
    django.setup()
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client
    from django.utils import timezone

    import factories

    now = timezone.now() - timedelta(days=60)
    factories.AT, factories.TODAY = now, timezone.localdate(now)
    from chains.story import make_challenge, make_need
    from factories import make_membership, make_organisation
    from fulfilment.city import WAN, make_city
    from fulfilment.projects import (
        applicant_of,
        decided,
        filled_in,
        make_office,
        make_project_call,
        paid_stage,
        reached,
        signed,
    )
    from fulfilment.test_bids import APPROACH
    from fulfilment.test_every_benefit import PACK
    from kechuang.accounts.roles import Role
    from kechuang.chains import actions
    from kechuang.exchange.paper import pdf_of
    from kechuang.fulfilment import applying, workflow
    from kechuang.fulfilment.projects import filling
    from kechuang.fulfilment.projects.consortium import Stake

    def session_of(membership) -> str:
        client = Client()
        client.force_login(membership.user)
        return client.cookies["sessionid"].value

    upload = SimpleUploadedFile("检测报告.pdf", pdf_of("<p>检测报告</p>"), "application/pdf")
    city, office = make_city(), make_office()
    manager, example = applicant_of(PACK.benefit("24.grant"))
    call = make_project_call(city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, now)[0]
    case = applying.start(call, actor=manager, at=now, key=key)
    partner = make_membership(
        Role.MANAGER, make_organisation(name="哈尔滨工业大学（威海）", kind="university")
    )
    stakes = [
        Stake(case.organisation, 6667, 6000, "总体设计、样机试制和产线验证"),
        Stake(partner.organisation, 3333, 4000, "材料配方和检测"),
    ]
    filling.name_members(case, stakes, actor=manager, at=now)
    from kechuang.fulfilment.projects import consortium

    consortium.confirm(case.members.get(role="member"), actor=partner, at=now)
    case = filled_in(case, manager, upload, now)
    case = workflow.apply(case, "submit", actor=manager, at=now)
    case, at = decided(city, office, case, now)
    case = signed(office, case, at)
    case = reached(office, case, 1, at)
    paid_stage(city, case, 1, at)
    day = case.contract.milestones.get(number=2).due_on + timedelta(days=30)
    case = workflow.apply(
        case, "ask_change", actor=manager, at=at, milestone=2, due_on=day, text="进口轴承到货晚一个月"
    )
    case = workflow.apply(
        case, "report_milestone", actor=manager, at=at, milestone=2, text="首条产线已连续运行 400 小时"
    )

    factories.AT = timezone.now()
    from chains import story

    story.AT = factories.AT
    challenge = make_challenge(office.officer, city.accountant, make_need())
    bidder = make_membership(Role.MANAGER, make_organisation(name="威海攻关科技有限公司"))
    actions.ask(challenge, "中试线可以使用几个月？", actor=bidder, at=factories.AT)
    asked = actions.ask(challenge, "检测费用由谁承担？", actor=bidder, at=factories.AT)
    actions.answer(asked, "由揭榜单位承担，已含在榜单金额中。", actor=office.officer, at=factories.AT)
    bid = applying.start(challenge.call, actor=bidder, at=factories.AT, key=challenge.need.number)
    filling.propose(bid, APPROACH, 120 * WAN, actor=bidder, at=factories.AT)
    upload.seek(0)
    bid = filled_in(bid, bidder, upload, factories.AT)
    workflow.apply(bid, "submit", actor=bidder, at=factories.AT)
    waiting = make_need(make_membership(Role.MANAGER, make_organisation(name="威海轴承有限公司")))
    said = {
        "case": case.number,
        "bid": bid.number,
        "need": challenge.need.number,
        "waiting": waiting.number,
        "call": challenge.call.number,
        "manager": session_of(manager),
        "partner": session_of(partner),
        "bidder": session_of(bidder),
        "officer": session_of(office.officer),
        "accountant": session_of(city.accountant),
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
