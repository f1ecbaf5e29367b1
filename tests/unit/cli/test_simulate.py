"""`yibao simulate` reads what it is given, tells mistakes in Chinese, and writes its report."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from app.cli import simulating
from app.cli.simulating import Plan, read_questions, spec_of, wechat, write_into
from app.errors import SettingsError
from app.settings import Settings


def test_questions(tmp_path: Path) -> None:
    assert read_questions(None) == {}
    path = tmp_path / "q.json"
    path.write_text('{"beijing": [["多少钱", "435"]]}', "utf-8")
    assert read_questions(path) == {"beijing": [["多少钱", "435"]]}


@pytest.mark.parametrize("text", ["", "[]", '{"beijing": [["x"]]}', '{"beijing": 1}'])
def test_questions_of_another_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.json"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=r"读不了问题文件 .*q\.json"):
        read_questions(path)


def test_no_such_mode() -> None:
    with pytest.raises(SettingsError, match="--mode 只能是 mix、plain、compatible、safe"):
        simulating.simulate(Settings(), Plan(mode="open"), lambda _: None)


def test_the_report_goes_between_the_markers(tmp_path: Path) -> None:
    document = tmp_path / "d.md"
    document.write_text("a\n<!-- simulate:begin -->\nold\n<!-- simulate:end -->\nb\n", "utf-8")
    write_into(document, ["丢失 0", "结论：通过"])
    assert document.read_text("utf-8") == (
        "a\n<!-- simulate:begin -->\n- 丢失 0\n- 结论：通过\n<!-- simulate:end -->\nb\n"
    )
    document.write_text("a", "utf-8")
    with pytest.raises(SettingsError, match="没有 <!-- simulate:begin -->"):
        write_into(document, [])
    with pytest.raises(SettingsError, match="读写不了"):
        write_into(tmp_path / "none.md", [])


def test_the_api_alone_can_be_served() -> None:
    spec = {**spec_of(Plan(), ()), "messages": 0}
    with wechat(spec) as imitation:
        url = next(imitation.lines())["api"]
        body = {
            "grant_type": "client_credential",
            "appid": "wxsandbox0000000001",
            "secret": "simulated-secret",
        }
        with httpx.Client(base_url=url, trust_env=False, timeout=10) as client:
            answer = client.post("/cgi-bin/stable_token", json=body).json()
            assert answer["expires_in"] == 7200
            client.post("/_faults", json=[{"path": "stable_token", "kind": "disconnect"}])
            with pytest.raises(httpx.RemoteProtocolError):
                client.post("/cgi-bin/stable_token", json=body)


def test_a_bot_that_is_not_there_is_found_out() -> None:
    plan = Plan(messages=1, users=1, faults=0, urls=("http://127.0.0.1:9",), seed=2)
    report = simulating.simulate(Settings(), plan, lambda _: None)["report"]
    assert report["user_visible_failures"] == 1
    assert not report["passed"]
