"""The arithmetic that the temporal challenges share: ranking, matching, average precision."""
