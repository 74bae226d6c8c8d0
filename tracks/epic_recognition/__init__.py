"""EPIC-KITCHENS-100 action recognition."""
