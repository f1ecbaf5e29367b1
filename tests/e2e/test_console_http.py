"""The console over plain HTTP: health, headers, and pages that name no other site."""

from __future__ import annotations

import re

import httpx
import pytest

FOREIGN = re.compile(r"""(?:src|href|url|import)\s*[=(:]?\s*["'(]?\s*(?:https?:)?//[^"')\s>]+""")


def fetch(url: str) -> httpx.Response:
    return httpx.get(url, timeout=10, trust_env=False)


def test_healthz(console):
    body = fetch(f"{console}/healthz").json()
    assert body["status"] == "ok"
    assert re.fullmatch(r"[0-9a-f]{64}", body["revision"])


@pytest.mark.parametrize("path", ["/", "/playground"])
def test_pages_are_chinese_and_name_no_other_site(console, path):
    response = fetch(console + path)
    assert response.status_code == 200
    assert '<html lang="zh-CN"' in response.text
    assert "试聊" in response.text
    assert FOREIGN.findall(response.text) == []


def test_headers_keep_other_sites_out(console):
    for path in ("/", "/healthz", "/console-static/console.css"):
        headers = fetch(console + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"https?:|\*|ws:", policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_unknown_page_says_so_in_chinese(console):
    response = fetch(f"{console}/nowhere")
    assert response.status_code == 404
    assert "没有这个页面" in response.text
