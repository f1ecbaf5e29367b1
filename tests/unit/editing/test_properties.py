"""Changes of generated files: what was asked is read back, every other line stays."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from app.editing.intent_file import (
    IntentChange,
    add_utterances,
    applied,
    change_intent,
    read_intent,
)
from app.editing.scalars import is_plain

TRICKY = [
    "12:30", "no", "08", "- 横线开头", "#井号", "冒号: 空格", "冒号：全角", "abc：键", "1e3",
    "0x1F", "2026-01-01", "2026-01", "~", "null", "=", "<<", "{花", "[方", "]", "a, b", "'单'",
    '"双"', "尾:", "*星", "&和", "!叹", "%百", "@at", "`反`", "|竖", ">大", "?问", "：全角",
    "\u3000全角空格\u3000", " 空格 ", "🙂表情", "反\\斜", "a #b", "...", "---", "\t制表", "尾\t",
    "\x85", "\u2028", "\ufeff", "\x07", "true", "1_000", "-.inf", "+1", ".5", "1,000", "y",
    "ｎｏ", "a\u00a0b", "\r", "x\ry",
]  # fmt: skip
SENTENCES = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.text("今年交多少钱 :#-'\"[]{},&*!|>%@`?~\\0123456789abe", min_size=1, max_size=12),
)
LONG_TEXTS = st.one_of(
    SENTENCES, st.lists(st.one_of(SENTENCES, st.just("")), min_size=1, max_size=5).map("\n".join)
)
LISTS = st.lists(SENTENCES, min_size=1, max_size=6).map(tuple)
PLAIN_SENTENCES = st.sampled_from(
    ["多少钱", "怎么交", "今年几号开始", "能退吗", "孩子的", "老人呢", "卡丢了"]
)


@dataclass(frozen=True)
class ShapedFile:
    """A generated file."""

    text: str
    comments: tuple[str, ...]


@st.composite
def listed(draw: st.DrawFn, key: str, values: list[str]) -> list[str]:
    """Return the lines of a list in some style, comments between its items."""
    if draw(st.booleans()) and draw(st.booleans()):
        return [f"{key}: [{', '.join(values)}]" + draw(st.sampled_from(["", "  # 行内"]))]
    lead = draw(st.sampled_from(["", "  ", "    "]))
    lines = [f"{key}:" + draw(st.sampled_from(["", " # 为什么"]))]
    for value in values:
        if draw(st.integers(0, 4)) == 0:
            lines.append(f"{lead}# 组：{value}")
        if draw(st.integers(0, 6)) == 0:
            lines.append("")
        form = draw(st.sampled_from(["{0}", "{0}", '"{0}"', "'{0}'", "{0}  # 注"]))
        lines.append(f"{lead}- {form.format(value)}")
    return lines


@st.composite
def shaped_files(draw: st.DrawFn) -> ShapedFile:
    """Return a file in one of the many ways people write the same things."""
    lines = ["# 头一行注释", "intent: fee"]
    title = draw(st.sampled_from(["一年多少", '"一年多少"', "'一年多少'", "一年多少 # 标题"]))
    lines.append(f"title: {title}")
    sentences = draw(st.lists(PLAIN_SENTENCES, min_size=1, max_size=5))
    lines += draw(listed("utterances", sentences))
    if draw(st.booleans()):
        lines += ["", *draw(listed("not_utterances", sentences[:2]))]
    if draw(st.booleans()):
        lines += ["answers: # 答案"]
        step = draw(st.sampled_from(["  ", "    "]))
        for region in draw(st.sampled_from([["beijing"], ["beijing", "liuzhou"]])):
            lines += [f"{step}{region}:", f"{step * 2}source: doc#标题"]
            body = [f"{step * 3}第一行", "", f"{step * 3}  第二行缩进", f"{step * 3}末行"]
            header = draw(st.sampled_from(["|-", "|", ">-", "|+", ">"]))
            one = draw(st.sampled_from(["一句话", '"一句话"', "'一句话'"]))
            if draw(st.integers(0, 3)):
                lines += [f"{step * 2}text: {header}", *body]
            else:
                lines += [f"{step * 2}text: {one}"]
            if draw(st.booleans()):
                lines += ["", f"{step}# 下一个地区"]
    if draw(st.booleans()):
        lines += draw(listed("related", ["a_b", "c_d"]))
    lines += draw(st.sampled_from([[], ["# 末尾"], ["", "# 末尾", ""]]))
    comments = tuple(line for line in lines if line.lstrip().startswith("#"))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = newline.join(lines) + newline
    if not text.endswith(newline * 2) and "|" not in text and ">" not in text:
        text = text[: len(text) - len(newline) * draw(st.integers(0, 1))]
    return ShapedFile(text, comments)


CHANGES = st.builds(
    IntentChange,
    title=st.none() | SENTENCES,
    utterances=st.none() | LISTS,
    not_utterances=st.none() | LISTS | st.just(()),
    tests=st.none() | LISTS,
    related=st.none() | LISTS | st.just(()),
    replies=st.none() | LISTS,
    about=st.none() | LONG_TEXTS,
    answers=st.dictionaries(
        st.tuples(st.sampled_from(["beijing", "liuzhou", "nanning"]), st.just("text")),
        LONG_TEXTS | st.just(""),
        max_size=3,
    ),
)


@settings(max_examples=400, deadline=None)
@given(shaped_files(), CHANGES)
def test_what_was_asked_is_read_back(shaped: ShapedFile, change: IntentChange) -> None:
    before = read_intent(shaped.text)
    changed = change_intent(shaped.text, change)
    assert read_intent(changed) == applied(before, change)
    assert changed.count("\r\n") == (changed.count("\n") if "\r\n" in shaped.text else 0)


@settings(max_examples=200, deadline=None)
@given(shaped_files())
def test_saying_the_same_changes_nothing(shaped: ShapedFile) -> None:
    before = read_intent(shaped.text)
    same = IntentChange(
        title=before.title,
        utterances=before.utterances,
        not_utterances=before.not_utterances,
        related=before.related,
        answers={(r, f): v for r, parts in before.answers.items() for f, v in parts.items()},
    )
    assert change_intent(shaped.text, same) == shaped.text


@settings(max_examples=200, deadline=None)
@given(shaped_files(), SENTENCES)
def test_one_more_utterance_is_one_more_line(shaped: ShapedFile, sentence: str) -> None:
    before = read_intent(shaped.text)
    changed = add_utterances(shaped.text, [sentence])
    if sentence in before.utterances:
        assert changed == shaped.text
        return
    rest = shaped.text.split("\n")
    for line in changed.split("\n"):
        if line in rest:
            rest.remove(line)
    flow = [line for line in shaped.text.split("\n") if line.startswith("utterances: [")]
    unended = 0 if shaped.text.endswith("\n") else 1
    assert rest == flow or (unended and len(rest) <= 1)
    assert len(changed.split("\n")) == len(shaped.text.split("\n")) + (0 if flow else 1)


@settings(max_examples=200, deadline=None)
@given(shaped_files(), st.text("今年交多少钱", min_size=1, max_size=9))
def test_comments_survive_a_change_of_items(shaped: ShapedFile, sentence: str) -> None:
    before = read_intent(shaped.text)
    change = IntentChange(
        title=sentence,
        utterances=(sentence, *before.utterances[1:]),
        answers={(region, "text"): sentence for region in before.answers},
    )
    changed = change_intent(shaped.text, change)
    for comment in shaped.comments:
        assert comment in changed.splitlines()


@settings(max_examples=500, deadline=None)
@given(SENTENCES, st.booleans())
def test_plain_only_where_both_versions_of_yaml_read_text(value: str, is_flow: bool) -> None:
    if not is_plain(value, is_flow):
        return
    text = f"k: [{value}]" if is_flow else f"k:\n  - {value}"
    for version in ((1, 1), (1, 2)):
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version
        assert yaml.load(text) == {"k": [value]}
