"""Labels, proposals, Soft-NMS, detection, ensembling: what the temporal tracks share."""
