"""Pages of the offices and of the public: each parses, calls one action or query, and renders."""

from kechuang.fulfilment.office_views.cases import case

__all__ = ["case"]
