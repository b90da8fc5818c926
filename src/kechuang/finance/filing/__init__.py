"""Filings of banks and insurers: their kinds, how lines are read, checked, applied and taken back."""
