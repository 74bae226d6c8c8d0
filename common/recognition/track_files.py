"""Where the stages of the recognition track find and leave their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from common.challenges.epic.ground_truth import EpicTruth, read_truth
from common.challenges.formats import Settings
from common.core.params.epic_recognition import RecognitionTrack


@dataclass(frozen=True, slots=True)
class RecognitionFiles:
    """The folders of the track in one profile.

    Args:
        annotations: EPIC tables; the test segments have no classes there.
        truth: their classes; only scoring may read them.
        features: one feature set a folder.
        own: what the track makes.
    """

    annotations: Path
    truth: Path
    features: Path
    own: Path

    @classmethod
    def of(cls, profile: str, track: str, root: Path = Path("artifacts")) -> RecognitionFiles:
        """The folders of the DAG."""
        base = root / profile
        epic = base / "epic"
        return cls(epic / "annotations", epic / "truth", base / "features", base / track)

    @property
    def clips(self) -> Path:
        """Clip features: `<member>/<role>.safetensors`."""
        return self.own / "clips"

    @property
    def heads(self) -> Path:
        """Classifiers: `<task>/<method>/<member>.safetensors`."""
        return self.own / "heads"

    def reported(self, track: RecognitionTrack) -> Path:
        """The tables that hold the classes of the reported segments."""
        return self.truth if track.subset == "test" else self.annotations

    def read_truth(self, track: RecognitionTrack) -> EpicTruth:
        """The reported segments with their classes, the tail lists, the unseen participants.

        Raises:
            InputError: the classes are not there (the official test set).
        """
        truth = read_truth(self.reported(track), Settings(subset=track.subset))
        truth.require_classes()
        return truth
