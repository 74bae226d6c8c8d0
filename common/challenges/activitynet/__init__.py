"""ActivityNet 1.2 and 1.3: detection, proposals, classification."""

from common.challenges.activitynet.annotations import Annotations, read_annotations
from common.challenges.activitynet.classification import evaluate_classification
from common.challenges.activitynet.detection import evaluate_detections
from common.challenges.activitynet.proposals import evaluate_proposals

__all__ = [
    "Annotations",
    "evaluate_classification",
    "evaluate_detections",
    "evaluate_proposals",
    "read_annotations",
]
