"""A deployment with content of its own, a platform on loopback and a callback on loopback."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from tests.assistants import SMALL_CONTENT
from tests.loopback import serving_at
from tests.wechat_api.api_peer import APP_ID, SECRET, ApiPeer

TOKEN = "tokenOfBeijing"
AES_KEY = "A1b2C3d4E5" * 4 + "xyz"
MENU = """\
menus:
  # 北京的菜单
  beijing:
    - name: 缴费
      buttons:
        - name: 一年交多少钱
          intent: fee_standard
        - name: 能不能参保
          flow: check_coverage
    - name: 帮助
      command: help
"""
MENU_ON_THE_WIRE = {
    "button": [
        {
            "name": "缴费",
            "sub_button": [
                {"type": "click", "name": "一年交多少钱", "key": "fee_standard"},
                {"type": "click", "name": "能不能参保", "key": "flow:check_coverage"},
            ],
        },
        {"type": "click", "name": "帮助", "key": "command:help"},
    ]
}
SCENES = """\
    scenes:
      school_a:
        title: 某某小学
        greeting: 家长好。
"""


def deploy(monkeypatch: pytest.MonkeyPatch, folder: Path, peer: ApiPeer | None = None) -> Path:
    """Set the environment of a deployment with one verified account; return the content root."""
    root = folder / "content"
    shutil.copytree(SMALL_CONTENT, root)
    (root / "intents/menu.yml").write_text(MENU, "utf-8")
    accounts = root / "intents/_accounts.yml"
    text = accounts.read_text("utf-8")
    accounts.write_text(text.replace('    confirm: "12333"\n', f'    confirm: "12333"\n{SCENES}'))
    values = {"TYPE": "服务号", "VERIFIED": "true", "APP_ID": APP_ID, "TOKEN": TOKEN}
    if peer is not None:
        values["APP_SECRET"] = SECRET
        monkeypatch.setenv("YIBAO_WECHAT_API_URL", peer.url)
    for name, value in {**values, "AES_KEY": AES_KEY}.items():
        monkeypatch.setenv(f"YIBAO_ACCOUNTS__BEIJING__{name}", value)
    monkeypatch.setenv("YIBAO_CONTENT_DIR", str(root))
    return root


def served(
    app: ASGIApp, keyfile: str | None = None, certfile: str | None = None
) -> AbstractContextManager[int]:
    """Serve an application in a thread; yields its port."""
    return serving_at(app, ssl_keyfile=keyfile, ssl_certfile=certfile)
