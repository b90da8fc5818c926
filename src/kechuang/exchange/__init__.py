"""Files in and out: workbooks, JSON and Parquet become an intake of cases; results become reports.

Import what you need by module (`from kechuang.exchange.reading import read_file`), so that a caller pays
only for what it uses.
"""
