"""Judging: rubrics, panels, sealed scores, results, meetings, grades, and sums proposed under a ceiling."""
