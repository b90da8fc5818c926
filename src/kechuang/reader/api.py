"""The API's readings of packs: list, document, measures, benefits, anchors, vocabulary. All answers can be kept."""

from __future__ import annotations

import json
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Path, Query, Router

from kechuang.exchange.facts_schema import DIALECT, facts_schema
from kechuang.policy.encoding.binding import bind
from kechuang.policy.language.values import Words
from kechuang.reader import api_benefit_shapes as benefit_shapes
from kechuang.reader import api_shapes as shapes
from kechuang.reader import as_data, benefit_data
from kechuang.reader.answers import Day, kept_answer, pack_at
from kechuang.reader.packs import packs_listed
from kechuang.reader.problems import missing_resource
from kechuang.reader.told import told

router = Router(tags=["packs"])
PackId = Annotated[str, Path(..., examples=["weihai-2023-5"], description="政策包编号 · id of the pack")]


@router.get(
    "",
    response=shapes.Packs,
    **told("list_packs", "政策包一览", "List the packs", "本站可用的政策包，附内容校验值、有效期和数量。"),
)
def list_packs(request: HttpRequest) -> HttpResponse:
    """The packs that can be asked, each with content hash, dates and counts."""
    packs = packs_listed()
    hashes = tuple(pack.hash for pack in packs)
    return kept_answer(
        request, hashes, lambda: shapes.Packs(packs=[as_data.pack_brief(pack) for pack in packs])
    )


@router.get(
    "/{pack}",
    response=shapes.Pack,
    **told("read_pack", "一个政策包", "Read a pack", "文件、口径及其他读法、实施细则、尾数处理。"),
)
def read_pack(request: HttpRequest, pack: PackId) -> HttpResponse:
    """The document, the readings with their alternatives, implementing rules, rounding."""
    found = pack_at(pack)
    return kept_answer(request, (found.hash,), lambda: as_data.pack(found))


@router.get(
    "/{pack}/document",
    response=shapes.FullText,
    **told(
        "read_document",
        "政策原文",
        "Read the document",
        "规范化的全文和结构；所有 start、end 都指向这里的 text。",
    ),
)
def read_document(request: HttpRequest, pack: PackId) -> HttpResponse:
    """The normalised text and its structure; every `start` and `end` of the API points into this `text`."""
    found = pack_at(pack)
    return kept_answer(request, (found.hash,), lambda: as_data.full_text(found))


@router.get(
    "/{pack}/measures",
    response=shapes.Measures,
    **told(
        "list_measures",
        "措施一览",
        "List the measures",
        "按文件顺序列出措施和保障措施，附责任单位和政策事项。",
    ),
)
def list_measures(request: HttpRequest, pack: PackId) -> HttpResponse:
    """Measures and safeguards in the order of the document, with departments and benefits."""
    found = pack_at(pack)
    return kept_answer(request, (found.hash,), lambda: as_data.measures(found))


@router.get(
    "/{pack}/measures/{key}",
    response=benefit_shapes.Measure,
    **told(
        "read_measure",
        "一条措施",
        "Read a measure",
        "原文、句子锚点、政策事项、部门职责，以及不计算的文字和理由。",
    ),
)
def read_measure(
    request: HttpRequest,
    pack: PackId,
    key: Annotated[str, Path(..., examples=["9"], description="条目编号，如 9、S1 · number of the measure")],
) -> HttpResponse:
    """Its words, anchors, benefits and duties, and which words are not computed, and why."""
    found = pack_at(pack)
    if key not in found.measures:
        raise missing_resource(Words("没有这一条", "There is no such measure"), list(found.measures))
    return kept_answer(request, (found.hash,), lambda: as_data.measure(found, key))


@router.get(
    "/{pack}/benefits/{benefit}",
    response=benefit_shapes.Benefit,
    **told(
        "read_benefit",
        "一个政策事项",
        "Read a benefit",
        "每个条件的句子、表达式、原文及其位置；标准的历次数值；金额、上限、证明材料、责任单位、口径、算例。",
    ),
)
def read_benefit(
    request: HttpRequest,
    pack: PackId,
    benefit: Annotated[str, Path(..., examples=["9.rd_growth"], description="事项编号 · id of the benefit")],
    on: Annotated[
        Day | None, Query(None, description="按哪一天的标准，缺省为今天 · day, today by default")
    ] = None,
) -> HttpResponse:
    """Conditions as sentence, expression and quote with its place, and all else that a benefit is made of.

    Parameters with dated values, amount, ceilings, evidence, departments, readings, worked examples.
    """
    found = pack_at(pack)
    known = [one.id for one in found.benefits]
    if benefit not in known:
        raise missing_resource(Words("没有这一事项", "There is no such benefit"), known)
    day = on or timezone.localdate()
    return kept_answer(request, (found.hash, day), lambda: benefit_data.benefit(bind(found, day), benefit))


@router.get(
    "/{pack}/anchors",
    response=shapes.Anchors,
    **told("list_anchors", "锚点一览", "List the anchors", "文件的全部锚点：标题、部分、条目、句子。"),
)
def list_anchors(request: HttpRequest, pack: PackId) -> HttpResponse:
    """All anchors of the document: title, parts, measures, sentences."""
    found = pack_at(pack)
    return kept_answer(request, (found.hash,), lambda: as_data.anchors(found))


@router.get(
    "/{pack}/anchors/{anchor}",
    response=shapes.Anchor,
    **told(
        "read_anchor",
        "一个锚点",
        "Read an anchor",
        "原文、位置、摘要，以及其中每个数字、界限词和部门由政策包的何处负责。",
    ),
)
def read_anchor(
    request: HttpRequest,
    pack: PackId,
    anchor: Annotated[
        str, Path(..., examples=["9.1"], description="锚点，如 9.1、closing · id of the anchor")
    ],
) -> HttpResponse:
    """Its words, place and digest, and what of the pack answers for each figure, boundary word and department."""
    found = pack_at(pack)
    if anchor not in found.document.anchors:
        raise missing_resource(Words("没有这一锚点", "There is no such anchor"), list(found.document.anchors))
    return kept_answer(request, (found.hash,), lambda: as_data.anchor(found, anchor))


@router.get(
    "/{pack}/vocabulary",
    response=shapes.Vocabulary,
    **told(
        "read_vocabulary",
        "事实词汇",
        "Read the vocabulary",
        "可能用到的每项事实：类型、说明、由哪个部门掌握，以及代码表。",
    ),
)
def read_vocabulary(request: HttpRequest, pack: PackId) -> HttpResponse:
    """Every fact that may be asked for: type, note, the register that holds it; and the code lists."""
    found = pack_at(pack)
    return kept_answer(request, (found.hash,), lambda: as_data.vocabulary(found))


@router.get(
    "/{pack}/schema",
    response=dict[str, object],
    **told(
        "read_schema",
        "事实的 JSON Schema",
        "JSON Schema of facts",
        "一户的事实应怎样写，JSON Schema 2020-12，可供编辑器和表单使用。",
    ),
)
def read_schema(request: HttpRequest, pack: PackId) -> HttpResponse:
    """How the facts of one case are written, as JSON Schema 2020-12, for editors and forms."""
    found = pack_at(pack)
    schema = {"$schema": DIALECT, **facts_schema(found.vocabulary)}
    return kept_answer(request, (found.hash,), lambda: json.dumps(schema, ensure_ascii=False))
