"""Content files to one catalog, all or nothing."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from app.content.calendar_checks import check_calendars
from app.content.catalog_builder import build_catalog
from app.content.files import Remembered, read_files
from app.content.flow_tables import check_flows
from app.content.handoff_checks import check_handoffs
from app.content.lengths import check_lengths
from app.content.menu_checks import check_menus
from app.content.references import check_references
from app.content.scope import Scope
from app.content.sentences import check_sentences
from app.content.shared_checks import check_commands, check_opposites
from app.domain.content import Catalog
from app.errors import ContentError


def load_catalog(
    root: Path, required_texts: Collection[str] = (), known: Remembered | None = None
) -> Catalog:
    """Return everything below `intents/` and `knowledge/` of the content root.

    `required_texts` are the keys of `intents/_texts.yml` that the program will ask for; as a
    mapping, each with the names of the values that the program fills in. The revision is a hash
    of paths and bytes: the same files give the same revision anywhere. Blocking; about two
    seconds for 180 files, so keep it off the event loop; a third of it where they are `known` to be
    good from before and are the same still.

    Raises:
        ContentError: Anything is wrong; it carries all problems of all files (warnings too),
            by file and line. Warnings alone do not raise.
    """
    if known is not None:
        files = read_files(root, known)
        if files.revision == known.revision and not files.problems.has_errors():
            return build_catalog(files)
    scope = examine(root, required_texts)
    if scope.files.problems.has_errors():
        raise ContentError(scope.files.problems.ordered())
    return build_catalog(scope.files)


def examine(root: Path, required_texts: Collection[str] = ()) -> Scope:
    """Read and compare all files; problems are in the result, nothing is raised for them."""
    scope = Scope(read_files(root))
    check_references(scope, required_texts)
    check_sentences(scope)
    check_flows(scope)
    check_calendars(scope)
    check_lengths(scope)
    check_commands(scope)
    check_menus(scope)
    check_handoffs(scope)
    check_opposites(scope)
    return scope
