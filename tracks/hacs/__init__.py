"""HACS temporal action localization, fully and weakly supervised."""
