"""A runner is one run: there is no copy of it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from dojobber_nb import DoJobber, DummyJob
from dojobber_nb.core.errors import NotCopiedError


class Root(DummyJob):
    pass


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_copy_is_refused_with_the_way_out(way: Callable[[object], object]) -> None:
    dj = DoJobber()
    dj.configure(Root)
    with pytest.raises(NotCopiedError, match=r"DoJobber cannot be copied.*make a new one"):
        way(dj)
    dj.checknrun()
    assert dj.success()
