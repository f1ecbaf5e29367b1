"""Assistants of content folders other than the one that was there at the start."""

from __future__ import annotations

from pathlib import Path

import structlog

from app import bootstrap
from app.content.loader import load_catalog
from app.dialogue.assistant import Assistant
from app.dialogue.texts import TEXT_KEYS
from app.domain.content import Catalog
from app.errors import SettingsError
from app.matching.matcher import Matcher
from app.publishing import preparing
from app.settings import Settings, account_settings

_log = structlog.get_logger(__name__)


class ContentWorkshop:
    """Makes assistants of content folders. Implements the port `Workshop` of publishing.

    Args:
        settings: The deployment's.
        evidence: Optional evidence, closed by the caller.
    """

    def __init__(self, settings: Settings, evidence: bootstrap.Evidence) -> None:
        self._settings = settings
        self._evidence = evidence
        self.served: frozenset[str] = frozenset()
        """Accounts whose parents write to this process: no content may lack one."""

    def catalog(self, folder: Path) -> Catalog:
        """Load and check a folder; SettingsError where an account that is served is not in it."""
        catalog = load_catalog(folder, TEXT_KEYS)
        account_settings(self._settings, tuple(catalog.accounts))
        gone = sorted(self.served - set(catalog.accounts))
        if gone:
            raise SettingsError(f"内容里没有了正在服务的公众号：{'、'.join(gone)}；要停用请先重启")
        return catalog

    def matcher_files(self, catalog: Catalog) -> tuple[Path, ...]:
        """Return the files of the catalog's matchers, there or not."""
        return bootstrap.matcher_files(catalog, self._settings.var_dir, self._evidence.embedder)

    def needs(self, catalog: Catalog, before: Assistant | None) -> tuple[Path, ...]:
        """Return the matchers' files that are neither in memory nor on disk."""
        known = self._known(before)
        files = self.matcher_files(catalog)
        return tuple(f for f in files if f.name not in known and not f.exists())

    async def learn(self, folder: Path) -> None:
        """Check and learn a folder in another process; raises PublishingError."""
        await preparing.prepare(folder, self._settings.var_dir.resolve(), {})

    def assistant(self, catalog: Catalog, before: Assistant | None) -> Assistant:
        """Return the assistant, with the matchers of `before` that still fit."""
        matchers = bootstrap.build_matchers(
            catalog,
            self._settings.var_dir,
            lambda text: _log.info("learning", message=text),
            self._evidence.embedder,
            self._known(before),
        )
        return bootstrap.assemble(self._settings, catalog, matchers, self._evidence)

    def _known(self, before: Assistant | None) -> dict[str, Matcher]:
        if before is None:
            return {}
        return bootstrap.matcher_names(before.catalog, before.matchers, self._evidence.embedder)
