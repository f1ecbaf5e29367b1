"""What the typed slots bring along: choices and the words by which parents mean them.

Words are written as operators write them (see `synonym_patterns`); place names of the account's
own region stand as 本市, all others as 外市. Operators add to these lists in their flows; nothing
of a policy is in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.content.hukou_words import HUKOU, HUKOU_IGNORE
from app.content.region_words import REGION, REGION_IGNORE
from app.content.slot_preset import Preset
from app.content.stage_words import STAGE, STAGE_IGNORE

_YES = ("是", "是的", "对", "对的", "嗯", "有", "有的", "会", "能", "要")
_NO = ("不是", "不是的", "否", "没有", "没", "无", "不", "不会", "不能", "不要", "没得")


YES_NO: Mapping[str, Preset] = {
    "yes": Preset("是", (*_YES, "=yes", "=y", "=是啊")),
    "no": Preset("不是", (*_NO, "=no", "=n")),
}

PRESETS: Mapping[str, Mapping[str, Preset]] = {
    "yes_no": YES_NO,
    "region": REGION,
    "stage": STAGE,
    "hukou": HUKOU,
}
"""Type → value → ready-made choice."""
IGNORED: Mapping[str, tuple[str, ...]] = {
    "region": REGION_IGNORE,
    "stage": STAGE_IGNORE,
    "hukou": HUKOU_IGNORE,
}
"""Type → words that are not to be taken for a choice of it."""
