"""Decoding, clip sampling, motion vectors, encoding."""
