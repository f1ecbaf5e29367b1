"""Where a table comes from."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """Where a file comes from."""

    YIBAO = "yibao"
    WECHAT = "wechat"
    RASA = "rasa"
    TABLE = "table"
