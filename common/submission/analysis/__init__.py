"""Error analysis of temporal detections: what is wrong, how much each kind costs, and for whom."""
