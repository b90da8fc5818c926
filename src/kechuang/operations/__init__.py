"""Running Kechuang: its data folder, its own PostgreSQL, its processes, backup and restore, checks.

Standard library and psycopg only, and of the policy library the words in two languages; Django is started from here as
child processes, never imported.
"""
