"""Reference data with its sources: rates, areas, departments, industries, sizes, working days, social credit codes.

Every table is a file beside this module that says where it comes from, when it was read and how sure it is.
Tables are read on first use and kept. Each module is imported by name (`from kechuang.reference.workdays
import add_working_days`), so that a caller pays only for what it reads.
"""
