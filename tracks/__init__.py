"""One folder per challenge entry. A track imports `common`, never another track."""
