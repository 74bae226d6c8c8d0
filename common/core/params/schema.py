"""The typed model of `params.yaml`. One class per section, in the file named after it."""

from __future__ import annotations

from typing import Literal

from common.core.params.epic_detection import EpicDetection
from common.core.params.epic_recognition import RecognitionTrack
from common.core.params.features import Features
from common.core.params.pretrain import Pretrain
from common.core.params.recognition import Recognition
from common.core.params.report import ReportParams
from common.core.params.section import Section
from common.core.params.temporal_track import TemporalTrack
from common.core.params.training import Extractors
from common.core.params.weak import WeakTrack
from common.core.params.world import World

Profile = Literal["sample", "clips", "full"]
PROFILES: tuple[Profile, ...] = ("sample", "clips", "full")


class Params(Section):
    """All params of one profile, resolved: the common values of each section with the profile's
    changes laid over.
    """

    profile: Profile
    world: World
    extractors: Extractors
    features: Features
    recognition: Recognition
    report: ReportParams
    activitynet: TemporalTrack
    hacs: TemporalTrack
    epic_detection: EpicDetection
    pretrain: Pretrain
    hacs_weak: WeakTrack
    epic_recognition: RecognitionTrack
