"""CMD from video files to a pretrained backbone: items, files that are left out, resuming."""

import numpy as np
import pytest
import torch
from torch import nn

from common.core.clips import ClipSpec, Fit
from common.core.errors import InputError
from common.models.cmd import CmdSize, build_cmd, last_map
from common.models.cmd_predictor import PredictorSize
from common.training.cmd.augment import CmdAugmentation
from common.training.cmd.dataset import CmdDataset
from common.training.cmd.pretrain import CmdLoss, pretrain
from common.training.cmd.sampling import CmdSampling
from common.training.cmd.videos import decode_videos, load_videos, pixels, reencode_videos
from common.training.runner import FitRecipe, fit
from common.video.encode import encode_video
from tests.common.video.pans import pan

SAMPLING = CmdSampling(clip_frames=4, clip_stride=2, interval=2, future_frames=4, negatives=2)
AUGMENTATION = CmdAugmentation(size=16, motion_size=16)
SPEC = ClipSpec(4, 12.5, Fit(16, 16))
RECIPE = FitRecipe(3, 3, 2, "adamw", 1e-3, schedule="cmd", warmup_epochs=1.0)
VELOCITIES = {"right": (3, 0), "left": (-3, 0), "up": (0, -2), "down": (0, 2)}


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cmd")
    for name, velocity in VELOCITIES.items():
        encode_video(folder / "source" / f"{name}.mp4", pan(26, velocity, 48, 64), 25)
    encode_video(folder / "source" / "short.mp4", pan(5, (1, 1), 48, 64), 25)
    (folder / "source" / "broken.mp4").write_text("no video")
    paths = {path.stem: path for path in sorted((folder / "source").iterdir())}
    broken = reencode_videos(paths, folder / "encoded")
    assert [(one.item, one.rule) for one in broken] == [("broken", "video.undecodable")]
    encoded = {path.stem: path for path in sorted((folder / "encoded").iterdir())}
    decode_videos(encoded, Fit(24, 18), 8, folder / "store.safetensors")
    return load_videos(folder / "store.safetensors")


def dataset(videos, **options):
    return CmdDataset(videos, SAMPLING, AUGMENTATION, SPEC, seed=1, **options)


def cmd_network():
    torch.manual_seed(0)
    size = CmdSize(PredictorSize(8, 2, 1, 1, 8, 0.1), 2, 1, 2, hidden=8, n_keys=4)
    backbone = nn.Conv3d(3, 6, 3, (2, 4, 4), 1)
    return build_cmd(backbone, readout, (3, 4, 16, 16), (2, 4, 16, 16), size)


def readout(backbone, clips):
    return last_map(backbone(clips))


def test_the_store_holds_pictures_motion_and_i_frames(videos):
    assert videos.names == ("down", "left", "right", "short", "up")
    assert videos.frames[0].shape == (26, 18, 24, 3)
    assert videos.motion[0].shape == (26, 6, 8, 2)
    assert videos.keys[0].tolist() == [0, 12, 24]
    for name, velocity in VELOCITIES.items():
        motion = pixels(videos.motion[videos.names.index(name)])
        assert np.median(motion[1:12], axis=(0, 1, 2)) == pytest.approx(velocity, abs=0.5)


def test_an_item_has_the_shapes_and_the_motion_of_its_video(videos):
    items = dataset(videos, passes=2)
    assert items.left_out == ["short"]
    assert len(items) == 8
    for index in range(8):
        item = items[index]
        shapes = {name: tuple(tensor.shape) for name, tensor in item.items()}
        assert shapes == {
            "clip": (3, 4, 16, 16),
            "futures": (3, 2, 4, 16, 16),
            "frame": (3, 16, 16),
        }
        x, y = item["futures"][0].mean(dim=(1, 2, 3)).tolist()
        is_vertical = index % 4 in (0, 3)  # down, left, right, up
        assert (abs(y) > 2 * abs(x)) is is_vertical


def test_items_change_with_the_epoch_and_come_again(videos):
    items = dataset(videos)
    first = items[1]["clip"]
    items.set_epoch(1)
    assert not torch.equal(items[1]["clip"], first)
    items.set_epoch(0)
    assert torch.equal(items[1]["clip"], first)


def test_videos_that_are_all_too_short_are_refused(videos):
    with pytest.raises(InputError, match="none has the 71 frames"):
        CmdDataset(videos, CmdSampling(), AUGMENTATION, SPEC, seed=0)


class KilledAt(CmdLoss):
    """Dies at its step number `at`."""

    at = 3

    def __call__(self, network, batch, generator):
        if len(self.history) == self.at:
            raise KeyboardInterrupt
        return super().__call__(network, batch, generator)


def test_a_killed_pretraining_resumes_to_the_same_bits(videos, tmp_path, monkeypatch):
    whole, accuracies = pretrain(cmd_network(), dataset(videos), RECIPE, tmp_path / "whole")
    assert all(0 <= one <= 1 for one in accuracies)
    monkeypatch.setattr("common.training.cmd.pretrain.CmdLoss", KilledAt)
    with pytest.raises(KeyboardInterrupt):
        pretrain(cmd_network(), dataset(videos), RECIPE, tmp_path / "cut")
    monkeypatch.setattr(KilledAt, "at", -1)
    # The code of the loss counts for the fingerprint: the same class must finish the training.
    resumed, _ = pretrain(cmd_network(), dataset(videos), RECIPE, tmp_path / "cut")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name


def test_both_losses_train_the_backbone(videos, tmp_path):
    start = cmd_network()
    trained = fit(cmd_network(), CmdLoss(), dataset(videos), RECIPE, tmp_path)
    assert not torch.equal(trained.backbone.weight, start.backbone.weight)
    batch = {
        name: tensor[None].repeat(2, *[1] * tensor.dim())
        for name, tensor in dataset(videos)[0].items()
    }
    terms = CmdLoss()(start, batch, torch.Generator())
    assert set(terms) == {"loss_motion", "loss_context"}
