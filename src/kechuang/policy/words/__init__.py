"""Expressions and results as sentences, 中文 and English; the generated pages of the documents."""
