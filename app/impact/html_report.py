"""Impact, preview and differences as one HTML page each; it needs nothing from elsewhere.

Every text goes through `_e`: questions of parents are among them.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from app.impact.answers import AnswerText
from app.impact.findings import AnswerChange, Change, ChangeKind, Edit, Impact
from app.impact.preview import (
    KIND_TITLES,
    by_kind,
    heading_of,
    notes_of,
)
from app.impact.wording import (
    CASE_NAMES,
    KIND_NAMES,
    diff_lines,
    group_members,
    group_title,
    grouped,
    outcome_text,
    score_lines,
    thief_text,
    verdict_line,
)

_MARKS = {"- ": "del", "+ ": "ins", "  ": "span"}


def impact_page(impact: Impact, title: str) -> str:
    """Return the page of a comparison."""
    told = set(map(id, impact.regressions))
    others = [c for c in impact.changes if id(c) not in told]
    parts = [
        f"<h1>{_e(title)}</h1>",
        f'<p class="{"bad" if impact.regressions else "good"}">{_e(verdict_line(impact))}</p>',
        f"<p>按 {impact.at:%Y-%m-%d %H:%M} 比较，"
        f"{_e(impact.old_revision[:12])} → {_e(impact.new_revision[:12])}</p>",
        "<ul>" + "".join(f"<li>{_e(line)}</li>" for line in score_lines(impact)) + "</ul>",
        _changes("比原来差的", impact.regressions, impact, is_open=True),
        _answers(impact.answers),
        *(
            _changes(KIND_NAMES[kind], [c for c in others if c.kind is kind], impact)
            for kind in ChangeKind
        ),
        _edits(impact.edits),
    ]
    return _page(title, parts)


def difference_page(changes: Sequence[AnswerChange], title: str) -> str:
    """Return the page of what differs between two moments."""
    body = _answers(changes) or "<p>这两个时刻的回答没有差别。</p>"
    return _page(title, [f"<h1>{_e(title)}</h1>", body])


def preview_page(answers: Sequence[AnswerText], title: str) -> str:
    """Return the page of all answers as of a moment, with a table of contents."""
    groups = by_kind(answers)
    index = "".join(
        f"<h2>{_e(KIND_TITLES.get(kind, kind))}（{len(found)}）</h2><ul class=index>"
        + "".join(f'<li><a href="#{_anchor(a)}">{_e(heading_of(a))}</a></li>' for a in found)
        + "</ul>"
        for kind, found in groups.items()
    )
    body = "".join(_answer(a) for found in groups.values() for a in found)
    return _page(title, [f"<h1>{_e(title)}</h1>", f"<nav>{index}</nav>", body])


def _answer(answer: AnswerText) -> str:
    notes = "".join(f"<li>{_e(note)}</li>" for note in notes_of(answer))
    return (
        f'<section id="{_anchor(answer)}"><h3>{_e(heading_of(answer))}</h3>'
        f"<pre>{_e(answer.shown)}</pre><ul class=notes>{notes}</ul></section>"
    )


def _anchor(answer: AnswerText) -> str:
    return _e(f"{answer.intent}-{answer.region}-{answer.state}".replace(" ", "_"))


def _changes(
    title: str, changes: Sequence[Change], impact: Impact, *, is_open: bool = False
) -> str:
    if not changes:
        return ""
    rows = "".join(_row(change, impact) for change in changes)
    return _section(
        f"{title}（{len(changes)}）",
        "<table><tr><th>变化</th><th>问的是</th><th>原来</th><th>现在</th></tr>"
        + rows
        + "</table>",
        is_open=is_open,
    )


def _row(change: Change, impact: Impact) -> str:
    case = change.case
    times = f"，{case.count} 次" if case.count > 1 else ""
    origin = f"{CASE_NAMES[case.kind]}（{case.account}{times}）{case.file}"
    thief = thief_text(change)
    advice = f"<p class=bad>{_e(thief)}</p>" if thief else ""
    before, after = (outcome_text(o, impact.titles) for o in (change.before, change.after))
    return (
        f"<tr><td>{KIND_NAMES[change.kind]}</td>"
        f"<td>{_e(case.text)}<br><small>{_e(origin)}</small>{advice}</td>"
        f"<td>{_e(before)}{_reply(change.before.text)}</td>"
        f"<td>{_e(after)}{_reply(change.after.text)}</td></tr>"
    )


def _reply(text: str) -> str:
    return f"<details><summary>回复</summary><pre>{_e(text)}</pre></details>" if text else ""


def _answers(changes: Iterable[AnswerChange]) -> str:
    groups = grouped(changes)
    parts = []
    for first, group in groups:
        members = f"<p>{_e(group_members(group))}</p>" if len(group) > 1 else ""
        lines = "\n".join(
            f"<{_MARKS[line[:2]]}>{_e(line)}</{_MARKS[line[:2]]}>"
            for line in diff_lines(first.before, first.after)
        )
        parts.append(f"<h3>{_e(group_title(group))}</h3>{members}<pre>{lines}</pre>")
    return _section(f"变了的文字（{len(groups)}）", "".join(parts), is_open=True) if parts else ""


def _edits(edits: Sequence[Edit]) -> str:
    if not edits:
        return ""
    body = "".join(
        f"<h3>{_e(edit.file)} {_e(edit.what)}</h3><pre>"
        + "\n".join(
            [f"<ins>+ {_e(t)}</ins>" for t in edit.added]
            + [f"<del>- {_e(t)}</del>" for t in edit.removed]
        )
        + "</pre>"
        for edit in edits
    )
    return _section(f"内容改动（{len(edits)}）", body)


def _section(title: str, body: str, *, is_open: bool = False) -> str:
    state = " open" if is_open else ""
    return f"<details{state}><summary><h2>{_e(title)}</h2></summary>{body}</details>"


def _page(title: str, parts: Iterable[str]) -> str:
    return _PAGE.format(title=_e(title), body="\n".join(part for part in parts if part))


def _e(text: str) -> str:
    return html.escape(text)


_PAGE = """<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.6 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: #222; background: #fff; overflow-wrap: anywhere; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #ddd; background: #161616; }}
  a {{ color: #8ab4f8; }} }}
h2 {{ display: inline-block; font-size: 1.2rem; margin: .6rem 0; }} h3 {{ font-size: 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
td, th {{ border: 1px solid #8884; padding: .2rem .6rem; text-align: left; vertical-align: top; }}
pre {{ background: #8881; padding: .6rem; white-space: pre-wrap; }}
ins {{ text-decoration: none; background: #2a72; }} del {{ background: #d332; }}
.bad {{ border-left: 4px solid #d33; padding-left: .6rem; }}
.good {{ border-left: 4px solid #2a7; padding-left: .6rem; }}
.index {{ columns: 18rem; }} .notes {{ color: #777; font-size: .9em; }}
</style>
{body}
</html>
"""
