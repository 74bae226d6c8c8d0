"""Ground floor: errors, records, time, params, files, hashes, seeds, progress, the launcher.

It imports no other floor.
"""
