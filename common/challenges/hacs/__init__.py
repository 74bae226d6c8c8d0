"""HACS Segments v1.1.1: the ActivityNet detection metric on its own annotation file."""
