"""What an operator changed besides the answers: sentences, word lists, facts, accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.domain.content import Catalog, Intent
from app.domain.names import Region
from app.impact.findings import Edit

_LISTS = (("utterances", "说法"), ("not_utterances", "反例"), ("tests", "测试句"))


def edits_of(old: Catalog, new: Catalog) -> tuple[Edit, ...]:
    """Return what differs, by file; answers and the bot's own wording are `answers.compare`'s."""
    return tuple(e for e in _every(old, new) if e.added or e.removed)


def _every(old: Catalog, new: Catalog) -> Iterator[Edit]:
    yield _lines("intents/", "意图", old.intents, new.intents)
    for name in sorted(old.intents.keys() | new.intents.keys()):
        yield from _intent(old.intents.get(name), new.intents.get(name))
    yield _lines("intents/flows/", "流程", old.flows, new.flows)
    yield _lines("intents/_synonyms.yml", "同义词", _said(old.synonyms), _said(new.synonyms))
    yield _lines("intents/_words.yml", "专有词", old.domain_words, new.domain_words)
    yield _lines("intents/_places.yml", "地名", old.places, new.places)
    yield _lines("intents/_commands.yml", "口令", _said(old.commands), _said(new.commands))
    yield _lines("intents/_opposites.yml", "反义说法", _opposites(old), _opposites(new))
    for region in sorted(old.facts.keys() | new.facts.keys()):
        before, after = (
            [
                f"{fact.title}（{name}）：{fact.value}"
                for name, fact in c.facts.get(region, {}).items()
            ]
            for c in (old, new)
        )
        yield _lines(f"knowledge/facts/{region}.yml", "事实", before, after)
    yield _lines("intents/_accounts.yml", "公众号", _accounts(old), _accounts(new))
    yield _lines("knowledge/", "依据文件", _documents(old), _documents(new))


def _intent(old: Intent | None, new: Intent | None) -> Iterator[Edit]:
    one = new or old
    if one is None:
        return
    for key, what in _LISTS:
        yield _lines(one.file, what, getattr(old, key, ()), getattr(new, key, ()))
    if old is not None and new is not None:
        yield _lines(one.file, "类型", (str(old.kind),), (str(new.kind),))
        yield _lines(one.file, "启动的流程", (old.flow or "",), (new.flow or "",))


def _lines(file: str, what: str, old: Iterable[str], new: Iterable[str]) -> Edit:
    before, after = dict.fromkeys(map(str, old)), dict.fromkeys(map(str, new))
    return Edit(
        file,
        what,
        added=tuple(text for text in after if text and text not in before),
        removed=tuple(text for text in before if text and text not in after),
    )


def _said(words: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{name}：{word}" for name, others in words.items() for word in others]


def _facts(catalog: Catalog, region: Region) -> list[str]:
    facts = catalog.facts.get(region, {})
    return [f"{fact.title}（{name}）：{fact.value}" for name, fact in facts.items()]


def _opposites(catalog: Catalog) -> list[str]:
    return [f"{'、'.join(p.one)} ↔ {'、'.join(p.other)}" for p in catalog.opposites]


def _accounts(catalog: Catalog) -> list[str]:
    return [
        f"{a.id}：{a.name}，关注后推荐 {'、'.join(a.welcome)}，地名 {'、'.join(a.places)}"
        for a in catalog.accounts.values()
    ]


def _documents(catalog: Catalog) -> list[str]:
    return [
        f"{d.id}：{d.title}，有效期 {d.valid_from} 至 {d.valid_until}"
        for d in catalog.documents.values()
    ]
