"""Quote the documents: put facts into texts, name the source, say when it has expired."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from app.domain.content import Catalog, Document
from app.domain.names import Anchor, Region

_FACT = re.compile(r"\{fact\.([a-z][a-z0-9_]*)\}")


def with_facts(text: str, facts: Mapping[str, str]) -> str:
    """Replace every `{fact.NAME}`.

    Raises:
        KeyError: An unknown fact (the loader proves that there is none).
    """
    return _FACT.sub(lambda match: facts[match.group(1)], text)


def fact_values(catalog: Catalog, region: Region) -> dict[str, str]:
    """Return name → value of the region's facts."""
    return {name: fact.value for name, fact in catalog.facts.get(region, {}).items()}


def documents_of(catalog: Catalog, sources: Iterable[Anchor]) -> tuple[Document, ...]:
    """Return the cited documents, each once, in order of citation."""
    return tuple(catalog.documents[name] for name in dict.fromkeys(s.document for s in sources))


def source_line(catalog: Catalog, documents: Iterable[Document]) -> str:
    """Return the last line of a reply: document and year; empty where nothing was cited."""
    return "\n".join(
        catalog.texts.text("source", title=d.title, applies_to=d.applies_to) for d in documents
    )


def expiry_notice(catalog: Catalog, documents: Iterable[Document], today: date) -> str:
    """Return the first line of a reply from a document that no longer applies, else ""."""
    expired = [d for d in documents if today > d.valid_until]
    return "\n".join(
        catalog.texts.text("expired", applies_to=d.applies_to, confirm=d.confirm) for d in expired
    )
