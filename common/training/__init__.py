"""mmengine runner, recipes, samplers, long-tail classifiers."""
