"""What the images are made of: known holes, licences, a bill of materials.

All three look at the locks as an image reads them (Linux, CPython 3.12): one version of each
package. `make audit`, `make licences` and `make sbom` run this; what it says is for operators.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from email.message import Message
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import cast

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
IMAGES = {
    "requirements.lock": "yibao",
    "requirements-console.lock": "yibao-console",
    "requirements-tracing.lock": "yibao-tracing",
}
"""Lock → the image that is made of it."""
_IMAGE = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.12.0",
    "python_version": "3.12",
    "sys_platform": "linux",
}
_AUDIT_S = 300
_SERVICES = ("pypi", "osv")
ACCEPTED_HOLES: dict[str, str] = {}
"""Id of a known hole → why it does not concern us; each needs a reason and a date."""

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0"),
    *("PSF-2.0", "Zlib", "LGPL-2.1-or-later", "LGPL-2.0-or-later", "MPL-2.0"),
    *("LicenseRef-Public-Domain", "LicenseRef-BSD"),
}
"""Every licence that a package names must be here, also where it leaves a choice."""
_SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "LicenseRef-BSD",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
READ_BY_HAND = {
    # COPYING.rst of the distribution: the GPL covers tools/editors/emacs/rst.el only, which is
    # in no wheel.
    "docutils": "LicenseRef-Public-Domain AND BSD-2-Clause AND PSF-2.0",
    # The classifiers say both, and both texts are in the distribution.
    "uvloop": "MIT OR Apache-2.0",
}
"""Packages whose metadata do not say it: what their own licence files say."""
LIST = ROOT / "docs" / "licences.md"
_HEAD = """# 依赖的许可证

由 `make licences` 从锁文件和安装的包写成，不手改；`make test` 核对它是不是新的、
每种许可证是不是允许的（宽松许可证、LGPL、MPL 可以，GPL、AGPL 不行；名单在 `.ci/supply_chain.py`）。

写的是包自己声明的许可证。numpy 和 scipy 的安装包里还带着 libquadmath（LGPL-2.1-or-later）
和 GCC 运行库（GPL-3.0-or-later WITH GCC-exception-3.1，例外条款允许随任何程序分发）。
不进镜像的可选部分（`semantic`、`ocr`）不在表里。

| 包 | 许可证 | 机器人 | 后台 | 带追踪的机器人 |
|---|---|---|---|---|
"""


class SupplyChainError(Exception):
    """Something is wrong or could not be found out; the message is for operators."""


def pinned(lock: str) -> dict[str, str]:
    """Return the entries that an image installs, by package: one line each with its hashes."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    lines = (
        line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
    found = {}
    for line in lines:
        written, *hashes = line.split(" --hash=")
        requirement = Requirement(written)
        if requirement.marker is None or requirement.marker.evaluate(dict(_IMAGE)):
            wanted = f"{requirement.name}{requirement.specifier}"
            found[requirement.name] = " ".join([wanted, *(f"--hash={h.strip()}" for h in hashes)])
    return found


def licence_of(package: Distribution) -> str:
    """Return the licence as an SPDX expression.

    Raises:
        SupplyChainError: Its metadata do not say it in a known way.
    """
    metadata = cast(Message, package.metadata)  # what importlib really returns
    name = str(metadata["Name"]).lower()
    said = metadata.get("License-Expression") or READ_BY_HAND.get(name)
    if said is None:
        classified = [
            value.rpartition(" :: ")[2]
            for value in metadata.get_all("Classifier") or []
            if value.startswith("License ::")
        ]
        written = metadata.get("License") or ""
        candidates = [written, *(classified if len(classified) == 1 else [])]
        said = next((found for c in candidates if (found := _spdx(c))), None)
    if said is None:
        raise SupplyChainError(
            f"{name}：看不出它的许可证。"
            "请看它自己的许可证文件，写进 .ci/supply_chain.py 的 READ_BY_HAND"
        )
    return canonicalize_license_expression(said)


def _spdx(written: str) -> str | None:
    try:
        return canonicalize_license_expression(_SPELLINGS.get(written, written))
    except InvalidLicenseExpression:
        return None


def refused(expression: str) -> set[str]:
    """Return what the expression names that is not on the allow-list."""
    words = expression.replace("(", " ").replace(")", " ").split()
    return {word for word in words if word not in {"AND", "OR"}} - ALLOWED


def licences(find: Callable[[str], Distribution] = distribution) -> str:
    """Return the list of licences as Markdown.

    Raises:
        SupplyChainError: A licence is unknown or not allowed.
    """
    made_of = [pinned(lock) for lock in IMAGES]
    rows = []
    for name in sorted(set().union(*made_of)):
        expression = licence_of(find(name))
        if alien := refused(expression):
            raise SupplyChainError(
                f"{name} 的许可证是 {expression}，{'、'.join(sorted(alien))} 不在允许的名单里："
                "换一个包，或者请负责人看过之后改 .ci/supply_chain.py 的 ALLOWED"
            )
        where = " | ".join(_tick(name in image) for image in made_of)
        rows.append(f"| {name} | {expression} | {where} |")
    return _HEAD + "\n".join(rows) + "\n"


def _tick(there: bool) -> str:
    return "✓" if there else ""


def audit(services: Sequence[Sequence[str]]) -> str:
    """Return a line for operators: nothing is known against what the images are made of.

    Args:
        services: pip-audit's arguments for one vulnerability service each; the first one that
            knows the packages is believed.

    Raises:
        SupplyChainError: A hole is known, or nobody could be asked.
    """
    reasons = []
    for service in services:
        try:
            audited = sum(_audited(lock, service) for lock in IMAGES)
        except _UnansweredError as error:
            reasons.append(f"  {service[1]}：{error}")
        else:
            return f"依赖审查：{audited} 项，没有已知漏洞（{service[1]}）。"
    raise SupplyChainError(
        "依赖审查没有做成：问不到漏洞库，不知道依赖有没有已知漏洞。\n"
        + "\n".join(reasons)
        + "\n请在能上网的机器上再运行 make audit；"
        "内网有 OSV 镜像的，用 make audit OSV_URL=镜像的 /v1/query 地址。"
    )


class _UnansweredError(Exception):
    """The service could not be asked, or does not know the packages."""


def _audited(lock: str, service: Sequence[str]) -> int:
    """Return how many packages of the lock the service knows nothing against."""
    entries = pinned(lock)
    ignored = [part for hole in ACCEPTED_HOLES for part in ("--ignore-vuln", hole)]
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / lock
        listed.write_text("\n".join(entries.values()) + "\n", "utf-8")
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(listed)]
        command += ["--require-hashes", "--disable-pip", "--progress-spinner", "off"]
        command += ["--format", "json", "--timeout", "15", *service, *ignored]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_AUDIT_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise _UnansweredError(f"{_AUDIT_S} 秒没有结果") from error
    return read_audit(lock, done.stdout, done.stderr, len(entries))


def read_audit(lock: str, output: str, complaints: str, expected: int) -> int:
    """Return how many packages were audited: all of them.

    Args:
        lock: Named in errors.
        output: pip-audit's JSON.
        complaints: Its standard error; the last line gives the cause where there is no JSON.
        expected: How many packages there are.
    """
    try:
        audited = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError) as error:
        last = complaints.strip().rpartition("\n")[2]
        raise _UnansweredError(last[:300] or "没有输出") from error
    holes = [
        f"  {one['name']} {one['version']}：{hole['id']}"
        + (f"，{'、'.join(hole['fix_versions'])} 已修好" if hole["fix_versions"] else "")
        for one in audited
        for hole in one.get("vulns", ())
    ]
    if holes:
        raise SupplyChainError(
            f"{lock} 里有已知漏洞：\n"
            + "\n".join(sorted(set(holes)))
            + "\n请升级（make lock）后再试。"
        )
    known = [one for one in audited if "skip_reason" not in one]
    if len(known) != expected:
        raise _UnansweredError(f"{lock} 的 {expected} 个包里有 {expected - len(known)} 个它不认识")
    return expected


def bill(lock: str) -> str:
    """Return the bill of materials of the lock's image: CycloneDX 1.6 as JSON, validated.

    The same lock gives the same bytes.

    Raises:
        SupplyChainError: It does not fit CycloneDX's schema.
    """
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--sv", "1.6", "-"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"]
    done = subprocess.run(
        command,
        input="\n".join(pinned(lock).values()) + "\n",
        capture_output=True,
        text=True,
        timeout=_AUDIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise SupplyChainError(f"{lock}：物料清单没有写成：{done.stderr.strip()}")
    document = json.loads(done.stdout)
    document["metadata"]["component"]["name"] = IMAGES[lock]
    for part in document["components"]:
        part["licenses"] = [_declared(licence_of(distribution(part["name"])))]
        del part["description"]  # the line of the lock once more
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise SupplyChainError(f"{lock}：物料清单不合 CycloneDX 的格式：{error}")
    return text


def _declared(expression: str) -> dict[str, object]:
    return {"expression": expression, "acknowledgement": "declared"}


def main(arguments: Sequence[str]) -> Iterator[str]:
    """Do what the Makefile asks for; yield the lines to print."""
    match arguments:
        case ["audit"]:
            url = os.environ.get("OSV_URL", "")
            services = [("-s", name) for name in _SERVICES]
            yield audit([("-s", "osv", "--osv-url", url)] if url else services)
        case ["licences"]:
            LIST.write_text(licences(), "utf-8")
            yield "写好了 docs/licences.md。"
        case ["licences", "--check"]:
            if licences() != LIST.read_text("utf-8"):
                raise SupplyChainError("docs/licences.md 旧了，请运行 make licences。")
        case ["sbom", folder]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            for lock, image in IMAGES.items():
                path = Path(folder) / f"{image}.cdx.json"
                path.write_text(bill(lock), "utf-8")
                yield f"写好了 {path}。"
        case _:
            raise SupplyChainError("用法：supply_chain.py audit | licences [--check] | sbom 目录")


if __name__ == "__main__":
    try:
        for line in main(sys.argv[1:]):
            print(line)
    except SupplyChainError as error:
        sys.exit(str(error))
