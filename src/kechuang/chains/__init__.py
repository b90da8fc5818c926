"""Needs of organisations: screened by four aspects, listed as challenges to bid for, asked about in public."""
