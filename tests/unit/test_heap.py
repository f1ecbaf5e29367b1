"""Old content goes when newer content has come, also what was there from the start."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from app import heap


class Content:
    """Refers to itself, as content with its memories does."""

    def __init__(self) -> None:
        self.read = self.me

    def me(self) -> Content:
        return self


@pytest.fixture(autouse=True)
def _afterwards_as_before() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_was_put_out_of_sight_is_found_when_it_is_old() -> None:
    old, kept = Content(), Content()
    gone, there = weakref.ref(old), weakref.ref(kept)
    gc.collect()
    gc.freeze()
    del old
    gc.collect()
    assert gone() is not None, "the collector does not look there: the trial is none"
    heap.release()
    assert gone() is None
    assert there() is kept
    assert gc.get_freeze_count() > 0


def test_where_nothing_is_spared_nothing_will_be() -> None:
    gc.unfreeze()
    heap.release()
    assert gc.get_freeze_count() == 0
