"""Learning rates of CMD's pretraining and fine-tuning, in closed form.

Source: schedules of the authors' release (Context-Motion-Decoupling); rates are per sample of the
global batch and multiplied by its size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CmdSchedule:
    """Linear warm-up by step, then a half cosine that changes once an epoch.

    Args:
        base: highest rate.
        start: rate that the warm-up starts from.
        final: rate at the last epoch.
        epochs, warmup_epochs: lengths.
        first_step: number of an epoch's first step; pretraining counts from 1, so its first step
            is already above `start`, fine-tuning from 0.
    """

    base: float
    start: float
    final: float
    epochs: int
    warmup_epochs: int
    first_step: int

    def rate(self, epoch: int, step: int, steps_per_epoch: int) -> float:
        """The learning rate of one step.

        Args:
            epoch: from 1.
            step: within the epoch, from `first_step`.
            steps_per_epoch: steps of an epoch.
        """
        if epoch <= self.warmup_epochs:
            ratio = (step + (epoch - 1) * steps_per_epoch) / (self.warmup_epochs * steps_per_epoch)
            return self.start + ratio * (self.base - self.start)
        turn = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
        return self.final + (self.base - self.final) * (math.cos(math.pi * turn) + 1) / 2

    def factors(self, steps_per_epoch: int) -> list[float]:
        """The rate of every step of the training as a share of `base`."""
        return [
            self.rate(epoch, self.first_step + step, steps_per_epoch) / self.base
            for epoch in range(1, self.epochs + 1)
            for step in range(steps_per_epoch)
        ]


def pretraining(batch: int, epochs: int = 120, warmup_epochs: int = 5) -> CmdSchedule:
    """The published pretraining: 5e-4 a sample, from 5e-6; the last epoch trains with rate 0."""
    return CmdSchedule(5e-4 * batch, 5e-6 * batch, 0.0, epochs, warmup_epochs, first_step=1)


def fine_tuning(batch: int = 8, epochs: int = 120, warmup_epochs: int = 10) -> CmdSchedule:
    """The published fine-tuning: 1e-4 a sample, from 4e-6; the final rate is not scaled."""
    return CmdSchedule(1e-4 * batch, 4e-6 * batch, 1e-6, epochs, warmup_epochs, first_step=0)
