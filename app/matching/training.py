"""Build a region's matcher from the catalog. Deterministic: same content, same ranking."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.matching import local_ridge, meaning, ranker
from app.matching.classes import Examples
from app.matching.corpus import Corpus
from app.matching.curriculum import Curriculum, curriculum_of
from app.matching.embedding import EmbedAll
from app.matching.features import VectorSpace, analyse
from app.matching.homophones import Corrector, Vocabulary
from app.matching.judging import UNFITTED, Hindsight, Second, judge, rivals_of
from app.matching.matcher import Matcher, Model
from app.matching.opposites import Guard, sides_of
from app.matching.places import Places
from app.matching.postings import Postings
from app.matching.sparse import load_blas
from app.matching.tokenizer import Tokenizer
from app.matching.view import VIEWS, Ranker, View, text_of

if TYPE_CHECKING:
    import scipy.sparse as sp


def places_of(catalog: Catalog, region: Region) -> Places:
    """Return the place names as the region's account sees them."""
    return curriculum_of(catalog, region).places


def tokenizer_of(catalog: Catalog) -> Tokenizer:
    """Return a tokenizer that knows the catalog's words and synonyms."""
    # The words are the same in every region, also in none.
    return curriculum_of(catalog, Region("")).tokenizer


def train(
    catalog: Catalog, region: Region, tokenizer: Tokenizer, embed: EmbedAll | None = None
) -> Matcher:
    """Train the region's matcher; about 10 s for 5,000 utterances (see `ranker.MOST_ROWS`).

    Args:
        catalog: All content.
        region: Whose matcher.
        tokenizer: Knows the catalog's words.
        embed: Gives sentence embeddings for a second ranker; without them, or where it gives
            none, all else is the same to the last bit.
    """
    return train_on(curriculum_of(catalog, region), tokenizer, embed)


def train_on(
    curriculum: Curriculum, tokenizer: Tokenizer, embed: EmbedAll | None = None
) -> Matcher:
    """Train a matcher from its curriculum alone; see `train`.

    Args:
        curriculum: All that is learned from.
        tokenizer: The curriculum's; regions of one catalog share it.
        embed: As for `train`.
    """
    places, guard = curriculum.places, Guard(curriculum.opposites)
    examples = curriculum.examples
    weights = [curriculum.weights[e.label] for e in (*examples.utterances, *examples.negatives)]
    sentences = _read(examples, tokenizer, places)
    load_blas()
    # One thread: the sums of BLAS, and so the last bits of the weights, depend on their number.
    with threadpool_limits(1, user_api="blas"):
        learned = [_learn(sentences, seen, weights) for seen in sentences.seen]
        matcher = _assemble(examples, sentences, learned, tokenizer, places, guard)
        whole, pinyin = (
            dataclasses.replace(v.view, calibrator=judge(matcher, v.view, s.known, v.hindsight))
            for v, s in zip(learned, sentences.seen, strict=True)
        )
        meant = _meaning(matcher, sentences, learned[0], weights, embed)
    model = dataclasses.replace(matcher.model, whole=whole, pinyin=pinyin, meaning=meant)
    return Matcher(model, sentences.space, tokenizer, places)


@dataclass(frozen=True, slots=True)
class _Seen:
    """All sentences through one view."""

    blocks: tuple[str, ...]
    rows: sp.csr_matrix
    texts: tuple[str, ...]
    known: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The operators' sentences, taken apart."""

    classes: tuple[IntentId, ...]
    labels: NDArray[np.int32]
    """Class of each utterance."""
    negative: tuple[int, ...]
    """Class that each counter-example must not be."""
    normalised: tuple[str, ...]
    """Utterances, then counter-examples, as an embedder is shown them."""
    space: VectorSpace
    seen: tuple[_Seen, ...]
    corrector: Corrector


@dataclass(frozen=True, slots=True)
class _Learned:
    """A trained view, not calibrated yet."""

    view: View
    hindsight: Hindsight


def _read(examples: Examples, tokenizer: Tokenizer, places: Places) -> _Sentences:
    corpus, vocabulary = Corpus(), Vocabulary()
    texts: dict[tuple[str, ...], list[str]] = {blocks: [] for blocks in VIEWS}
    normalised: list[str] = []
    for example in examples.utterances:
        seen = analyse(example.text, tokenizer, places)
        normalised.append(seen.normalised)
        corpus.add(seen)
        vocabulary.add(seen.tokens, seen.squeezed)
        for blocks, found in texts.items():
            found.append(text_of(seen, blocks))
    for example in examples.negatives:
        seen = analyse(example.text, tokenizer, places)
        normalised.append(seen.normalised)
        corpus.add(seen)
    classes = tuple(sorted({e.label for e in examples.utterances}))
    index = {label: i for i, label in enumerate(classes)}
    space = corpus.space(len(examples.utterances))
    return _Sentences(
        classes=classes,
        labels=np.asarray([index[e.label] for e in examples.utterances], dtype=np.int32),
        negative=tuple(index[e.label] for e in examples.negatives),
        normalised=tuple(normalised),
        space=space,
        seen=tuple(
            _Seen(
                blocks,
                corpus.matrix(space, blocks),
                tuple(found),
                corpus.known_shares(space, blocks[0]),
            )
            for blocks, found in texts.items()
        ),
        corrector=vocabulary.corrector(),
    )


def _learn(sentences: _Sentences, seen: _Seen, weights: Sequence[float]) -> _Learned:
    """Train the ranker of a view."""
    postings = Postings(seen.rows)
    found, hindsight = _fit(sentences, seen.rows, postings, weights)
    view = View(seen.blocks, seen.rows, postings, seen.texts, found, UNFITTED)
    return _Learned(view, hindsight)


def _fit(
    sentences: _Sentences, rows: sp.csr_matrix, postings: Postings, weights: Sequence[float]
) -> tuple[Ranker, Hindsight]:
    """Train the ranker that suits the size of the content."""
    labels, classes = sentences.labels, len(sentences.classes)
    if rows.shape[0] <= ranker.MOST_ROWS:
        fitted = ranker.fit(rows, labels.tolist(), sentences.negative, classes, weights)
        return ranker.KernelRidge(fitted.alpha), fitted
    local = local_ridge.fit(rows, postings, labels.tolist(), sentences.negative, classes, weights)
    return local, local_ridge.LeftOut(local, postings, labels)


def _meaning(
    matcher: Matcher,
    sentences: _Sentences,
    learned: _Learned,
    weights: Sequence[float],
    embed: EmbedAll | None,
) -> meaning.Meaning | None:
    """Train the second ranker and calibrate on the mean of both; None without vectors.

    Also none for content beyond `ranker.MOST_ROWS`: its hindsight would be a matrix of utterances
    × classes.
    """
    hindsight = learned.hindsight
    if embed is None or not isinstance(hindsight, ranker.Fitted):
        return None
    vectors = embed(sentences.normalised) if sentences.normalised else None
    if vectors is None:
        return None
    fitted = meaning.fit(
        vectors, sentences.labels.tolist(), sentences.negative, len(sentences.classes), weights
    )
    share = meaning.share_of(hindsight.left_out, fitted.learned.left_out, sentences.labels, weights)
    calibrator = judge(
        matcher, learned.view, sentences.seen[0].known, hindsight, Second(fitted, share)
    )
    return meaning.Meaning(fitted.centre, fitted.rows, fitted.learned.alpha, share, calibrator)


def _assemble(
    examples: Examples,
    sentences: _Sentences,
    learned: Sequence[_Learned],
    tokenizer: Tokenizer,
    places: Places,
    guard: Guard,
) -> Matcher:
    """Put the matcher together, without calibration."""
    whole, pinyin = learned
    rivals, margins = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)
    if isinstance(whole.view.ranker, ranker.KernelRidge):
        rivals, margins = rivals_of(whole.hindsight, sentences.labels)
    model = Model(
        classes=sentences.classes,
        labels=sentences.labels,
        utterances=tuple(e.text for e in examples.utterances),
        whole=whole.view,
        pinyin=pinyin.view,
        corrector=sentences.corrector,
        rivals=rivals,
        margins=margins,
        topics=examples.topics & frozenset(sentences.classes),
        guard=guard,
        sides=sides_of(guard, sentences.normalised[: len(sentences.labels)]),
    )
    return Matcher(model, sentences.space, tokenizer, places)
