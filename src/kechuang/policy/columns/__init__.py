"""A city: the population evaluator, the same answers from columns."""
