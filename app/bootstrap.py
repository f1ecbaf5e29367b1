"""The one place that wires: settings → catalog, matchers, assistant, Redis, clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from threadpoolctl import threadpool_limits

from app import heap
from app.content.approved import approve, approved, mark_of
from app.content.files import Remembered, read_files
from app.content.loader import load_catalog
from app.dialogue.advised import AdvisedAssistant
from app.dialogue.assistant import Assistant
from app.dialogue.texts import TEXT_KEYS
from app.domain.content import Catalog
from app.domain.names import Region
from app.errors import SettingsError
from app.evidence.builtin_embedder import BuiltinEmbedder
from app.evidence.http_embedder import HttpEmbedder
from app.evidence.http_selector import HttpSelector
from app.matching import cache, training
from app.matching.curriculum import curriculum_of
from app.matching.embedding import EmbedAll, Embedder, stored_vectors, vectors_file
from app.matching.matcher import Matcher
from app.matching.tokenizer import Tokenizer
from app.settings import SHANGHAI, Semantic, Settings
from app.wechat.rendering import render

_log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]

_SHIPPED_VAR_DIR = Path(__file__).resolve().parent.parent / "var"
"""Next to the code: an image is built with its matchers learned, and may be mounted read-only."""


def content_root(settings: Settings) -> Path:
    """Return the folder that holds `intents/` and `knowledge/`.

    Raises:
        SettingsError: There is none.
    """
    root = settings.content_dir.resolve()
    if not (root / "intents").is_dir():
        packaged = Path(__file__).resolve().parent.parent
        if not (packaged / "intents").is_dir():
            raise SettingsError(f"{root} 里没有 intents/ 目录；请用 YIBAO_CONTENT_DIR 指明内容目录")
        root = packaged
    return root


def load(settings: Settings) -> Catalog:
    """Load the content.

    Raises:
        ContentError: Something in it is wrong; carries every problem.
        SettingsError: There is no content folder.
    """
    return load_catalog(content_root(settings), TEXT_KEYS, _remembered(settings))


def _remembered(settings: Settings) -> Remembered | None:
    """Return what was found good before; None where more than files and code decides that."""
    if settings.semantic is not Semantic.OFF:
        return None
    own = settings.var_dir / "cache"
    return approved(mark_of(own, content_root(settings)), (own, _SHIPPED_VAR_DIR / "cache"))


def regions_of(catalog: Catalog) -> tuple[Region, ...]:
    """Return the regions that accounts serve, sorted."""
    return tuple(sorted({account.region for account in catalog.accounts.values()}))


@dataclass(frozen=True, slots=True)
class Evidence:
    """The optional evidence that is switched on (docs/adr/0007)."""

    embedder: BuiltinEmbedder | HttpEmbedder | None = None
    selector: HttpSelector | None = None

    def close(self) -> None:
        """Close connections; nothing is asked afterwards."""
        for port in (self.embedder, self.selector):
            if port is not None:
                port.close()


def evidence_of(settings: Settings) -> Evidence:
    """Return what is switched on; about 2 s where a model is loaded.

    Raises:
        SettingsError: The extra `semantic` is not installed, or an address is none.
    """
    embedder: BuiltinEmbedder | HttpEmbedder | None = None
    if settings.semantic is Semantic.BUILTIN:
        embedder = BuiltinEmbedder()
    elif settings.semantic is Semantic.HTTP:
        embedder = HttpEmbedder(
            settings.embeddings_url,
            settings.embeddings_model,
            settings.embeddings_api_key.get_secret_value(),
            settings.embeddings_timeout_s,
        )
    selector = None
    if settings.llm_url:
        selector = HttpSelector(
            settings.llm_url,
            settings.llm_model,
            settings.llm_api_key.get_secret_value(),
            settings.llm_timeout_s,
        )
    return Evidence(embedder, selector)


def embed_all_of(evidence: Evidence) -> EmbedAll | None:
    """Return what embeds many texts at leisure; None where embeddings are not switched on."""
    embedder = evidence.embedder
    return partial(embedder.embed, at_leisure=True) if embedder is not None else None


def build_matchers(
    catalog: Catalog,
    var_dir: Path,
    announce: Callable[[str], None] = lambda _: None,
    embedder: Embedder | None = None,
    loaded: Mapping[str, Matcher] | None = None,
) -> dict[Region, Matcher]:
    """Return the regions' matchers, from the cache where what is learned and code are unchanged.

    Args:
        catalog: All content.
        var_dir: Holds the cache.
        announce: Told in Chinese when training starts, since that takes some seconds.
        embedder: Gives sentence embeddings; where it is away they are learned without.
        loaded: Matchers in memory by the name of their file (`matcher_names`), used again where
            nothing that is learned has changed.
    """
    tokenizer = training.tokenizer_of(catalog)
    matchers: dict[Region, Matcher] = {}
    for region in regions_of(catalog):
        path = _stored_file(catalog, region, var_dir, embedder)
        if loaded and path.name in loaded:
            matchers[region] = loaded[path.name]
            continue
        matcher = cache.load(path, tokenizer, training.places_of(catalog, region))
        if matcher is None and embedder is not None and not _answers(embedder):
            announce("向量服务没有回答，这次先不用它；服务恢复后请重新启动")
            return build_matchers(catalog, var_dir, announce)
        matchers[region] = matcher or _train(
            catalog, region, tokenizer, var_dir, announce, embedder
        )
        # Tables for pinyin and Traditional are built on first use: not by the first parent.
        matchers[region].rank("yi bao 醫保")
    return matchers


def _matcher_file(
    catalog: Catalog, region: Region, var_dir: Path, embedder: Embedder | None
) -> Path:
    name = embedder.name if embedder else ""
    learned = curriculum_of(catalog, region).digest
    return cache.cache_file(var_dir / "cache", learned, region, name)


def matcher_names(
    catalog: Catalog, matchers: Mapping[Region, Matcher], embedder: Embedder | None = None
) -> dict[str, Matcher]:
    """Return the matchers by the name of the file in which each is kept."""
    named = {}
    for region, matcher in matchers.items():
        learned_with = embedder if matcher.model.meaning else None
        named[_matcher_file(catalog, region, Path(), learned_with).name] = matcher
    return named


def matcher_files(
    catalog: Catalog, var_dir: Path, embedder: Embedder | None = None
) -> tuple[Path, ...]:
    """Return where the matchers of all regions are, or would be, kept."""
    return tuple(_stored_file(catalog, region, var_dir, embedder) for region in regions_of(catalog))


def _stored_file(
    catalog: Catalog, region: Region, var_dir: Path, embedder: Embedder | None
) -> Path:
    """Return where a matcher may be found: what was learned here, else what an image ships."""
    own = _matcher_file(catalog, region, var_dir, embedder)
    shipped = _matcher_file(catalog, region, _SHIPPED_VAR_DIR, embedder)
    return shipped if shipped.exists() and not own.exists() else own


def _answers(embedder: Embedder) -> bool:
    return embedder.embed(["在吗"], at_leisure=True) is not None


def _train(
    catalog: Catalog,
    region: Region,
    tokenizer: Tokenizer,
    var_dir: Path,
    announce: Callable[[str], None],
    embedder: Embedder | None,
) -> Matcher:
    announce(f"说法有更新，正在学习 {region} 的说法（约十几秒，只需一次）…")
    embed: EmbedAll | None = None
    if embedder is not None:
        kept = vectors_file(var_dir / "cache", embedder.name)
        embed = partial(stored_vectors, embedder, kept)
    matcher = training.train(catalog, region, tokenizer, embed)
    learned_with = embedder if matcher.model.meaning else None
    path = _matcher_file(catalog, region, var_dir, learned_with)
    try:
        cache.save(path, matcher)
        cache.prune(path.parent, region)
    except OSError as error:
        # A read-only deployment works without the cache, it only starts more slowly.
        announce(f"模型缓存写不进 {path.parent}（{error.strerror}），下次启动会重新学习")
    return matcher


def prepare(settings: Settings, announce: Callable[[str], None]) -> None:
    """Check the content and train what is not cached yet, without loading what is.

    Does nothing for content that this very program has found good before.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: There is no content folder.
    """
    if _remembered(settings) is not None:
        return
    root, own = content_root(settings), settings.var_dir / "cache"
    mark = mark_of(own, root)
    catalog = load(settings)
    evidence = evidence_of(settings)
    files = matcher_files(catalog, settings.var_dir, evidence.embedder)
    if not all(file.exists() for file in files):
        build_matchers(catalog, settings.var_dir, announce, evidence.embedder)
    evidence.close()
    content = read_files(root)
    if settings.semantic is Semantic.OFF and content.revision == catalog.revision:
        with suppress(OSError):  # a read-only deployment checks at every start
            approve(mark, files, content)


def build_assistant(
    settings: Settings,
    announce: Callable[[str], None] = lambda _: None,
    evidence: Evidence | None = None,
) -> Assistant:
    """Load content and matchers and return the assistant.

    Args:
        settings: The deployment's.
        announce: Told in Chinese what takes long.
        evidence: Optional evidence that the caller closes; None: what the settings say, for as
            long as the process lives.

    Raises:
        ContentError: Something in the content is wrong.
        SettingsError: There is no content folder, or the evidence cannot be set up.
    """
    catalog = load(settings)
    evidence = evidence or evidence_of(settings)
    matchers = build_matchers(catalog, settings.var_dir, announce, evidence.embedder)
    return assemble(settings, catalog, matchers, evidence)


def assemble(
    settings: Settings, catalog: Catalog, matchers: Mapping[Region, Matcher], evidence: Evidence
) -> Assistant:
    """Return the assistant of content and matchers that are loaded."""
    # A message's matrices are small: with a second thread BLAS takes ten times as long for them,
    # most of it waiting. For the whole process, as nothing else here needs more either.
    threadpool_limits(1, user_api="blas")
    heap.trim()
    idle = timedelta(minutes=settings.idle_min)
    if evidence == Evidence():
        return Assistant(catalog, matchers, render, idle)
    return AdvisedAssistant(catalog, matchers, render, evidence.embedder, evidence.selector, idle)


def clock_of(settings: Settings) -> Clock:
    """Return the clock: Asia/Shanghai, or standing still at `YIBAO_NOW`."""
    if settings.now is not None:
        fixed = at_shanghai(settings.now)
        return lambda: fixed
    return lambda: datetime.now(SHANGHAI)  # noqa: TID251 - the clock that is injected


def at_shanghai(moment: datetime) -> datetime:
    """Read a moment without zone as Asia/Shanghai; convert any other."""
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)
