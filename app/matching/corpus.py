"""The operators' sentences while they are learned: features as numbers, not as objects.

A hundred thousand analysed texts would not fit into memory; their feature numbers do. From them
come the vector space and its rows, computed for all texts at once.
"""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.matching.features import BLOCK_WEIGHTS, BLOCKS, Analysed, VectorSpace

if TYPE_CHECKING:
    import scipy.sparse as sp

Doubles = NDArray[np.float64]


class _Block:
    """One block's features of all texts, text after text."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.features = array("i")
        self.counts = array("i")
        self.lengths = array("i")

    def add(self, counts: dict[str, int]) -> None:
        numbers = self.numbers
        self.features.extend([numbers.setdefault(f, len(numbers)) for f in counts])
        self.counts.extend(counts.values())
        self.lengths.append(len(counts))


class Corpus:
    """Texts in the order in which they were added: utterances first, then counter-examples."""

    def __init__(self) -> None:
        self._blocks = {block: _Block() for block in BLOCKS}

    def __len__(self) -> int:
        return len(self._blocks[BLOCKS[0]].lengths)

    def add(self, text: Analysed) -> None:
        """Take a text in."""
        for block, counts in text.features.items():
            self._blocks[block].add(counts)

    def space(self, documents: int) -> VectorSpace:
        """Fit vocabulary and document frequencies on the first `documents` texts.

        The space depends on them only as a set.
        """
        features: dict[str, list[str]] = {}
        idf: list[float] = []
        for name, block in self._blocks.items():
            end = sum(block.lengths[:documents])
            numbers = np.asarray(block.features)[:end]
            frequency = np.bincount(numbers, minlength=len(block.numbers)).tolist()
            kept = sorted(
                f
                for f, number in block.numbers.items()
                if frequency[number] > 1 or (frequency[number] and _is_single(name, f))
            )
            features[name] = kept
            idf.extend(
                math.log((1 + documents) / (1 + frequency[block.numbers[f]])) + 1 for f in kept
            )
        return VectorSpace(features, np.asarray(idf, dtype=np.float32), documents)

    def matrix(self, space: VectorSpace, blocks: tuple[str, ...] = BLOCKS) -> sp.csr_matrix:
        """Return the texts as rows, shape (len(self), space.size), float32.

        Each row is what `VectorSpace.vector` gives for the text.
        """
        import scipy.sparse as sp  # only who learns needs it

        total = math.sqrt(sum(BLOCK_WEIGHTS[b] ** 2 for b in blocks))
        rows, columns, values = [], [], []
        for name in blocks:
            row, column, count = self._entries(space, name)
            known = column >= 0
            row, column, count = row[known], column[known], count[known]
            raw = (1 + np.log(count)) * space.idf[column].astype(np.float64)
            norms = np.sqrt(np.bincount(row, raw * raw, minlength=len(self)))
            rows.append(row)
            columns.append(column)
            values.append(raw * (BLOCK_WEIGHTS[name] / total) / norms[row])
        row = np.concatenate(rows)
        order = np.argsort(row, kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(self)))])
        return sp.csr_matrix(
            (
                np.concatenate(values)[order].astype(np.float32),
                np.concatenate(columns)[order],
                bounds.astype(np.int64 if bounds[-1] > np.iinfo(np.int32).max else np.int32),
            ),
            shape=(len(self), space.size),
        )

    def known_shares(self, space: VectorSpace, block: str) -> Doubles:
        """Return `VectorSpace.known_share` of every text by one block; NaN: it has none."""
        row, column, count = self._entries(space, block)
        weights = np.where(column >= 0, space.idf[np.maximum(column, 0)], space.unseen_idf)
        mass = weights * count
        total = np.bincount(row, mass, minlength=len(self))
        known = np.bincount(row, np.where(column >= 0, mass, 0.0), minlength=len(self))
        shares = np.full(len(self), np.nan)
        return np.asarray(np.divide(known, total, out=shares, where=total > 0))

    def _entries(
        self, space: VectorSpace, name: str
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
        """Return text, dimension (−1: none) and count of every feature of a block."""
        block = self._blocks[name]
        dimensions = np.fromiter(
            (space.dimension(name, f) for f in block.numbers), np.int32, len(block.numbers)
        )
        column = dimensions[np.asarray(block.features)]
        row = np.repeat(np.arange(len(self), dtype=np.int32), np.asarray(block.lengths))
        return row, column, np.asarray(block.counts)


def _is_single(block: str, feature: str) -> bool:
    """Tell a single character, word or syllable from an n-gram.

    N-grams seen in one utterance only are two thirds of all dimensions and were found to cost
    nothing when left out.
    """
    return len(feature) == 1 if block == "chars" else not ({"_", "."} & set(feature))
