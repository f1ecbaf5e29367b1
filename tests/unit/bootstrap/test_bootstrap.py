"""Wiring: the content folder, the clock, and matchers that are trained once."""

from __future__ import annotations

import dataclasses
import functools
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from app import bootstrap
from app.bootstrap import (
    at_shanghai,
    build_assistant,
    build_matchers,
    clock_of,
    content_root,
    matcher_names,
)
from app.domain.content import Catalog, Texts
from app.domain.names import Region
from app.errors import ContentError
from app.matching import cache, training
from app.matching.places import Places
from app.matching.tokenizer import Tokenizer
from app.settings import SHANGHAI, Settings
from tests.assistants import ROOT, SMALL_CONTENT, VAR_DIR, small_catalog

BEIJING = Region("beijing")


@functools.cache
def tokenizer() -> Tokenizer:
    return training.tokenizer_of(small_catalog())


class TestContentRoot:
    def test_the_folder_with_intents(self) -> None:
        assert content_root(Settings(content_dir=SMALL_CONTENT)) == SMALL_CONTENT

    def test_without_one_that_of_the_checkout(self, tmp_path: Path) -> None:
        assert content_root(Settings(content_dir=tmp_path)) == ROOT

    def test_problems_are_all_told(self, tmp_path: Path) -> None:
        root = tmp_path / "content"
        shutil.copytree(SMALL_CONTENT, root)
        (root / "intents/fee_standard.yml").write_text("intent: fee\n", "utf-8")
        (root / "intents/payment_window.yml").unlink()
        with pytest.raises(ContentError) as caught:
            bootstrap.load(Settings(content_dir=root))
        assert len(caught.value.problems) > 2


class TestClock:
    def test_a_moment_without_zone_is_shanghais(self) -> None:
        moment = at_shanghai(datetime(2025, 12, 10, 10, 0))  # noqa: DTZ001 - that is the point
        assert moment.isoformat() == "2025-12-10T10:00:00+08:00"

    def test_any_other_is_converted(self) -> None:
        moment = at_shanghai(datetime(2025, 12, 31, 16, 30, tzinfo=UTC))
        assert moment.isoformat() == "2026-01-01T00:30:00+08:00"

    def test_a_fixed_clock_stands_still(self) -> None:
        clock = clock_of(Settings(now=datetime(2025, 12, 10, 10, 0)))  # noqa: DTZ001
        assert clock() == clock() == datetime(2025, 12, 10, 10, 0, tzinfo=SHANGHAI)

    def test_the_real_one_goes_on_in_shanghai(self) -> None:
        clock = clock_of(Settings())
        first = clock()
        assert first.utcoffset() == timedelta(hours=8)
        assert timedelta(0) <= clock() - first < timedelta(minutes=1)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """One account: training takes a second. Nothing is learned in its folder yet."""
    small = small_catalog()
    accounts = {"beijing": small.accounts["beijing"]}
    return dataclasses.replace(small, accounts=accounts)


@pytest.fixture(autouse=True, scope="module")
def _nothing_shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What other tests have learned in the checkout is not found here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "_SHIPPED_VAR_DIR", tmp_path_factory.mktemp("shipped"))
        yield


@pytest.fixture(scope="module")
def trained(catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Path:
    var_dir = tmp_path_factory.mktemp("var")
    told: list[str] = []
    assert build_matchers(catalog, var_dir, told.append).keys() == {"beijing"}
    assert len(told) == 1
    assert "beijing" in told[0]
    return var_dir


class TestMatchers:
    def test_are_trained_once(self, catalog: Catalog, trained: Path) -> None:
        told: list[str] = []
        first, again = (build_matchers(catalog, trained, told.append) for _ in range(2))
        assert told == []
        for text in ("多少钱", "谁能参保", "银行", "duoshaoqian", ""):
            assert first[BEIJING].rank(text) == again[BEIJING].rank(text)

    def test_other_words_are_another_matcher(self, catalog: Catalog, trained: Path) -> None:
        told: list[str] = []
        changed = dataclasses.replace(catalog, places=(*catalog.places, "新地方"))
        var_dir = trained.parent / "changed"
        shutil.copytree(trained, var_dir)
        build_matchers(changed, var_dir, told.append)
        assert len(told) == 1

    def test_a_new_revision_with_the_same_words_is_learned_already(
        self, catalog: Catalog, trained: Path
    ) -> None:
        told: list[str] = []
        changed = dataclasses.replace(catalog, revision="f" * 64, texts=Texts({}))
        build_matchers(changed, trained, told.append)
        assert told == []

    def test_what_is_in_memory_is_not_loaded_again(self, catalog: Catalog, trained: Path) -> None:
        first = build_matchers(catalog, trained)
        again = build_matchers(catalog, trained, loaded=matcher_names(catalog, first))
        assert again[BEIJING] is first[BEIJING]

    def test_a_folder_that_cannot_be_written_is_told_and_no_error(
        self, catalog: Catalog, tmp_path: Path
    ) -> None:
        (tmp_path / "cache").write_text("in the way")
        told: list[str] = []
        assert build_matchers(catalog, tmp_path, told.append).keys() == {"beijing"}
        assert sum("写不进" in line for line in told) == 1

    @pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 cut short", b"no archive at all"])
    def test_a_damaged_file_counts_as_none(
        self, trained: Path, tmp_path: Path, damage: bytes
    ) -> None:
        for path in (trained / "cache").iterdir():
            damaged = tmp_path / path.name
            damaged.write_bytes(damage)
            assert cache.load(damaged, tokenizer(), Places([], [])) is None

    def test_a_file_cut_short_counts_as_none(self, trained: Path, tmp_path: Path) -> None:
        (path,) = (trained / "cache").iterdir()
        whole = path.read_bytes()
        for size in (1000, len(whole) // 2, len(whole) - 1):
            cut = tmp_path / f"{size}.npz"
            cut.write_bytes(whole[:size])
            assert cache.load(cut, tokenizer(), Places([], [])) is None


def test_the_process_has_one_thread_of_blas(tmp_path: Path) -> None:
    with threadpool_limits(2, user_api="blas"):
        build_assistant(Settings(content_dir=SMALL_CONTENT, var_dir=VAR_DIR))
        libraries = [lib for lib in threadpool_info() if lib["user_api"] == "blas"]
        assert libraries
        assert {lib["num_threads"] for lib in libraries} == {1}
