"""The deployment's files, read as YAML 1.2, and the variables that the program knows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from app.settings import AccountSecrets, Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
OF_COMMANDS = {"YIBAO_HOST", "YIBAO_PORT", "YIBAO_SECRETS_DIR"}
"""Read by the command line, not by the settings."""


def documents(path: Path) -> list[dict[str, Any]]:
    """Return a file's YAML documents."""
    return [d for d in YAML(typ="safe", pure=True).load_all(path.read_text("utf-8")) if d]


def document(path: Path) -> dict[str, Any]:
    """Return a file's only YAML document."""
    (only,) = documents(path)
    return only


def is_variable(name: str) -> bool:
    """Say whether the program reads an environment variable of this name."""
    if name in OF_COMMANDS:
        return True
    account = re.fullmatch(r"YIBAO_ACCOUNTS__[A-Z][A-Z0-9]*__([A-Z_]+)", name)
    if account:
        return account[1].lower() in AccountSecrets.model_fields
    return name.startswith("YIBAO_") and name[6:].lower() in Settings.model_fields
