"""Kechuang (科创): a city's innovation policy as running software."""

__version__ = "0.1.0"
