"""Running Kechuang on one machine: its data folder, its own PostgreSQL, its processes.

Standard library and psycopg only; Django is started from here as child processes, never imported.
"""
