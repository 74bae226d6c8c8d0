"""Classifiers on frozen features: what decoupling changes, and what cannot change AP."""

import numpy as np
import pytest

from common.core.params.classifiers import ClassifierSettings
from common.training.accuracy import average_precisions, micro_average_precision
from common.training.bench_longtail import make_data, run_method
from common.training.classifiers import (
    Classifier,
    Labelled,
    adjust_logits,
    choose_tau,
    normalise_weights,
    train_classifier,
)

FAST = ClassifierSettings(
    hidden=0, steps=150, head_steps=60, batch_size=64, lr=0.01, weight_decay=0.01, taus=[0.0, 1.0]
)
METHODS = (
    "joint",
    "sqrt",
    "balanced",
    "progressive",
    "crt",
    "lws",
    "tau_norm",
    "ncm",
    "logit_adjustment",
    "class_balanced_loss",
    "logit_adjusted_loss",
    "distribution_balanced",
    "focal",
    "asymmetric",
)


def _data(counts, seed, several=False):
    """Gaussian classes in 6 dimensions; with `several`, a second label for a third of the rows."""
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(99).normal(size=(len(counts), 6)) * 1.5
    labels = np.repeat(np.arange(len(counts)), counts)
    truth = np.eye(len(counts), dtype=bool)[labels]
    if several:
        extra = rng.integers(0, len(counts), len(labels))
        truth[np.arange(len(labels)), extra] |= rng.random(len(labels)) < 0.33
    shares = truth / truth.sum(axis=1, keepdims=True)
    return Labelled((shares @ means + rng.normal(size=(len(labels), 6))).astype(np.float32), truth)


@pytest.fixture(scope="module")
def single():
    return _data([120, 40, 12, 6], 0), _data([40] * 4, 1)


@pytest.fixture(scope="module")
def several():
    return _data([120, 60, 30, 15], 0, True), _data([80] * 4, 1, True)


@pytest.mark.parametrize("hidden", [0, 8])
@pytest.mark.parametrize("method", METHODS)
def test_every_method_learns_and_gives_scores(single, method, hidden):
    train, test = single
    settings = FAST.model_copy(update={"hidden": hidden})
    classifier = train_classifier(train, method, settings, seed=1, fold=test)
    scores = classifier.predict_scores(test.features)
    assert scores.shape == (160, 4) and scores.dtype == np.float64
    assert (scores >= 0).all() and (scores <= 1).all()
    if classifier.output != "sigmoid":
        assert scores.sum(axis=1) == pytest.approx(np.ones(160))
    right = scores.argmax(axis=1) == test.truth.argmax(axis=1)
    assert right.mean() > 0.4  # chance is 0.25


@pytest.mark.parametrize("method", ["joint", "crt", "class_balanced_loss", "distribution_balanced"])
def test_several_labels_are_scored_independently(several, method):
    train, test = several
    classifier = train_classifier(train, method, FAST, seed=1, multi_label=True)
    scores = classifier.predict_scores(test.features)
    assert classifier.output == "sigmoid"
    assert np.ptp(scores.sum(axis=1)) > 0.1
    assert np.nanmean(average_precisions(scores, test.truth)) > 0.6  # chance is about 0.3


def test_the_same_seed_gives_the_same_classifier(single):
    train, test = single
    first, again, other = (
        train_classifier(train, "crt", FAST, seed=seed).logits(test.features) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_crt_and_lws_keep_the_representation(single):
    train, test = single
    settings = FAST.model_copy(update={"hidden": 8})
    joint, crt, lws = (
        train_classifier(train, method, settings, seed=1) for method in ("joint", "crt", "lws")
    )
    for other in (crt, lws):
        assert np.array_equal(joint.represent(test.features), other.represent(test.features))
    factors = lws.weight / joint.weight
    assert np.allclose(factors, factors[:, :1]) and (factors > 0).all()
    assert np.array_equal(lws.bias, joint.bias)


def test_ncm_is_the_nearest_mean_by_cosine(single):
    train, test = single
    ncm = train_classifier(train, "ncm", FAST, seed=1)
    x = (train.features - ncm.center) / ncm.scale
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    means = np.stack([unit[train.truth[:, c]].mean(axis=0) for c in range(4)])
    y = (test.features - ncm.center) / ncm.scale
    cosines = (y @ means.T) / np.outer(np.linalg.norm(y, axis=1), np.linalg.norm(means, axis=1))
    assert np.array_equal(ncm.logits(test.features).argmax(1), cosines.argmax(1))


def test_tau_is_chosen_on_the_fold():
    zero, one = np.zeros(2), np.ones(2)
    weight = np.array([[10.0, 0.0], [0.0, 1.0]])
    joint = Classifier(zero, one, None, weight, np.array([0.0, 5.0]), "softmax")
    # Seen by the weights as they are: 2 and 1; as unit vectors: 0.2 and 1. The bias is dropped.
    fold = Labelled(np.array([[0.2, 1.0]]), np.array([[False, True]]))
    assert normalise_weights(joint, 0.0).logits(fold.features).tolist() == [[2.0, 1.0]]
    assert choose_tau(joint, [0.0, 0.5, 1.0], fold).tau == 0.5
    assert choose_tau(joint, [0.0, 1.0], fold).tau == 1.0
    other = Labelled(fold.features, ~fold.truth)
    assert choose_tau(joint, [0.0, 1.0], other).tau == 0.0


def test_logit_adjustment_subtracts_the_log_of_the_priors(single):
    train, test = single
    joint = train_classifier(train, "joint", FAST, seed=1)
    change = joint.logits(test.features) - adjust_logits(joint, train.truth).logits(test.features)
    assert change == pytest.approx(np.tile(np.log(np.array([120, 40, 12, 6]) / 178), (160, 1)))


def _raw_ap(classifier, test):
    return average_precisions(classifier.logits(test.features), test.truth)


def test_what_is_monotone_within_a_class_leaves_its_average_precision_as_it_is(several):
    """Per-class AP of sigmoid outputs: LWS, tau-normalisation and logit adjustment change nothing,
    to the last digit; cRT with class-aware sampling and another loss do.
    """
    train, test = several

    def trained(method):
        return train_classifier(train, method, FAST, seed=1, multi_label=True, fold=test)

    joint = trained("joint")
    base = _raw_ap(joint, test)
    unchanged = [trained("lws"), normalise_weights(joint, 1.0), adjust_logits(joint, train.truth)]
    for classifier in unchanged:
        assert np.array_equal(_raw_ap(classifier, test), base)
    micro = micro_average_precision(joint.logits(test.features), test.truth)
    for classifier in unchanged:
        logits = classifier.logits(test.features)
        assert micro_average_precision(logits, test.truth) != micro
    for method in ("crt", "class_balanced_loss", "distribution_balanced"):
        assert not np.array_equal(_raw_ap(trained(method), test), base)


def test_decoupling_wins_on_the_tail_and_keeps_the_head():
    """The experiment of `emc2 bench longtail`: tail + 8 points or more, head - 3 at most."""
    data = make_data(0)
    joint, crt = (run_method(method, data, 0).accuracy for method in ("joint", "crt"))
    assert data.groups.sizes() == {"head": 21, "medium": 15, "tail": 14}
    assert crt.tail >= joint.tail + 0.08
    assert crt.head >= joint.head - 0.03
