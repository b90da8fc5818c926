"""PDF files: Chinese text that can be found in them, and nothing loaded from anywhere."""

from __future__ import annotations

import io

import pytest
from pdfminer.high_level import extract_text

from kechuang.exchange.paper import pdf_of


def test_a_paper_holds_its_chinese_text():
    made = pdf_of("<h1>测算结果</h1><p>可享 5.00 万元</p>")

    text = extract_text(io.BytesIO(made))

    assert made.startswith(b"%PDF-")
    assert "测算结果" in text
    assert "可享 5.00 万元" in text


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:1/picture.png"])
def test_a_paper_loads_nothing(address, caplog):
    made = pdf_of(f'<p>正文</p><img src="{address}" alt="">')

    assert made.startswith(b"%PDF-")
    assert "Failed to load image" in caplog.text
    assert "disallowed protocol" in caplog.text
