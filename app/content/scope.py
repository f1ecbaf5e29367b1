"""Which regions, intents and facts there are: what references are checked against."""

from __future__ import annotations

from functools import cached_property

from app.content.files import CALENDAR, FACTS, FLOWS, INTENTS, KNOWLEDGE, ContentFiles
from app.content.flow_model import FlowFile
from app.content.intent_model import IntentFile
from app.content.markdown_source import ParsedDocument
from app.content.parsing import Parsed
from app.content.problems import did_you_mean
from app.domain.content import IntentKind


class Scope:
    """Looks things up across files; what a broken file would define counts as existing."""

    def __init__(self, files: ContentFiles) -> None:
        self.files = files

    @cached_property
    def regions(self) -> frozenset[str]:
        """Regions that have a document or an account."""
        found = {d.front.value.region for d in self.files.documents.values()}
        if self.files.accounts:
            found |= {a.region for a in self.files.accounts.value.accounts.values()}
        return frozenset(found)

    def is_region(self, name: str) -> bool:
        """Tell whether the region exists, or may exist in a document that cannot be read."""
        documents_broken = any(path.startswith(f"{KNOWLEDGE}/") for path in self.files.broken)
        return name in self.regions or documents_broken

    def is_documented(self, name: str) -> bool:
        """Tell whether the region has a document, or may have one that cannot be read."""
        documents = self.files.documents.values()
        return any(d.front.value.region == name for d in documents) or bool(self.files.broken)

    def misspelt(self, document: ParsedDocument) -> str:
        """Return which account's region a document's was meant to be; empty: it is one, or new."""
        if self.files.accounts is None:
            return ""
        served = {a.region for a in self.files.accounts.value.accounts.values()}
        region = document.front.value.region
        return "" if region in served else did_you_mean(region, served)

    def is_served(self, document: ParsedDocument, region: str) -> bool:
        """Tell whether it is sure of which region a document is, and that the other exists."""
        return self.is_region(region) and not self.misspelt(document)

    def is_intent(self, name: str) -> bool:
        """Tell whether there is a file for this intent."""
        return name in self.files.intents or f"{INTENTS}/{name}.yml" in self.files.broken

    def is_flow(self, name: str) -> bool:
        """Tell whether there is a file for this flow."""
        return name in self.files.flows or f"{FLOWS}/{name}.yml" in self.files.broken

    def is_document(self, name: str) -> bool:
        """Tell whether there is a file for this document."""
        return name in self.files.documents or f"{KNOWLEDGE}/{name}.md" in self.files.broken

    def is_fact(self, region: str, name: str) -> bool:
        """Tell whether the region has the fact, or has facts that cannot be read."""
        facts = self.files.facts.get(region)
        if facts is None:
            return f"{FACTS}/{region}.yml" in self.files.broken
        return name in facts.value.facts

    def has_calendar(self, region: str) -> bool:
        """Tell whether the region has a calendar, or one that cannot be read."""
        path = f"{CALENDAR}/{region}.yml"
        return region in self.files.calendars or path in self.files.broken

    def section(self, anchor: str) -> str | None:
        """Return a section's text; None where it does not exist, which is reported elsewhere."""
        name, _, heading = anchor.partition("#")
        document = self.files.documents.get(name)
        section = document.sections.get(heading) if document else None
        return section.text if section else None

    def fact_values(self, region: str) -> dict[str, str]:
        """Return fact name → value of one region."""
        facts = self.files.facts.get(region)
        return {name: fact.value for name, fact in facts.value.facts.items()} if facts else {}

    def regions_of(self, intent: Parsed[IntentFile]) -> frozenset[str]:
        """Return the regions in which a text can be recognised as this intent."""
        value = intent.value
        if value.kind == IntentKind.GAP.value:
            return frozenset(value.regions)
        if value.kind == IntentKind.FAQ.value:
            return frozenset(value.answers) | self._flow_regions(value)
        return self.regions

    def is_offered(self, name: str, region: str) -> bool:
        """Tell whether the intent can be recognised in the region (True for a broken file)."""
        intent = self.files.intents.get(name)
        if intent is None:
            return self.is_intent(name)
        regions = self.regions_of(intent)
        if not all(self.is_region(r) for r in regions):
            return True  # a misspelt region is told where it stands, not at all that refer to it
        return region in regions or self._flow_is_broken(intent.value)

    def has_answer(self, name: str, region: str) -> bool:
        """Tell whether the intent says something from the region's document."""
        intent = self.files.intents.get(name)
        answers = intent is None or intent.value.kind == IntentKind.FAQ.value
        return answers and self.is_offered(name, region)

    def leaves_out(self, name: str, region: str) -> bool:
        """Tell whether the intent is a gap of the region's document: it says “没有写”."""
        intent = self.files.intents.get(name)
        is_gap = intent is not None and intent.value.kind == IntentKind.GAP.value
        return is_gap and self.is_offered(name, region)

    def _flow_regions(self, value: IntentFile) -> frozenset[str]:
        flow: Parsed[FlowFile] | None = self.files.flows.get(value.flow or "")
        return frozenset(flow.value.regions) if flow else frozenset()

    def _flow_is_broken(self, value: IntentFile) -> bool:
        return f"{FLOWS}/{value.flow}.yml" in self.files.broken
