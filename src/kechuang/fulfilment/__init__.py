"""Calls, cases, the one workflow, reviews, public notices with objections, decisions."""
