"""Pinned sources; pull, link, compose, doctor."""
