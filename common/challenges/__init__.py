"""One package per challenge: annotations, evaluator, validator, writer. No torch."""
