"""All files below a content root, each read on its own; nothing is compared across files here."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from app.content.calendar_model import CalendarFile
from app.content.field_types import FileModel
from app.content.flow_model import FlowFile
from app.content.intent_model import KEYS_BY_KIND, REQUIRED_BY_KIND, IntentFile
from app.content.markdown_source import ParsedDocument, read_document
from app.content.menu_model import MenuFile
from app.content.parsing import Parsed, parse_model
from app.content.problems import Place, ProblemList
from app.content.shared_models import (
    AccountsFile,
    CommandsFile,
    FactsFile,
    OppositesFile,
    PlacesFile,
    SensitiveFile,
    SynonymsFile,
    TextsFile,
    WordsFile,
)
from app.content.yaml_source import NodePath, Span, YamlSource, decode, read_yaml
from app.domain.content import IntentKind

M = TypeVar("M", bound=FileModel)

INTENTS = "intents"
MENU = "intents/menu.yml"
"""May be missing: an account need not have a menu."""
FLOWS = "intents/flows"
KNOWLEDGE = "knowledge"
FACTS = "knowledge/facts"
CALENDAR = "knowledge/calendar"
SCHEMAS = "intents/_schema"
_KINDS = {INTENTS: "intent", FLOWS: "flow", FACTS: "facts", CALENDAR: "calendar"}
"""Which schema the files of a folder name."""
_SCHEMA_LINE = re.compile(r"(?m)^#[ ]*yaml-language-server:[ ]*\$schema=(\S+)")
_FOLDERS = frozenset({FLOWS, FACTS, CALENDAR, SCHEMAS})
_REQUIRED = (
    "_accounts.yml",
    "_commands.yml",
    "_places.yml",
    "_synonyms.yml",
    "_texts.yml",
    "_words.yml",
)
_SHARED = (*_REQUIRED, "_opposites.yml", "_sensitive.yml")


@dataclass(slots=True)
class ContentFiles:
    """What was read; a file with problems of form is missing here and named in `broken`."""

    problems: ProblemList
    intents: dict[str, Parsed[IntentFile]] = field(default_factory=dict)
    """By file stem, which is the id (a stem that is not, is reported)."""
    flows: dict[str, Parsed[FlowFile]] = field(default_factory=dict)
    facts: dict[str, Parsed[FactsFile]] = field(default_factory=dict)
    """By region."""
    calendars: dict[str, Parsed[CalendarFile]] = field(default_factory=dict)
    """By region."""
    documents: dict[str, ParsedDocument] = field(default_factory=dict)
    accounts: Parsed[AccountsFile] | None = None
    commands: Parsed[CommandsFile] | None = None
    menu: Parsed[MenuFile] | None = None
    opposites: Parsed[OppositesFile] | None = None
    places: Parsed[PlacesFile] | None = None
    sensitive: Parsed[SensitiveFile] | None = None
    synonyms: Parsed[SynonymsFile] | None = None
    texts: Parsed[TextsFile] | None = None
    words: Parsed[WordsFile] | None = None
    broken: set[str] = field(default_factory=set)
    """Paths of files that could not be used; references to them are not reported again."""
    has_schemas: bool = False
    """Whether schemas are kept beside the content, so that files should name theirs."""
    revision: str = ""
    """Hex SHA-256 over path and bytes of all files read."""
    sources: list[YamlSource] = field(default_factory=list)
    """All YAML files that could be read."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Content that was found good before."""

    revision: str
    read: Mapping[str, tuple[str, Any, Sequence[int]]]
    """Path → digest, data, and the line of each value, of a YAML file."""

    def source(self, path: str, text: str) -> YamlSource | None:
        """Return what a file says; of positions only lines: nothing in it will be reported."""
        digest, data, lines = self.read.get(path, ("", None, ()))
        if digest != digest_of(text):
            return None
        places = list(paths(data))
        if len(places) != len(lines):  # damaged: the file itself says it again
            return None
        spans = {at: Span(line, 1, 0, 0) for at, line in zip(places, lines, strict=True)}
        return YamlSource(path, text, data, spans, {})


def paths(data: Any, at: NodePath = ()) -> Iterator[NodePath]:
    """Yield the path of each value of a file's data, parents first, in order."""
    yield at
    if isinstance(data, dict):
        for key, value in data.items():
            yield from paths(value, (*at, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from paths(value, (*at, index))


def digest_of(text: str) -> str:
    """Return what tells one text of a file from another."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_files(root: Path, known: Remembered | None = None) -> ContentFiles:
    """Read every content file below `root`; all problems of form are in the result.

    Args:
        root: The content folder.
        known: What files say that were read before; those that changed since are read again.
    """
    files = ContentFiles(ProblemList(), has_schemas=(root / SCHEMAS).is_dir())
    digest = hashlib.sha256()
    for path in sorted(_content_paths(root, files.problems)):
        try:
            raw = (root / path).read_bytes()
        except OSError as error:  # gone, or locked by an editor, since it was listed
            reason = error.strerror or type(error).__name__
            files.problems.add("Y015", Place(path), f"文件打不开：{reason}")
            files.broken.add(path)
            continue
        _take(digest, path, raw)
        _read_one(files, path, raw, known)
    files.revision = digest.hexdigest()
    for name in _REQUIRED:
        if not (root / INTENTS / name).is_file():
            place = Place(f"{INTENTS}/{name}")
            files.problems.add("S009", place, "没有这个文件")
            files.broken.add(place.file)
    if not any((root / KNOWLEDGE).glob("*.md")):
        files.problems.add("S009", Place(KNOWLEDGE), "一份依据文件（.md）也没有")
    return files


def revision_of(root: Path) -> str:
    """Return the revision that `read_files` would give, without looking at what the files say.

    Raises:
        OSError: A file went away or cannot be opened.
    """
    digest = hashlib.sha256()
    for path in sorted(_content_paths(root, ProblemList())):
        _take(digest, path, (root / path).read_bytes())
    return digest.hexdigest()


def _take(digest: hashlib._Hash, path: str, raw: bytes) -> None:
    digest.update(f"{path}\0{len(raw)}\0".encode())
    digest.update(raw)


def _content_paths(root: Path, problems: ProblemList) -> Iterator[str]:
    """Yield the relative paths of content files; report files in the wrong place."""
    folders = {INTENTS: ".yml", FLOWS: ".yml", KNOWLEDGE: ".md", FACTS: ".yml", CALENDAR: ".yml"}
    for folder, suffix in folders.items():
        for path in (root / folder).glob("*"):
            relative = f"{folder}/{path.name}"
            if path.is_symlink() and not path.exists():
                problems.add(
                    "Y015", Place(relative), "链接指向的文件不存在", "删掉链接，或放上文件"
                )
            if path.is_dir() and relative not in _FOLDERS and not path.name.startswith("."):
                message = f"不认识的文件夹 {path.name}，里面的文件不会被读取"
                problems.add("Y013", Place(relative), message)
            if not path.is_file():
                continue
            if path.name.startswith(".") or path.name.endswith("~"):
                continue
            shared = folder == INTENTS and path.name in _SHARED
            if path.suffix != suffix or (path.name.startswith("_") and not shared):
                message = f"不认识的文件 {path.name}，不会被读取"
                problems.add("Y013", Place(relative), message)
                continue
            yield relative


def _read_one(files: ContentFiles, path: str, raw: bytes, known: Remembered | None = None) -> None:
    problems = files.problems
    text = decode(raw, path, problems)
    if text is None:
        files.broken.add(path)
        return
    problems.allow(path, text)
    _check_schema_line(files, path, text)
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0]
    if folder == KNOWLEDGE:
        document = read_document(path, text, problems)
        if document:
            files.documents[stem] = document
            _check_stem(document.front, "id", document.front.value.id, stem, problems)
            _check_validity(document, problems)
        else:
            files.broken.add(path)
        return
    source = known.source(path, text) if known else None
    source = source or read_yaml(path, text, problems)
    if source is None or not _store(files, folder, stem, source):
        files.broken.add(path)
    if source is not None:
        files.sources.append(source)


def _check_schema_line(files: ContentFiles, path: str, text: str) -> None:
    """Report a file whose first line names no schema, or another: editors then cannot help."""
    folder, _, name = path.rpartition("/")
    kind = _KINDS.get(folder, "")
    if folder == INTENTS and (name.startswith("_") or path == MENU):
        kind = name.removesuffix(".yml").removeprefix("_")
    if not kind or not files.has_schemas:
        return
    wanted = posixpath.relpath(f"{SCHEMAS}/{kind}.schema.json", folder)
    wanted = wanted if wanted.startswith(".") else f"./{wanted}"
    line = f"# yaml-language-server: $schema={wanted}"
    match = _SCHEMA_LINE.search(text)
    if match is None:
        message = "第一行没有写这个文件用哪份格式说明，编辑器就不能补全和提示"
        files.problems.add("S010", Place(path, 1, 1), message, f"第一行写 {line}")
    elif match.group(1) != wanted:
        place = Place(path, text.count("\n", 0, match.start()) + 1, 1)
        message = f"格式说明写的是 {match.group(1)}"
        files.problems.add("S010", place, message, f"改成 {line}")


def _store(files: ContentFiles, folder: str, stem: str, source: YamlSource) -> bool:
    """Parse a YAML file into its model and keep it; False where it does not fit."""
    problems = files.problems
    if folder == FLOWS:
        flow = parse_model(FlowFile, source, problems)
        if flow:
            files.flows[stem] = flow
            _check_stem(flow, "flow", flow.value.flow, stem, problems)
        return flow is not None
    if folder == FACTS:
        facts = parse_model(FactsFile, source, problems)
        if facts:
            files.facts[stem] = facts
            _check_stem(facts, "region", facts.value.region, stem, problems)
        return facts is not None
    if folder == CALENDAR:
        calendar = parse_model(CalendarFile, source, problems)
        if calendar:
            files.calendars[stem] = calendar
            _check_stem(calendar, "region", calendar.value.region, stem, problems)
        return calendar is not None
    if source.file == MENU:
        files.menu = parse_model(MenuFile, source, problems)
        return files.menu is not None
    if stem.startswith("_"):
        return _store_shared(files, stem, source)
    intent = parse_model(IntentFile, source, problems)
    if intent:
        files.intents[stem] = intent
        _check_stem(intent, "intent", intent.value.intent, stem, problems)
        _check_kind(intent, problems)
    return intent is not None


def _store_shared(files: ContentFiles, stem: str, source: YamlSource) -> bool:
    problems = files.problems
    match stem:
        case "_accounts":
            files.accounts = parse_model(AccountsFile, source, problems)
            return files.accounts is not None
        case "_commands":
            files.commands = parse_model(CommandsFile, source, problems)
            return files.commands is not None
        case "_opposites":
            files.opposites = parse_model(OppositesFile, source, problems)
            return files.opposites is not None
        case "_places":
            files.places = parse_model(PlacesFile, source, problems)
            return files.places is not None
        case "_sensitive":
            files.sensitive = parse_model(SensitiveFile, source, problems)
            return files.sensitive is not None
        case "_synonyms":
            files.synonyms = parse_model(SynonymsFile, source, problems)
            return files.synonyms is not None
        case "_texts":
            files.texts = parse_model(TextsFile, source, problems)
            return files.texts is not None
        case _:
            files.words = parse_model(WordsFile, source, problems)
            return files.words is not None


def _check_stem(parsed: Parsed[M], key: str, name: str, stem: str, problems: ProblemList) -> None:
    if name != stem:
        message = f"文件名是 {stem}，里面的 {key} 是 {name}"
        problems.add("R001", parsed.source.place((key,)), message)


def _check_validity(document: ParsedDocument, problems: ProblemList) -> None:
    front = document.front.value
    if front.valid_until < front.valid_from:
        place = document.front.source.place(("valid_until",))
        message = f"有效到 {front.valid_until}，却从 {front.valid_from} 才开始有效"
        problems.add("S008", place, message)


def _check_kind(intent: Parsed[IntentFile], problems: ProblemList) -> None:
    """Report keys that this kind of intent may not have, or lacks."""
    kind = IntentKind(intent.value.kind)
    present: Mapping[str, object] = intent.source.data
    for key in present:
        if key not in KEYS_BY_KIND[kind]:
            allowed = "、".join(sorted(KEYS_BY_KIND[kind] - KEYS_BY_KIND[IntentKind.BACKGROUND]))
            remedy = f"删掉，或改 kind；这一种另外可以有：{allowed}" if allowed else ""
            place = intent.source.key_place((key,))
            problems.add("S006", place, f"kind: {kind.value} 的意图不能有 {key}", remedy)
    for key in REQUIRED_BY_KIND[kind]:
        if key not in present:
            problems.add("S002", intent.source.place(), f"kind: {kind.value} 的意图缺少 {key}")
    if kind is IntentKind.FAQ and not {"answers", "flow"} & present.keys():
        problems.add("S002", intent.source.place(), "缺少 answers（答案），也没有 flow（流程）")
