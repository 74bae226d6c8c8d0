"""One video of any length -> its proposals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from common.core.params.localization import ProposalRule, SoftNms
from common.core.timebase import ResizeRule
from common.features.rows import FeatureRows
from common.localization.networks import predict_maps
from common.localization.soft_nms import soft_nms
from common.localization.tables import PROPOSAL_COLUMNS, make_table
from common.localization.windows.candidates import window_candidates
from common.localization.windows.fusion import fuse_windows
from common.localization.windows.grid import WindowGrid
from common.localization.windows.sequences import window_sequences
from common.models.bmn import Bmn

# TAdaConv, configs/projects/epic-kitchen-tal/bmn_epic.yaml. Boundary scores only choose candidates.
PUBLISHED_RULE = ProposalRule(score="cr", cls_power=1.2, reg_power=1.0)
PUBLISHED_NMS = SoftNms(alpha=0.4, low=0.25, high=0.9)


def window_proposals(
    network: Bmn,
    stores: Sequence[FeatureRows],
    grid: WindowGrid,
    *,
    member: str,
    rule: ProposalRule = PUBLISHED_RULE,
    nms: SoftNms = PUBLISHED_NMS,
    resize: ResizeRule = "ends",
    proposals_per_second: float = 1.0,
    batch_size: int = 4,
) -> pd.DataFrame:
    """Proposals of one video, PROPOSAL_COLUMNS, best first; times are whole positions, cut at the
    end of the video.

    Args:
        network: its map has the sizes of the grid.
        stores: features of the video, one a feature set; channels are joined in this order.
        member: what the column `member` says.
        rule: which cells become candidates, with what score.
        nms: Soft-NMS over the whole video; widths are relative to the video. Its `top_k` gives way
            to `int(duration * proposals_per_second) + 1`.
        resize: how snippets become positions.
        batch_size: windows in one forward pass.

    Raises:
        InputError: a video too short for a window, or a damaged file of features.
    """
    video, duration = stores[0].video, stores[0].duration
    n_positions = grid.n_positions(duration)
    maps = predict_maps(network, window_sequences(stores, grid, resize), batch_size)
    spans, scores = window_candidates(fuse_windows(maps, grid, n_positions), rule)
    n_kept = int(duration * proposals_per_second) + 1
    kept, kept_scores = soft_nms(
        spans / n_positions, scores, nms.model_copy(update={"top_k": n_kept})
    )
    start, end = np.minimum(spans[kept] * grid.position_seconds, duration).T
    columns = {"video": [video] * len(kept), "start": start, "end": end, "score": kept_scores}
    return make_table(PROPOSAL_COLUMNS, columns | {"member": [member] * len(kept)})
