"""Packaging, manifest, verification, report."""
