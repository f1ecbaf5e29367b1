"""Settings from the environment (`YIBAO_*`) or secret files; refused where they are not safe.

Without any setting the process is a sandbox: both accounts with known test secrets, loopback only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError as SourceError

from app.account_secrets import SANDBOX_AES_KEY as SANDBOX_AES_KEY
from app.account_secrets import SANDBOX_APP_IDS as SANDBOX_APP_IDS
from app.account_secrets import SANDBOX_APP_SECRET as SANDBOX_APP_SECRET
from app.account_secrets import SANDBOX_TOKEN as SANDBOX_TOKEN
from app.account_secrets import AccountSecrets as AccountSecrets
from app.account_secrets import unsafe
from app.errors import SettingsError
from app.log_output import LogFormat
from app.settings_faults import Fault, address_faults, evidence_faults, value_faults, without
from app.wechat.account import AccountSettings
from app.wechat.api.exchange import OFFICIAL_URL

SHANGHAI = ZoneInfo("Asia/Shanghai")

SECRETS_DIR = "YIBAO_SECRETS_DIR"
"""Environment variable that names a folder of files, each with one setting's value."""


class Environment(StrEnum):
    """Where the process runs."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class Semantic(StrEnum):
    """Where sentence embeddings come from (docs/adr/0007)."""

    OFF = "off"
    BUILTIN = "builtin"
    HTTP = "http"


class ContentSource(StrEnum):
    """Which content counts (docs/publishing.md)."""

    FILES = "files"
    """That of the content folder, which is watched."""
    PUBLISHED = "published"
    """The published revision in Redis."""


class Settings(BaseSettings):
    """Everything that a deployment may set; see docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix="YIBAO_",
        env_nested_delimiter="__",
        secrets_dir=None,
        extra="ignore",
        frozen=True,
    )

    env: Environment = Field(default=Environment.SANDBOX, description="sandbox 或 production。")
    redis_url: SecretStr | None = Field(
        default=None, description="Redis 地址；不填则自动启动一个私有的真实 Redis。"
    )
    content_dir: Path = Field(
        default=Path(), description="内容目录（含 intents/ 和 knowledge/）；默认当前目录。"
    )
    content_source: ContentSource | None = Field(
        default=None,
        description="以什么内容为准：files 以内容目录为准并盯着改动，published 以 Redis 里发布的"
        "修订为准；不填时 sandbox 用 files，production 用 published。",
    )
    var_dir: Path = Field(default=Path("var"), description="运行数据目录：Redis 数据、模型缓存。")
    now: datetime | None = Field(
        default=None, description="固定服务器时钟（仅 sandbox），例如 2025-12-10T10:00。"
    )
    turn_budget_s: float = Field(
        default=4.0, gt=0, lt=5, description="一次回答的时间预算（秒）；微信只等 5 秒。"
    )
    idle_min: float = Field(
        default=30.0,
        gt=0,
        le=24 * 60,
        description="多少分钟没有消息，聊到一半的流程就先放下；家长回来时先问要不要接着办。",
    )
    timestamp_window_s: float = Field(
        default=600.0, gt=0, description="微信推送时间戳与本机时钟允许的差（秒）。"
    )
    salt: SecretStr = Field(
        default=SecretStr("yibao"), description="openid 散列用的盐；生产环境必须自己设置。"
    )
    rate_per_parent_min: int | None = Field(
        default=None,
        ge=0,
        le=6000,
        description="一位家长一分钟最多发几条消息，超过的提示一次、之后不回；"
        "0 不限；不填时正式环境是 30，sandbox 不限。",
    )
    rate_per_account_s: int | None = Field(
        default=None,
        ge=0,
        le=100_000,
        description="一个公众号一秒钟最多处理几条消息（每个进程），超过的请家长稍后再发；"
        "0 不限；不填时正式环境是 300，sandbox 不限。",
    )
    journal_days: int = Field(
        default=30, ge=0, le=400, description="家长的问题打码后留多少天供复盘；0 不留。"
    )
    semantic: Semantic = Field(
        default=Semantic.OFF,
        description="句向量：off 不用，builtin 本进程算（要装 semantic 扩展），http 问外部服务。",
    )
    embeddings_url: str = Field(
        default="",
        description="OpenAI 兼容的向量服务，写到版本为止，例如 http://127.0.0.1:11434/v1。",
    )
    embeddings_model: str = Field(default="", description="向量服务里的模型名。")
    embeddings_api_key: SecretStr = Field(default=SecretStr(""), description="向量服务的密钥。")
    embeddings_timeout_s: float = Field(
        default=0.8, gt=0, le=2, description="一条消息最多等向量服务多久（秒），过时就不用它。"
    )
    ocr: bool = Field(
        default=True, description="装了 ocr 扩展时读家长发来的截图；不想读就填 false。"
    )
    ocr_timeout_s: float = Field(
        default=4.0,
        gt=0,
        le=4.5,
        description="下载并读完一张截图最多多久（秒），过时就请家长打字。",
    )
    picture_test_origin: str = Field(
        default="",
        description="测试用：允许从这个本机地址下载图片（仅 sandbox），例如 http://127.0.0.1:9000。",
    )
    llm_url: str = Field(
        default="",
        description="OpenAI 兼容的大模型服务，写到版本为止；不填不用。它只从候选里选，不写回复。",
    )
    llm_model: str = Field(default="", description="大模型服务里的模型名。")
    llm_api_key: SecretStr = Field(default=SecretStr(""), description="大模型服务的密钥。")
    llm_timeout_s: float = Field(
        default=1.5, gt=0, le=2.5, description="拿不准时最多等大模型多久（秒），过时照常反问。"
    )
    wechat_api_url: str = Field(
        default=OFFICIAL_URL,
        description="微信接口地址；容灾时可换成 https://api2.weixin.qq.com，测试时指向本机。",
    )
    log_format: LogFormat | None = Field(
        default=None,
        description="日志写法：console 给人看，json 一行一条；不填时 sandbox 用 console，"
        "production 用 json。",
    )
    traces_url: str = Field(
        default="",
        description="OpenTelemetry 收集器的 OTLP/HTTP 地址，例如 http://otel-collector:4318；"
        "不填不导出追踪。要装 tracing 扩展。",
    )
    traces_share: float = Field(
        default=0.05, ge=0, le=1, description="导出多少消息的追踪：0.05 是二十条里一条，1 是全部。"
    )
    console_session_s: int = Field(
        default=12 * 3600,
        ge=300,
        le=24 * 3600,
        description="后台登录后多久不用就要重新登录（秒）。",
    )
    accounts: dict[str, AccountSecrets] = Field(
        default_factory=dict, description="各公众号的密钥，例如 YIBAO_ACCOUNTS__BEIJING__TOKEN。"
    )

    @property
    def watches_files(self) -> bool:
        """Whether the content folder counts, and not what was published last."""
        if self.content_source is None:
            return not self.is_production
        return self.content_source is ContentSource.FILES

    @property
    def logs_json(self) -> bool:
        """Whether the log is for machines."""
        if self.log_format is None:
            return self.is_production
        return self.log_format is LogFormat.JSON

    @property
    def is_production(self) -> bool:
        """Whether real parents are on the other end."""
        return self.env is Environment.PRODUCTION

    @property
    def parent_limit_min(self) -> int:
        """Messages a minute from one parent; 0: any number."""
        return self._limit(self.rate_per_parent_min, 30)

    @property
    def account_limit_s(self) -> int:
        """Messages a second for one account and process; 0: any number."""
        return self._limit(self.rate_per_account_s, 300)

    def _limit(self, chosen: int | None, usual: int) -> int:
        # In a sandbox one tester, or an imitation of WeChat, writes for thousands of parents.
        if chosen is not None:
            return chosen
        return usual if self.is_production else 0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then files named like its variables in `YIBAO_SECRETS_DIR`.

        Environments show in process lists and crash reports; Docker and Kubernetes hand secrets
        over as files.
        """
        folder = os.environ.get(SECRETS_DIR)
        if not folder:
            return init_settings, env_settings
        files = NestedSecretsSettingsSource(
            file_secret_settings, secrets_dir=folder, secrets_dir_missing="error"
        )
        return init_settings, env_settings, files


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsError: A value is wrong, or a production deployment lacks its own secrets.
    """
    settings, faults = read_settings()
    if faults:
        title = "生产环境配置不完整" if settings.is_production else "配置有误"
        raise SettingsError(f"{title}：\n" + "\n".join(f"- {fault}" for fault in faults))
    return settings


def read_settings() -> tuple[Settings, tuple[Fault, ...]]:
    """Read the settings, and what forbids to start with them; a wrong value is left out.

    Raises:
        SettingsError: They cannot be read at all.
    """
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        raise SettingsError(f"{SECRETS_DIR} 指的 {folder} 不是文件夹；密钥放在里面，一个文件一项")
    faults: list[Fault] = []
    try:
        try:
            settings = Settings()
        except ValidationError as error:
            faults += value_faults(error)
            fields = {**Settings.model_fields, **AccountSecrets.model_fields}
            defaults = {
                name: field.get_default(call_default_factory=True) for name, field in fields.items()
            }
            settings = Settings(**without(error, defaults))
    except SourceError as error:
        # Only the accounts are nested, so only they can be written in a way that is not JSON.
        raise SettingsError(
            "配置有误：YIBAO_ACCOUNTS 的写法看不懂，请分项写，例如 YIBAO_ACCOUNTS__BEIJING__TOKEN"
        ) from error
    asks_embeddings = settings.semantic is Semantic.HTTP
    faults += evidence_faults(
        (settings.embeddings_url, settings.embeddings_model) if asks_embeddings else None,
        (settings.llm_url, settings.llm_model) if settings.llm_url else None,
        asks_embeddings * settings.embeddings_timeout_s
        + bool(settings.llm_url) * settings.llm_timeout_s,
        settings.turn_budget_s,
    )
    faults += address_faults(settings.wechat_api_url, settings.traces_url)
    if settings.is_production:
        faults += _production_faults(settings)
    return settings, tuple(faults)


def _production_faults(settings: Settings) -> Iterator[Fault]:
    if settings.now is not None:
        yield Fault("YIBAO_NOW", "只能在 sandbox 使用", "请删除")
    if settings.picture_test_origin:
        yield Fault("YIBAO_PICTURE_TEST_ORIGIN", "只能在 sandbox 使用", "请删除")
    if settings.salt.get_secret_value() == "yibao":
        remedy = "请填一串随机字符（openssl rand -hex 32），以后不要换"
        yield Fault("YIBAO_SALT", "没有设置", remedy)
    if not settings.accounts:
        remedy = "请设置 YIBAO_ACCOUNTS__BEIJING__APP_ID、…__TOKEN、…__AES_KEY"
        yield Fault("YIBAO_ACCOUNTS__…", "没有配置公众号", remedy)
    for name, account in settings.accounts.items():
        yield from unsafe(name, account)


def account_settings(settings: Settings, known: tuple[str, ...]) -> dict[str, AccountSettings]:
    """Return the endpoint's settings by account id.

    Args:
        known: Account ids of the content; in production only configured ones are served.

    Raises:
        SettingsError: An account is configured that the content does not have, or its AES key is
            unusable.
    """
    unknown = sorted(set(settings.accounts) - set(known))
    if unknown:
        raise SettingsError(
            f"配置了内容里没有的公众号：{'、'.join(unknown)}；内容里有：{'、'.join(known)}"
        )
    names = tuple(settings.accounts) if settings.is_production else known
    return {name: _account(settings, name) for name in names}


def _account(settings: Settings, name: str) -> AccountSettings:
    secrets = settings.accounts.get(name, AccountSecrets())
    keys = (secrets.aes_key.get_secret_value(), secrets.aes_key_previous.get_secret_value())
    aes_keys = tuple(key for key in keys if key)
    token = secrets.token.get_secret_value()
    if not settings.is_production and not token and not aes_keys:
        # Whoever sets only an AppSecret, to try the API, still has the sandbox's push settings.
        aes_keys = (SANDBOX_AES_KEY,)
    return AccountSettings(
        id=name,
        app_id=secrets.app_id or SANDBOX_APP_IDS.get(name, f"wxsandbox{name}"),
        token=token or SANDBOX_TOKEN,
        aes_keys=aes_keys,
        require_aes=settings.is_production and bool(aes_keys),
    )
