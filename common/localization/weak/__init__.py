"""Localisation from video labels alone: nothing here reads a segment annotation."""
