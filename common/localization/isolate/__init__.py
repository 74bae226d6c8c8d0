"""Isolating experiments: synthetic sequences on which one component must show its effect."""
