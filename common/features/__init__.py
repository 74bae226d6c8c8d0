"""The feature store, extraction, import and export."""
