"""How differently two models err."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.recognition.complementarity import complementarity


def test_the_worked_example():
    truth = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    first = np.array([0, 0, 1, 0, 2, 1, 3, 0]) == truth
    second = np.array([0, 1, 1, 1, 2, 2, 0, 1]) == truth
    found = complementarity(first, second)
    assert (found.disagreement, found.double_fault, found.oracle) == (0.5, 0.125, 0.875)
    assert found.q == pytest.approx(-0.142857, abs=1e-6)
    assert found.rho == pytest.approx(-0.066667, abs=1e-6)
    assert found.oracle_gain == pytest.approx(0.25)


def test_equal_models_add_nothing():
    right = np.array([True, False, True])
    found = complementarity(right, right)
    assert found.oracle_gain == pytest.approx(0.0) and found.rho == pytest.approx(1.0)


def test_models_that_are_always_right_leave_the_correlation_undefined():
    right = np.ones(3, dtype=bool)
    assert complementarity(right, right).rho is None


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_it_does_not_matter_which_model_is_named_first(pairs):
    first, second = np.array(pairs).T
    one, other = complementarity(first, second), complementarity(second, first)
    assert one.to_dict() == pytest.approx(other.to_dict(), nan_ok=True)
    assert one.oracle_gain >= -1e-12
