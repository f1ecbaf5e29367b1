"""A source document: front matter and `##` sections of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.content.parsing import Parsed, parse_model
from app.content.problems import Place, ProblemList
from app.content.shared_models import DocumentFrontMatter
from app.content.yaml_source import read_yaml
from app.domain.content import Section

_FENCE = re.compile(r"---[ ]*\n")
_HEADING = re.compile(r"##[ ]+(.+?)[ #]*$")
_LIKE_HEADING = re.compile(
    r"(?:[ \u3000]*[#＃]{2}[ \u3000]*|[ ]*[#＃]{3,}[ \u3000]+)([^#＃\s].*?)[ #]*$"
)


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document's front matter and sections."""

    front: Parsed[DocumentFrontMatter]
    sections: Mapping[str, Section]
    """Heading → section, in the file's order."""

    @property
    def file(self) -> str:
        """The file, relative to the content root."""
        return self.front.file


def read_document(file: str, text: str, problems: ProblemList) -> ParsedDocument | None:
    """Return a document, or None after reporting why it cannot be used."""
    opening = _FENCE.match(text)
    closing = text.find("\n---", opening.end() - 1) if opening else -1
    if opening is None or closing < 0:
        problems.add("Y014", Place(file, 1, 1), "文件开头没有两行“---”之间的信息栏")
        return None
    # The opening `---` stays: it starts a YAML document, and line numbers remain the file's.
    source = read_yaml(file, text[: closing + 1], problems)
    front = parse_model(DocumentFrontMatter, source, problems) if source else None
    first_line = text.count("\n", 0, closing + 1) + 2
    body = text[closing + 1 :].partition("\n")[2]
    sections = _split_sections(file, body, first_line, problems)
    return ParsedDocument(front, sections) if front else None


def _split_sections(
    file: str, body: str, first_line: int, problems: ProblemList
) -> Mapping[str, Section]:
    """Return the `##` sections; text before the first one belongs to none."""
    sections: dict[str, Section] = {}
    heading = ""
    heading_line = 0
    lines: list[str] = []

    def close() -> None:
        if not heading:
            return
        text = "\n".join(lines).strip()
        if not text:
            problems.add("C020", Place(file, heading_line, 1), f"“{heading}”下面没有文字")
        sections.setdefault(heading, Section(heading, text, heading_line))

    for number, line in enumerate(body.split("\n"), start=first_line):
        match = _HEADING.match(line)
        if match is None:
            match = _LIKE_HEADING.match(line)
            if match:
                problems.add("Y019", Place(file, number, 1), f"“{line.strip()}”不是小标题的写法")
        if match is None:
            lines.append(line)
            continue
        close()
        heading, heading_line, lines = match.group(1), number, []
        if heading in sections:
            first = sections[heading].line
            message = f"小标题“{heading}”写了两次，第一次在第 {first} 行"
            problems.add("C019", Place(file, number, 1), message)
    close()
    return sections
