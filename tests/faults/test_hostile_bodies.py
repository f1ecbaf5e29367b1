"""The corpus and mutations of it, signed and unsigned: nothing but 4xx, `success` or a reply."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.corpus import CORPUS, TEXT
from tests.protocol.callback_peer import NOW, CallbackPeer, Stage, read_answer, sha1

STILL_MESSAGES = {"namespace", "processing instruction"}
"""Odd, but read as what they say."""


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def push(peer: CallbackPeer, body: bytes, query: dict[str, str]) -> int:
    """Send a body and return the status; 200 only with something WeChat accepts."""
    response = await peer.post(body, query)
    if response.status_code == 200:
        assert response.content == b"success" or read_answer(response.content).fields["Content"]
    else:
        assert response.content == b"", "nothing is told to strangers"
        assert 400 <= response.status_code < 500
    return response.status_code


def signed_queries(peer: CallbackPeer, body: bytes) -> list[dict[str, str]]:
    """Return a plain query, and one that signs whatever stands in Encrypt."""
    sealed = body.partition(b"<Encrypt>")[2].partition(b"</Encrypt>")[0].decode("utf-8", "replace")
    signature = sha1(peer.account.token, str(NOW), "n1", sealed)
    return [peer.query(), peer.query(encrypt_type="aes", msg_signature=signature)]


@pytest.mark.parametrize("name", CORPUS)
def test_corpus(name: str) -> None:
    async def work() -> None:
        stage = Stage()
        async with stage.peer() as peer:
            plain, sealed = signed_queries(peer, CORPUS[name])
            refused = await push(peer, CORPUS[name], plain) != 200
            assert refused == (name not in STILL_MESSAGES)
            assert await push(peer, CORPUS[name], sealed) != 200
            forged = {**plain, "signature": "0" * 40}
            assert await push(peer, CORPUS[name], forged) == (413 if name == "too large" else 403)
        assert len(stage.assistant.seen) == (name in STILL_MESSAGES)

    run(work())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_mutations(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([TEXT.encode(), *CORPUS.values()]))[:2000])
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, max(0, len(body) - 1)))
        match data.draw(st.sampled_from(["set", "cut", "add", "drop"])):
            case "set" if body:
                body[place] = data.draw(st.integers(0, 255))
            case "cut":
                del body[place:]
            case "add":
                body[place:place] = data.draw(st.sampled_from([b"<", b"]]>", b"&", b"\xff", b"\0"]))
            case "drop":
                del body[place : place + 3]

    async def work() -> None:
        async with Stage().peer() as peer:
            for query in signed_queries(peer, bytes(body)):
                await push(peer, bytes(body), query)

    run(work())


def test_a_replay_within_the_window_is_answered_and_not_turned_again() -> None:
    async def work() -> None:
        stage = Stage()
        async with stage.peer() as peer:
            query, body = peer.sealed(TEXT.replace("gh<", "gh_liuzhou<"))
            replies = [await peer.post(body, query) for _ in range(3)]
            texts = {peer_text(peer, reply.content) for reply in replies}
            assert len(texts) == 1
            stage.now += 700
            assert (await peer.post(body, query)).status_code == 403
        assert len(stage.assistant.seen) == 1

    run(work())


def peer_text(peer: CallbackPeer, content: bytes) -> str:
    import httpx

    return peer.open(httpx.Response(200, content=content)).fields["Content"]
