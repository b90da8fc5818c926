"""The pack: YAML read into one frozen Pack, each figure traced to the place that encodes it, bound to a date."""
