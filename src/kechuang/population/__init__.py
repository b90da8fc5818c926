"""Synthetic cities: realistic, deterministic by seed, and marked as synthetic, to try a policy on a population.

Social credit codes are well-formed and areas and industries are real codes, but every subject, record and
figure is made up; names begin with 样例 (sample). Use `kechuang.population.generate.generate` for a table and
`write_parquet` for a file.
"""
