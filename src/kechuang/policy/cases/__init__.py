"""One case: facts, the reference evaluator, outcomes with reasons."""
