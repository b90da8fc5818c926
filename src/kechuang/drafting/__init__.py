"""Drafting next year's policy: text on the left, encoding on the right, every save a version that can be checked."""
