"""A challenge with questions and a sealed bid, and a project under contract, for a site that runs: prints sessions.

python -m fulfilment.project_story
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import django


def upload():
    from django.core.files.uploadedfile import SimpleUploadedFile

    from kechuang.exchange.paper import pdf_of

    return SimpleUploadedFile("检测报告.pdf", pdf_of("<p>检测报告</p>"), "application/pdf")


def project(city, office, now):
    """A project of two under contract: one stage paid, the other reported, a delay asked for."""
    from factories import make_membership, make_organisation
    from fulfilment import projects
    from fulfilment.test_every_benefit import PACK
    from kechuang.accounts.roles import Role
    from kechuang.fulfilment import applying, workflow
    from kechuang.fulfilment.projects import consortium, filling
    from kechuang.fulfilment.projects.consortium import Stake

    manager, example = projects.applicant_of(PACK.benefit("24.grant"))
    call = projects.make_project_call(city, office, "24.grant", example.on, example.year)
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
    consortium.confirm(case.members.get(role="member"), actor=partner, at=now)
    case = projects.filled_in(case, manager, upload(), now)
    case = workflow.apply(case, "submit", actor=manager, at=now)
    case, at = projects.decided(city, office, case, now)
    case = projects.signed(office, case, at)
    case = projects.reached(office, case, 1, at)
    projects.paid_stage(city, case, 1, at)
    delay = {"milestone": 2, "text": "进口轴承到货晚一个月"}
    delay["due_on"] = case.contract.milestones.get(number=2).due_on + timedelta(days=30)
    case = workflow.apply(case, "ask_change", actor=manager, at=at, **delay)
    told = {"milestone": 2, "text": "首条产线已连续运行 400 小时"}
    case = workflow.apply(case, "report_milestone", actor=manager, at=at, **told)
    return case, manager, partner


def bid(city, office, now):
    """A challenge with two questions, one answered, and a sealed bid."""
    from chains import story
    from factories import make_membership, make_organisation
    from fulfilment.city import WAN
    from fulfilment.projects import filled_in
    from fulfilment.test_bids import APPROACH
    from kechuang.accounts.roles import Role
    from kechuang.chains import actions
    from kechuang.fulfilment import applying, workflow
    from kechuang.fulfilment.projects import filling

    story.AT = now
    challenge = story.make_challenge(office.officer, city.accountant, story.make_need())
    bidder = make_membership(Role.MANAGER, make_organisation(name="威海攻关科技有限公司"))
    actions.ask(challenge, "中试线可以使用几个月？", actor=bidder, at=now)
    asked = actions.ask(challenge, "检测费用由谁承担？", actor=bidder, at=now)
    actions.answer(asked, "由揭榜单位承担，已含在榜单金额中。", actor=office.officer, at=now)
    case = applying.start(challenge.call, actor=bidder, at=now, key=challenge.need.number)
    filling.propose(case, APPROACH, 120 * WAN, actor=bidder, at=now)
    case = filled_in(case, bidder, upload(), now)
    workflow.apply(case, "submit", actor=bidder, at=now)
    waiting = story.make_need(make_membership(Role.MANAGER, make_organisation(name="威海轴承有限公司")))
    return challenge, case, bidder, waiting


def main() -> None:
    """What the pages of projects and challenges are looked at with."""
    django.setup()
    from django.utils import timezone

    import factories

    now = timezone.now()
    factories.AT = now - timedelta(days=60)
    factories.TODAY = timezone.localdate(factories.AT)
    from fulfilment.city import make_city
    from fulfilment.projects import make_office

    city, office = make_city(), make_office()
    case, manager, partner = project(city, office, factories.AT)
    challenge, sealed, bidder, waiting = bid(city, office, now)
    people = {
        "manager": manager, "partner": partner, "bidder": bidder, "officer": office.officer,
        "accountant": city.accountant,
    }  # fmt: skip
    said = {
        "case": case.number,
        "bid": sealed.number,
        "need": challenge.need.number,
        "waiting": waiting.number,
        "call": challenge.call.number,
        **{name: factories.session_of(one) for name, one in people.items()},
    }
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
