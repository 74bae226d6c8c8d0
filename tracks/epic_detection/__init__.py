"""EPIC-KITCHENS-100 action detection (C2)."""
