"""Recognition of trimmed clips: lists, sampling, augmentation, training, views, accuracy."""
