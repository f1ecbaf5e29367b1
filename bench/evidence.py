"""What optional evidence gains and costs: sentence embeddings, and a selector (docs/adr/0007).

    python bench/evidence.py [--questions FILE.jsonl …] [--no-leave-one-out]

On the content that ships: leave-one-out over the utterances, and the operators' `tests` sentences
through the whole assistant. On labelled questions in the form of `yibao eval`, where given. On
public data, where `YIBAO_BENCH_DATA` names a folder with `finfaq.jsonl` and `*oos*.jsonl`.

The selector is measured with a perfect model (the most that any can gain) and with one that goes
by the embedding; with `YIBAO_LLM_URL` and `YIBAO_LLM_MODEL` set, with that model too.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from app.bootstrap import Evidence, build_assistant, clock_of, evidence_of
from app.dialogue.advice import Option
from app.dialogue.advised import AdvisedAssistant
from app.dialogue.assistant import Assistant
from app.domain.content import Answer, Catalog, Intent, IntentKind
from app.domain.names import IntentId, Region
from app.domain.turn import Decision, Session
from app.evidence.builtin_embedder import BuiltinEmbedder
from app.impact.asking import typed
from app.matching import meaning, ranker, training
from app.matching.classes import examples_of
from app.matching.embedding import Floats
from app.matching.features import VectorSpace, analyse
from app.settings import Semantic, Settings, load_settings
from app.wechat.rendering import render

ROOT = Path(__file__).resolve().parents[1]
_ANSWERED = {Decision.ANSWER, Decision.FLOW}
_TOLERATED = 0.02


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A labelled question; `right` is empty where nothing must be answered."""

    text: str
    account: str
    right: frozenset[str]


class PerfectSelector:
    """Knows the labels: the most that a selector can gain."""

    budget_s = 0.0

    def __init__(self, questions: Iterable[Question]) -> None:
        self._right = {q.text: q.right for q in questions}

    def choose(self, question: str, options: Sequence[Option]) -> IntentId | None:
        """Return the right option where it is offered."""
        right = self._right.get(question, frozenset())
        return next((o.intent for o in options if o.intent in right), None)


class NearestSelector:
    """Takes the option whose title or example is nearest in meaning, if it is near at all."""

    budget_s = 0.0

    def __init__(self, embedder: BuiltinEmbedder, least: float = 0.6) -> None:
        self._embedder = embedder
        self._least = least

    def choose(self, question: str, options: Sequence[Option]) -> IntentId | None:
        """Return the nearest option."""
        texts = [(o.intent, text) for o in options for text in (o.title, *o.examples)]
        vectors = self._embedder.embed([question, *(text for _, text in texts)])
        near = vectors[1:] @ vectors[0]
        best = int(np.argmax(near))
        return texts[best][0] if near[best] >= self._least else None


def main() -> None:
    """Print everything as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    parser.add_argument("--no-leave-one-out", action="store_true")
    options = parser.parse_args()
    before = resident_mb()
    started = time.perf_counter()
    embedder = BuiltinEmbedder()
    print(f"模型装入 {time.perf_counter() - started:.1f} 秒，{resident_mb() - before:.0f} MB")
    settings = load_settings().model_copy(update={"content_dir": ROOT})
    plain = build_assistant(settings.model_copy(update={"semantic": Semantic.OFF}), print)
    with_meaning = build_assistant(
        settings.model_copy(update={"semantic": Semantic.BUILTIN}), print, Evidence(embedder)
    )
    if not options.no_leave_one_out:
        print("\n## 留一法\n")
        for region in plain.matchers:
            leave_one_out(plain.catalog, region, embedder)
    print("\n## 整个助手\n")
    for name, questions in sets(plain.catalog, options.questions):
        compare(name, questions, settings, plain, with_meaning, embedder)
    public = os.environ.get("YIBAO_BENCH_DATA")
    if public and Path(public).is_dir():
        print("\n## 公开数据\n")
        on_public_data(Path(public), plain.catalog, embedder)
    else:
        print("\n没有设 YIBAO_BENCH_DATA，跳过公开数据。")


def resident_mb() -> float:
    """Return the memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def leave_one_out(catalog: Catalog, region: Region, embedder: BuiltinEmbedder) -> None:
    """Print how often an utterance's class is found without it, and how well misses are told."""
    examples = examples_of(catalog, region)
    both = (*examples.utterances, *examples.negatives)
    tokenizer, places = training.tokenizer_of(catalog), training.places_of(catalog, region)
    texts = [analyse(e.text, tokenizer, places) for e in both]
    classes = sorted({e.label for e in examples.utterances})
    index = {label: i for i, label in enumerate(classes)}
    count = len(examples.utterances)
    labels = np.asarray([index[e.label] for e in examples.utterances])
    wrong = [index[e.label] for e in examples.negatives]
    ones = [1.0] * len(both)
    rows = VectorSpace(texts[:count]).matrix(texts)
    lexical = ranker.fit(rows, labels.tolist(), wrong, len(classes), ones)
    started = time.perf_counter()
    vectors = embedder.embed([t.normalised for t in texts], at_leisure=True)
    embedded_s = time.perf_counter() - started
    started = time.perf_counter()
    meant = meaning.fit(vectors, labels.tolist(), wrong, len(classes), ones).learned
    share = meaning.share_of(lexical.left_out, meant.left_out, labels.astype(np.int32), ones)
    fitted_s = time.perf_counter() - started
    is_topic = np.asarray([c in examples.topics for c in classes])[labels]
    print(f"{region}：{count} 条说法，嵌入 {embedded_s:.1f} 秒，第二个排序器 {fitted_s:.1f} 秒\n")
    print("| 证据 | 话题第一名对 | 认出没见过的话题（AUROC） |\n|---|---|---|")
    for name, left_out, unseen in (
        ("字面", lexical.left_out, lexical.unseen),
        ("句向量", meant.left_out, meant.unseen),
        (
            "平均",
            meaning.blend(lexical.left_out, meant.left_out, share),
            meaning.blend(lexical.unseen, meant.unseen, share),
        ),
    ):
        right = (left_out.argmax(1) == labels)[is_topic].mean()
        foreign = unseen.copy()
        foreign[np.arange(count), labels] = -np.inf
        told = auroc(left_out[is_topic].max(1), foreign[is_topic].max(1))
        print(f"| {name} | {right:.1%} | {told:.3f} |")
    print()


def auroc(known: Floats, foreign: Floats) -> float:
    """Return the chance that a known text scores above a foreign one."""
    truth = np.r_[np.ones(len(known)), np.zeros(len(foreign))]
    return float(roc_auc_score(truth, np.r_[known, foreign]))


def sets(catalog: Catalog, files: Sequence[Path]) -> Iterator[tuple[str, list[Question]]]:
    """Yield the operators' test sentences, then the labelled questions of each file."""
    yield (
        "运营的测试句",
        [
            Question(text, account.id, frozenset({intent.id}))
            for intent in catalog.intents.values()
            for account in catalog.accounts.values()
            if intent.kind is IntentKind.FAQ and account.region in intent.answers
            for text in intent.tests
        ],
    )
    for file in files:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        yield (
            file.stem,
            [
                Question(
                    r["q"],
                    r["region"],
                    frozenset({r["topic"], *r.get("accept", [])} if "topic" in r else ()),
                )
                for r in rows
                if "topics" not in r
            ],
        )


def compare(
    name: str,
    questions: list[Question],
    settings: Settings,
    plain: Assistant,
    with_meaning: Assistant,
    embedder: BuiltinEmbedder,
) -> None:
    """Print what becomes of the questions with and without each evidence."""
    parts = (plain.catalog, plain.matchers, render)
    semantic = (with_meaning.catalog, with_meaning.matchers, render)
    ways: dict[str, Assistant] = {
        "没有": plain,
        "句向量": with_meaning,
        "选择器（按句向量）": AdvisedAssistant(*parts, None, NearestSelector(embedder)),
        "选择器（全对）": AdvisedAssistant(*parts, None, PerfectSelector(questions)),
        "句向量和选择器（全对）": AdvisedAssistant(*semantic, embedder, PerfectSelector(questions)),
    }
    model = evidence_of(settings.model_copy(update={"semantic": Semantic.OFF})).selector
    if model is not None:
        ways[f"选择器（{settings.llm_model}）"] = AdvisedAssistant(*parts, None, model)
    print(f"{name}，{len(questions)} 条\n")
    print("| 证据 | 答对 | 答错或误答 | 反问 | 反问里有 | 没答 | p50 毫秒 | p99 毫秒 |")
    print("|---|---|---|---|---|---|---|---|")
    for way, assistant in ways.items():
        counts, ms = outcomes(assistant, questions, settings)
        n = len(questions)
        shares = " | ".join(
            f"{counts[key] / n:.1%}" for key in ("right", "wrong", "clarify", "offered", "none")
        )
        print(f"| {way} | {shares} | {np.percentile(ms, 50):.1f} | {np.percentile(ms, 99):.1f} |")
    print()


def outcomes(
    assistant: Assistant, questions: Sequence[Question], settings: Settings
) -> tuple[Counter[str], list[float]]:
    """Ask every question as the first message of a new user."""
    now = clock_of(settings)()
    counts: Counter[str] = Counter()
    ms = []
    for question in questions:
        started = time.perf_counter()
        turn = assistant.turn(Session(), typed(question.account, "bench", question.text), now)
        ms.append((time.perf_counter() - started) * 1000)
        if turn.decision in _ANSWERED and turn.topics:
            counts["right" if turn.topics[0] in question.right else "wrong"] += 1
        elif turn.decision is Decision.CLARIFY:
            counts["clarify"] += 1
            counts["offered"] += bool(question.right & set(turn.topics))
        else:
            counts["none"] += 1
    return counts, ms


def on_public_data(folder: Path, catalog: Catalog, embedder: BuiltinEmbedder) -> None:
    """Train on `finfaq.jsonl` as if it were content; print the figures of its test part."""
    rows = read_texts(folder / "finfaq.jsonl")
    taught: dict[str, list[str]] = {}
    for row in rows:
        if row["split"] == "train":
            taught.setdefault(row["intent"], []).append(row["text"])
    account = next(iter(catalog.accounts.values()))
    intents = {
        IntentId(name): Intent(
            id=IntentId(name),
            title=texts[0],
            kind=IntentKind.FAQ,
            utterances=tuple(texts[1:]),
            answers={account.region: Answer("。", ())},
        )
        for name, texts in taught.items()
    }
    tests = [(row["text"], row["intent"]) for row in rows if row["split"] == "test"]
    near = [row["text"] for row in read_texts(folder / "finfaq_oos_near.jsonl")]
    far = [
        row["text"]
        for file in ("oos_general.jsonl", "oos_medical.jsonl")
        for row in read_texts(folder / file)
    ]
    bank = dataclasses.replace(catalog, intents=intents)
    tokenizer = training.tokenizer_of(bank)
    started = time.perf_counter()
    matcher = training.train(bank, account.region, tokenizer, embedder.embed)
    learned_s = time.perf_counter() - started
    print(f"finfaq：{len(intents)} 个意图，{len(tests)} 条测试，学习 {learned_s:.1f} 秒\n")
    print(
        "| 证据 | 第一名对 | 至多 2 % 答错时能答 | 远的范围外（AUROC） | 近的范围外（AUROC） |"
        " p50 毫秒 |\n|---|---|---|---|---|---|"
    )
    for name, vector_of in (("字面", None), ("句向量", lambda text: embedder.embed([text])[0])):
        ms: list[float] = []

        def best(
            text: str, vector_of: Callable[[str], Floats] | None = vector_of, ms: list[float] = ms
        ) -> tuple[str, float]:
            started = time.perf_counter()
            candidates = matcher.rank(text, vector_of).candidates
            ms.append((time.perf_counter() - started) * 1000)
            return (candidates[0].intent, candidates[0].confidence) if candidates else ("", 0.0)

        found = [best(text) for text, _ in tests]
        right = np.asarray([f[0] == label for f, (_, label) in zip(found, tests, strict=True)])
        sure = np.asarray([f[1] for f in found])
        told = [auroc(sure, np.asarray([best(text)[1] for text in texts])) for texts in (far, near)]
        print(
            f"| {name} | {right.mean():.1%} | {coverage(sure, right):.1%} | {told[0]:.3f} |"
            f" {told[1]:.3f} | {np.percentile(ms, 50):.2f} |"
        )


def read_texts(file: Path) -> list[Mapping[str, str]]:
    """Read a JSON-lines file."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def coverage(sure: Floats, right: np.ndarray) -> float:
    """Return the largest share of questions answered with at most 2 % of the answers wrong."""
    hits = np.cumsum(right[np.argsort(-sure, kind="stable")])
    answered = np.arange(1, len(right) + 1)
    enough = np.flatnonzero(hits / answered >= 1 - _TOLERATED)
    return float((enough[-1] + 1) / len(right)) if len(enough) else 0.0


if __name__ == "__main__":
    main()
