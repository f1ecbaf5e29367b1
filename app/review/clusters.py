"""Questions that mean the same, in one group: by characters and by sound, without a model.

Deterministic: the same entries give the same clusters. The most frequent wording of a group leads
it; each further wording joins the leader that it is most like, or leads a group of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from app.domain.journal import JournalEntry, Reason
from app.domain.names import IntentId
from app.matching.embedding import EmbedAll
from app.matching.normalise import normalise, squeeze, without_fillers
from app.matching.pinyin import fold, read_pinyin, syllables_of
from app.state.journal import digest

LIKE = 0.42
"""Least likeness to join a group, a cosine of weighted n-grams. On the content's own utterances,
which were written to differ, 80 % of those that join belong to the same intent."""
_LIKE_IN_MEANING = 0.5
"""The same where the mean with the cosine of sentence embeddings is taken: as pure, and twice as
many of them join."""
_CHUNK = 500
_MASK = re.compile(r"〔[^〕]*〕")
_PINYIN_SHARE = 0.8

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of like questions."""

    id: str
    """16 hex digits: the same for the same leading wording."""
    representative: str
    """The most frequent wording, as it was first met."""
    wordings: tuple[str, ...]
    """All wordings, most frequent first; the first is the representative."""
    count: int
    """So many times asked."""
    reasons: tuple[Reason, ...]
    """Why they are here, most frequent first."""
    last_at: datetime
    accounts: tuple[str, ...]
    """Most frequent first."""
    failed: tuple[IntentId, ...] = ()
    """Topics that were answered and did not help (没解决, 转人工)."""


@dataclass(slots=True)
class _Wording:
    text: str
    key: str
    core: str
    """The key without masks: what is compared."""
    entries: list[JournalEntry]


def cluster(
    entries: Iterable[JournalEntry],
    handled: Collection[str] = (),
    embed: EmbedAll | None = None,
) -> tuple[Cluster, ...]:
    """Return the groups, most frequent first, then the latest; ≤ 5 s for 5,000 entries.

    Args:
        entries: In any order.
        handled: Digests (`journal.digest`) of wordings to leave out.
        embed: Sentence embeddings, where they are switched on; None or no answer: n-grams alone.
    """
    wordings = _wordings(entries, frozenset(handled))
    if not wordings:
        return ()
    leaders = _leaders([w.core for w in wordings], embed)
    groups: dict[int, list[_Wording]] = {}
    for wording, leader in zip(wordings, leaders, strict=True):
        groups.setdefault(leader, []).append(wording)
    found = [_cluster_of(group) for group in groups.values()]
    return tuple(sorted(found, key=lambda c: (-c.count, -c.last_at.timestamp(), c.id)))


def _wordings(entries: Iterable[JournalEntry], handled: frozenset[str]) -> list[_Wording]:
    """Return what was asked, each wording once, most frequent first."""
    by_key: dict[str, _Wording] = {}
    # By time, so that which spelling stands for a wording does not depend on the order given.
    for entry in sorted(entries, key=lambda e: (e.at, e.account, e.question)):
        core = squeeze(normalise(_MASK.sub("", entry.question)))
        if not core or digest(entry.question) in handled:
            continue
        key = squeeze(normalise(entry.question))
        by_key.setdefault(key, _Wording(entry.question, key, core, [])).entries.append(entry)
    # A wording with a mask in it is no good to lead: nobody can adopt it.
    return sorted(by_key.values(), key=lambda w: (-len(w.entries), w.core != w.key, w.key))


def _leaders(keys: Sequence[str], embed: EmbedAll | None) -> list[int]:
    """Return for each wording the position of its leader, which may be itself."""
    grams = _gram_rows(keys)
    vectors = embed(keys) if embed is not None else None
    least = LIKE if vectors is None else _LIKE_IN_MEANING
    leader_of: list[int] = []
    leading = np.zeros(len(keys), dtype=np.int64)
    count = 0
    for start in range(0, len(keys), _CHUNK):
        part = grams[start : start + _CHUNK]
        like = np.asarray((part @ grams[: start + part.shape[0]].T).todense(), dtype=np.float32)
        if vectors is not None:
            known = vectors[: start + part.shape[0]]
            like = 0.5 * like + 0.5 * (vectors[start : start + part.shape[0]] @ known.T)
        for row in range(part.shape[0]):
            position = start + row
            likeness = like[row].take(leading[:count])
            best = int(likeness.argmax()) if count else -1
            if count and likeness[best] >= least:
                leader_of.append(int(leading[best]))
                continue
            leader_of.append(position)
            leading[count] = position
            count += 1
    return leader_of


def _gram_rows(keys: Sequence[str]) -> sparse.csr_matrix:
    """Return a unit row a wording: n-grams of characters and syllables, the rare ones heavy."""
    counted = [_grams(key) for key in keys]
    column = {gram: n for n, gram in enumerate(sorted({g for grams in counted for g in grams}))}
    columns = np.fromiter((column[g] for grams in counted for g in grams), dtype=np.int64)
    shares = np.fromiter((s for grams in counted for s in grams.values()), dtype=np.float64)
    sizes = np.array([len(grams) for grams in counted])
    spread = np.bincount(columns, minlength=len(column))
    values = shares * (1 + np.log((1 + len(keys)) / (1 + spread)))[columns]
    rows = np.repeat(np.arange(len(keys)), sizes)
    lengths = np.sqrt(np.bincount(rows, weights=values**2, minlength=len(keys)))
    values /= np.maximum(lengths, 1e-9)[rows]
    shape = (len(keys), max(1, len(column)))
    return sparse.csr_matrix((values.astype(np.float32), (rows, columns)), shape=shape)


def _grams(key: str) -> dict[str, float]:
    """Return n-grams with their share: single characters count less than pairs."""
    core = squeeze(without_fillers(key)) or key
    found: dict[str, float] = {}
    typed = read_pinyin(core)
    # The letters of a question that was typed in pinyin are like those of no other.
    for char in core if typed is None else ():
        found[char] = 0.6
    for pair in pairwise(core) if typed is None else ():
        found["".join(pair)] = 1.0
    syllables = [fold(s) for s in typed or syllables_of((core,))]
    for syllable in syllables:
        found[f"~{syllable}"] = 0.6 * _PINYIN_SHARE
    for first, second in pairwise(syllables):
        found[f"~{first} {second}"] = _PINYIN_SHARE
    return found


def _cluster_of(group: Sequence[_Wording]) -> Cluster:
    entries = [entry for wording in group for entry in wording.entries]
    reasons = Counter(entry.reason for entry in entries)
    accounts = Counter(entry.account for entry in entries)
    failed = {
        topic
        for entry in entries
        if entry.reason in {Reason.UNSOLVED, Reason.HANDOFF}
        for topic in entry.topics
    }
    return Cluster(
        id=sha256(group[0].key.encode()).hexdigest()[:16],
        representative=group[0].text,
        wordings=tuple(wording.text for wording in group),
        count=len(entries),
        reasons=tuple(sorted(reasons, key=lambda r: (-reasons[r], r))),
        last_at=max(entry.at for entry in entries),
        accounts=tuple(sorted(accounts, key=lambda a: (-accounts[a], a))),
        failed=tuple(sorted(failed)),
    )
