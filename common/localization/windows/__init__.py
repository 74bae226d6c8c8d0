"""Untrimmed videos of any length: overlapping windows in, one list of proposals out.

A window goes through the same network as a whole short video. Videos of an hour stream through:
what is held at a time is one batch of windows, plus a few numbers a position.
"""
