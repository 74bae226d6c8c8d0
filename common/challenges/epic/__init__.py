"""EPIC-KITCHENS-100: action detection (C2) and action recognition (C1)."""

from common.challenges.epic.detection import evaluate_detections
from common.challenges.epic.recognition import evaluate_recognition

__all__ = ["evaluate_detections", "evaluate_recognition"]
