"""The rendered sample world."""
