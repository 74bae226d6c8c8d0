"""Action recognition of given segments: verb and noun heads, their ensemble, action scores."""
