"""Every command in the documents runs: on loopback, on small content, with stand-ins for tools
that would change the machine or take hours.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import openpyxl
import pytest
from starlette.responses import JSONResponse

from tests.assistants import ROOT
from tests.documents.shell_blocks import DOCUMENTS, blocks_of, name_of, spans_of
from tests.documents.workshop import PASSWORD, Done, Workshop, checkout, origin, tools
from tests.wechat_api.api_peer import ApiPeer, serving

WITH_COMMANDS = [p for p in DOCUMENTS if blocks_of(p) and p.name not in {"deploy.md", "README.md"}]
OFFLINE = "http://127.0.0.1:9"
WRITTEN = {
    "https://bot.example.org": OFFLINE,
    "https://你的域名": OFFLINE,
    "https://域名": OFFLINE,
    "http://otel-collector:4318": OFFLINE,
    "rollback 12 ": "rollback 1 ",
    "--messages 1000 ": "--messages 30 ",
    "--messages 200 ": "--messages 30 ",
}
"""What is the reader's own, or takes minutes, in the documents → what it is here."""
ALSO = {
    r"yibao (impact|menu diff)\b": {1},  # there is a difference
    r"yibao test\b": {1},  # the small content knows fewer ways to say things than its tests
    r"yibao doctor\b.* --url": {1},  # nobody there; the first hour looks closer
}
"""Exit statuses other than 0 that tell what was looked at, not that the command is wrong."""
TWO_REVISIONS = (
    "yibao publish --reason 第一次 --by 王芳",
    "sed -i s/不用谢/不客气/ intents/smalltalk_thanks.yml",
    "yibao publish --reason 第二次 --by 王芳",
)
READERS_FILES = {
    "questions.jsonl": '{"q": "一年交多少钱", "region": "beijing"}\n',
    "问题.jsonl": '{"account": "beijing", "q": "一年交多少钱"}\n',
    "技能.csv": "技能名称,标准问题,补充用户问法,机器人回答\n医保,卡丢了,卡不见了,先挂失\n",
    "问答.csv": "问题,答案\n卡丢了,先挂失\n",
    "nlu.yml": "nlu:\n- intent: lost_card\n  examples: |\n    - 卡丢了\n",
    "domain.yml": "intents: [lost_card]\nresponses:\n  utter_lost_card:\n  - text: 先挂失\n",
    "dialogues.jsonl": '{"id": "1", "region": "beijing", "turns": [{"user": "你好"}]}\n',
}
"""What the documents' examples call files of the reader's."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with tools(tmp_path_factory.mktemp("tools") / "bin") as folder:
        yield folder


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return origin(tmp_path_factory.mktemp("origin") / "yibao")


@pytest.fixture
def workshop(shelf: Path, repository: Path, tmp_path: Path) -> Iterator[Workshop]:
    with ExitStack() as stack:
        made = checkout(repository, tmp_path / "home", shelf, stack)
        made.written |= WRITTEN | {
            "/srv/yibao-backups": str(tmp_path / "backups"),
            "仓库地址": str(repository),
        }
        put_files(made, repository)
        yield made


def put_files(workshop: Workshop, repository: Path) -> None:
    for name, text in READERS_FILES.items():
        (workshop.site / name).write_text(text, "utf-8")
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("问题", "答案"), ("卡丢了", "先挂失")):
        book.active.append(row)
    book.save(workshop.site / "问答.xlsx")
    for name in ("旧目录", "新目录", "OLD", "NEW"):
        for part in ("intents", "knowledge"):
            shutil.copytree(repository / part, workshop.site / name / part)
    archive(workshop.site / "旧目录", workshop.site / "修订.zip")


def archive(folder: Path, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as packed:
        for file in sorted(p for p in folder.rglob("*") if p.is_file()):
            packed.write(file, file.relative_to(folder))


def failures(done: Done) -> list[tuple[str, int]]:
    """Return the commands that did not do what they are there for."""
    return [
        (command, status)
        for command, status in done.statuses
        if status not in {0}.union(*(s for p, s in ALSO.items() if re.search(p, command)))
    ]


def follow(
    workshop: Workshop,
    commands: tuple[str, ...],
    folder: Path | None = None,
    typed: tuple[str, ...] = (PASSWORD,),
) -> str:
    done = workshop.run(commands, folder or workshop.site, typed)
    assert failures(done) == [], done.output
    return done.output


@pytest.mark.parametrize("document", WITH_COMMANDS, ids=name_of)
def test_commands_of_a_document_run(document: Path, workshop: Workshop) -> None:
    blocks = blocks_of(document)
    lines = "\n".join(line for block in blocks for line in block.commands)
    with ExitStack() as stack:
        if "rollback" in lines:
            follow(workshop, TWO_REVISIONS)
        if "http://127.0.0.1:8000" in lines:
            workshop.written["http://127.0.0.1:8000"] = stack.enter_context(
                workshop.serving(YIBAO_NOW="2025-12-10T10:00")
            )
        for block in blocks:
            follow(workshop, block.commands)


def test_the_readme_runs(workshop: Workshop) -> None:
    for block in blocks_of(ROOT / "README.md"):
        chat = "yibao chat" in block.commands[0]
        typed = ("支付宝里怎么给娃交医保", "") if chat else (PASSWORD,)
        said = follow(workshop, block.commands, typed=typed)
        assert not chat or "可以，在支付宝【市民中心】里缴。" in said


AS_TYPED = {
    "yibao chat --account liuzhou [--at 2025-12-16T10:00] [--trace]": (
        "yibao chat --account liuzhou --at 2025-12-16T10:00 --trace"
    ),
    "yibao eval FILE.jsonl [--at …] [--out OUT.jsonl]": (
        "yibao eval questions.jsonl --at 2025-12-10 --out OUT.jsonl"
    ),
    "yibao flows graph [流程] [--out F.md]": "yibao flows graph check_coverage --out F.md",
    "yibao doctor [账号] [--url …] [--verbose]": f"yibao doctor beijing --url {OFFLINE}",
    "yibao dialogues FILE.jsonl [--at …] [--out OUT.jsonl]": (
        "yibao dialogues dialogues.jsonl --at 2025-12-10 --out OUT.jsonl"
    ),
    r"yibao lint [目录] [--format json\|sarif\|github] [--quick]": (
        "yibao lint . --format sarif --quick"
    ),
    "yibao prepare": "yibao prepare",
    "yibao schema": "yibao schema",
    "yibao expiring": "yibao expiring",
    "make audit OSV_URL=地址": f"make audit OSV_URL={OFFLINE}",
    "python -m app": "python -m app --help",
}
"""Commands in sentences and tables → as a reader would type them."""
NOT_RUN = {
    **dict.fromkeys(
        [
            "yibao serve [--host 127.0.0.1] [--port 8000]",
            ".venv/bin/yibao serve --port 8000",
            "yibao console [--port 8001]",
        ],
        "a server; the first hour runs one, tests/e2e the other",
    ),
    **dict.fromkeys(
        [
            "yibao eval … --report report.html",
            "yibao simulate [--messages N] [--kill-redis] [--kill-replica] [--url …]",
            "yibao impact 旧 [新]",
            "yibao preview --at …",
            "yibao preview --at 2027-01-05",
            "yibao diff --at A --at B",
            "yibao rollback N --reason …",
            "yibao export F.xlsx",
            "yibao import F.xlsx [--dry-run]",
            "yibao report --from … --to … --format xlsx",
            r"yibao operator add\|list\|role\|password\|remove",
            "yibao backup F.jsonl.gz",
            "yibao restore F.jsonl.gz [--dry-run]",
            "yibao doctor [账号] [--url 地址]",
        ],
        "a form of what shell blocks run",
    ),
    **dict.fromkeys(
        [
            "yibao menu diff [账号]",
            "yibao menu push [账号]",
            "yibao menu pull 账号",
            "yibao qrcode beijing school_a",
        ],
        "talks to the platform: tests/unit/cli/test_wechat_commands.py",
    ),
    "yibao + semantic": "the name of a variant in a table",
    "docker compose exec console yibao operator add 王芳 --role approver": "the first hour does",
}
"""Commands in sentences and tables that are not run here, and why."""


def typed_of(span: str) -> str:
    """Return what is run for a span; a command's bare name is looked up in its help."""
    if span in NOT_RUN:
        return ""
    if span in AS_TYPED:
        return AS_TYPED[span]
    bare = re.fullmatch(r"(?:\.venv/bin/)?yibao(?: [a-z]+){0,2}", span)
    return f"{span} --help" if bare else span


def test_commands_in_sentences_run(workshop: Workshop) -> None:
    spans = {s: None for p in DOCUMENTS if p.name != "deploy.md" for s in spans_of(p)}
    commands = tuple(dict.fromkeys(c for c in map(typed_of, spans) if c))
    assert len(commands) > 50
    follow(workshop, commands, typed=("",))


def test_list_of_spans_has_nothing_old() -> None:
    written = {s for p in DOCUMENTS for s in spans_of(p)}
    assert [s for s in [*AS_TYPED, *NOT_RUN] if s not in written] == []


@pytest.mark.parametrize(
    "command",
    [
        "wget https://bot.example.org",
        "docker compose up --deatch",
        "docker compose exec bot yibao doctor",
        "docker compose exec app yibao doctr",
        "kubectl exec deploy/bot --namespace=yibao -- true",
        "sudo apt-get install --yes ngix",
        "yibao doctor --adress x",
        "make imagee",
        "pip install '.[traces]'",
        "cp .env.sample .env",
    ],
)
def test_commands_that_are_wrong_are_found(command: str, workshop: Workshop) -> None:
    assert failures(workshop.run((command,), workshop.site))


class TestFirstHour:
    """docs/deploy.md from an empty server to a connected account."""

    GUIDE = ROOT / "docs/deploy.md"

    def test_the_guide_leads_to_a_connected_account(
        self, workshop: Workshop, repository: Path, tmp_path: Path
    ) -> None:
        with ExitStack() as stack:
            for block in blocks_of(self.GUIDE):
                lines = "\n".join(block.commands)
                folder = self.folder_of(lines, workshop, repository, tmp_path)
                typed = ("y",) if "menu push" in lines else (PASSWORD,)
                if "menu push" in lines:
                    self.give_secret(workshop, stack.enter_context(serving(ApiPeer())))
                if "kubectl" in lines:  # another deployment, with a Redis of its own
                    follow(workshop, ("yibao operator remove 王芳",))
                if "rollback" in lines:
                    prefix = "docker compose exec app "
                    two = (prefix + c if c.startswith("yibao") else c for c in TWO_REVISIONS)
                    follow(workshop, tuple(two))
                said = follow(workshop, block.commands, folder, typed)
                if "doctor beijing --url" in lines and "kubectl" not in lines:
                    self.check_doctor(said)
                if workshop.here("https://bot.example.org") == OFFLINE and "doctor" in lines:
                    assert "✗" not in said, said
                    environment = compose_environment(workshop.site)
                    address = stack.enter_context(workshop.serving(**environment))
                    workshop.written["https://bot.example.org"] = address
                    workshop.written["http://127.0.0.1:8000"] = address
            spans = (typed_of(s) for s in spans_of(self.GUIDE) if " " in s)
            said = follow(workshop, tuple(dict.fromkeys(s for s in spans if s)))
            assert '"status":"ok"' in said

    def folder_of(self, lines: str, workshop: Workshop, repository: Path, tmp: Path) -> Path:
        """Return where a reader stands: getting the program begins in an empty folder."""
        if "git clone" not in lines and "scp" not in lines:
            return workshop.site
        folder = tmp / ("cloned" if "git clone" in lines else "unpacked")
        folder.mkdir()
        if "scp" in lines:
            words = ["tar", "-czf", str(folder / "yibao.tar.gz"), "-C", str(repository.parent)]
            subprocess.run([*words, "yibao"], check=True, timeout=30)
        return folder

    def give_secret(self, workshop: Workshop, peer: ApiPeer) -> None:
        secret = workshop.site / "secrets/YIBAO_ACCOUNTS__BEIJING__APP_SECRET"
        secret.chmod(0o600)
        secret.write_text("f" * 32, "utf-8")
        peer.will("/cgi-bin/menu/get", JSONResponse({"errcode": 46003, "errmsg": "no menu"}))
        workshop.environment |= {
            "YIBAO_WECHAT_API_URL": peer.url,
            "YIBAO_ACCOUNTS__BEIJING__TYPE": "服务号",
            "YIBAO_ACCOUNTS__BEIJING__VERIFIED": "true",
        }

    def check_doctor(self, said: str) -> None:
        assert "✗" not in said.replace("✗ 菜单", ""), said
        for what in ("路径：/wechat/beijing", "握手", "验签", "加密推送"):
            assert f"✓ {what}" in said


def compose_environment(site: Path) -> dict[str, str]:
    return {"YIBAO_ENV": "production", "YIBAO_SECRETS_DIR": str(site / "secrets")}
