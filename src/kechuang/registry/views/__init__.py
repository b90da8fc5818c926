"""Pages of the registry: each parses, calls one action or query, and renders."""
