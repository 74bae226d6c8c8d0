"""DAVIS: semi-supervised and unsupervised video object segmentation."""
