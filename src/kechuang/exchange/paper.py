"""Pages on paper: HTML to PDF in the look of official Chinese documents.

The HTML brings its own text only: whatever it names to be loaded, from this machine or another, is refused.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Any

from kechuang.policy.language.values import Words

STYLE = Path(__file__).with_name("paper.css")


class PaperError(OSError):
    """No PDF can be made on this machine; `words` says why and what to install."""

    def __init__(self, cause: Exception) -> None:
        self.words = Words(
            f"本机缺少生成 PDF 所需的系统库（{cause}）；请安装 Debian 软件包 libpango-1.0-0、libpangoft2-1.0-0、"
            "libharfbuzz-subset0 和 fonts-noto-cjk",
            f"this machine lacks a library that PDF files need ({cause}); install Debian's libpango-1.0-0, "
            "libpangoft2-1.0-0, libharfbuzz-subset0 and fonts-noto-cjk",
        )
        super().__init__(self.words.en)


def pdf_of(html: str) -> bytes:
    """A whole HTML page as a PDF file on A4, styled by paper.css. Raises PaperError when the machine cannot."""
    weasyprint, style = _weasyprint()
    made: bytes = weasyprint.HTML(string=html, url_fetcher=_nothing()).write_pdf(stylesheets=[style])
    return made


@cache
def _weasyprint() -> tuple[Any, Any]:
    """The library, loaded when the first paper is asked for, and our style as it reads it."""
    try:
        import weasyprint
    except OSError as error:
        raise PaperError(error) from error
    logging.getLogger("weasyprint.progress").setLevel(
        logging.WARNING
    )  # else a line in the log for every page
    return weasyprint, weasyprint.CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=_nothing())


def _nothing() -> Any:
    """A fetcher that fetches nothing: no protocol is allowed."""
    from weasyprint.urls import URLFetcher

    return URLFetcher(allowed_protocols=())
