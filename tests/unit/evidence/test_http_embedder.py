"""Embeddings over HTTP: right where the service is, nothing where it is not, never late."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import SettingsError
from app.evidence.breaker import FAILURES, Breaker
from app.evidence.http_embedder import HttpEmbedder, unit_rows
from tests.unit.evidence.openai_peer import Answer, Peer, vector

BUDGET_S = 0.3
PATIENT_S = 5.0
"""Where time is not the subject: a busy machine must not make a test fail."""
LATE_S = BUDGET_S + 0.7
"""Seconds after which a caller was kept waiting, on a busy machine."""


@pytest.fixture
def embedder(peer: Peer) -> Iterator[HttpEmbedder]:
    made = HttpEmbedder(f"{peer.url}/", "small-model", "sk-own", PATIENT_S, pause=lambda _: None)
    yield made
    made.close()


@pytest.fixture
def hurried(peer: Peer) -> Iterator[HttpEmbedder]:
    made = HttpEmbedder(f"{peer.url}/", "small-model", "sk-own", BUDGET_S, pause=lambda _: None)
    yield made
    made.close()


class TestWell:
    def test_rows_have_length_one_and_the_order_asked_for(
        self, peer: Peer, embedder: HttpEmbedder
    ) -> None:
        rows = embedder.embed(["怎么缴费", "怎么缴费呀", "能报销吗"])
        assert rows is not None
        wanted = [np.asarray(vector(t)) for t in ("怎么缴费", "怎么缴费呀", "能报销吗")]
        expected = np.asarray([w / np.linalg.norm(w) for w in wanted], dtype=np.float32)
        assert rows.dtype == np.float32
        np.testing.assert_allclose(rows, expected, atol=1e-6)
        assert peer.bodies[0]["model"] == "small-model"
        assert peer.keys == ["Bearer sk-own"]

    def test_long_numbers_never_leave_the_house(self, peer: Peer, embedder: HttpEmbedder) -> None:
        embedder.embed(["电话13812345678，证号 450203 20150101 0012，交了380元"])
        (sent,) = peer.bodies[0]["input"]
        assert "380" in sent
        assert not any(part in sent for part in ("138", "4567", "450203", "2015", "0012"))

    def test_content_is_embedded_in_batches(self, peer: Peer, embedder: HttpEmbedder) -> None:
        texts = [f"说法{n}" for n in range(130)]
        rows = embedder.embed(texts, at_leisure=True)
        assert rows is not None
        assert rows.shape == (130, len(vector("")))
        assert [len(body["input"]) for body in peer.bodies] == [64, 64, 2]

    def test_connections_are_kept_between_threads(self, embedder: HttpEmbedder) -> None:
        found: list[object] = []
        threads = [
            threading.Thread(target=lambda: found.append(embedder.embed(["你好"])))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        assert len(found) == 8
        assert all(rows is not None for rows in found)

    def test_it_may_be_used_again_after_closing(self, embedder: HttpEmbedder) -> None:
        assert embedder.embed(["你好"]) is not None
        embedder.close()
        assert embedder.embed(["你好"]) is not None

    def test_name_tells_services_and_models_apart(self) -> None:
        made = [
            HttpEmbedder(url, model, "", 1).name
            for url in ("http://a/v1", "http://b/v1")
            for model in ("m", "n")
        ]
        assert len(set(made)) == 4
        assert HttpEmbedder("http://a/v1/", "m", "secret", 2).name == made[0]
        assert "secret" not in "".join(made)


class TestBadly:
    @pytest.mark.parametrize(
        "mode", ["slow", "drip", "endless", "moved", "broken", "deep", "empty", "401", "500", "204"]
    )
    def test_gives_nothing_in_time(self, peer: Peer, hurried: HttpEmbedder, mode: str) -> None:
        hurried.embed(["连接先建好"])
        peer.mode = mode
        started = time.perf_counter()
        assert hurried.embed(["怎么缴费"]) is None
        assert time.perf_counter() - started < LATE_S
        peer.mode = "well"
        assert hurried.embed(["怎么缴费"]) is not None

    def test_the_key_does_not_follow_a_redirect(self, peer: Peer, embedder: HttpEmbedder) -> None:
        peer.mode = "moved"
        embedder.embed(["怎么缴费"])
        assert len(peer.keys) == 1

    def test_nobody_there(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        embedder = HttpEmbedder(f"http://127.0.0.1:{port}/v1", "m", "", BUDGET_S)
        started = time.perf_counter()
        assert embedder.embed(["怎么缴费"]) is None
        assert time.perf_counter() - started < LATE_S
        embedder.close()

    def test_somebody_who_never_answers(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
            embedder = HttpEmbedder(url, "m", "", BUDGET_S)
            started = time.perf_counter()
            assert embedder.embed(["怎么缴费"]) is None
            assert time.perf_counter() - started < LATE_S
            embedder.close()

    def test_after_some_failures_it_is_not_asked_any_more(self, peer: Peer) -> None:
        now = [0.0]
        embedder = HttpEmbedder(peer.url, "m", "", BUDGET_S, breaker=Breaker(lambda: now[0]))
        peer.mode = "500"
        for _ in range(FAILURES + 5):
            assert embedder.embed(["怎么缴费"]) is None
        assert len(peer.bodies) == FAILURES
        peer.mode = "well"
        assert embedder.embed(["怎么缴费"]) is None
        now[0] += 31
        assert embedder.embed(["怎么缴费"]) is not None
        assert embedder.embed(["怎么缴费"]) is not None
        embedder.close()

    def test_nonsense_opens_the_breaker_too(self, peer: Peer, embedder: HttpEmbedder) -> None:
        peer.answer = lambda body: {"data": "none today"}
        for _ in range(FAILURES + 5):
            embedder.embed(["怎么缴费"])
        assert len(peer.bodies) == FAILURES

    def test_learning_is_patient(self, peer: Peer) -> None:
        paused: list[float] = []

        def pause(seconds: float) -> None:
            paused.append(seconds)
            peer.mode = "well"

        embedder = HttpEmbedder(peer.url, "m", "", BUDGET_S, pause=pause)
        peer.mode = "429"
        assert embedder.embed(["怎么缴费"], at_leisure=True) is not None
        assert len(paused) == 1
        embedder.close()

    def test_learning_ends_where_the_service_stays_away(
        self, peer: Peer, embedder: HttpEmbedder
    ) -> None:
        peer.mode = "500"
        assert embedder.embed([f"说法{n}" for n in range(200)], at_leisure=True) is None
        assert len(peer.bodies) == 3

    @pytest.mark.parametrize(
        "answer",
        [
            lambda body: None,
            lambda body: [],
            lambda body: {"data": []},
            lambda body: {"data": [{"index": 0, "embedding": [1.0]}]},
            lambda body: {"data": [{"index": 0, "embedding": [1.0]}] * 2},
            lambda body: {"data": [{"index": i, "embedding": [0.0, 0.0]} for i in (0, 1)]},
            lambda body: {"data": [{"index": i, "embedding": [1.0] * (i + 1)} for i in (0, 1)]},
            lambda body: {"data": [{"index": i, "embedding": ["1", "2"]} for i in (0, 1)]},
            lambda body: {"data": [{"index": i, "embedding": [None, 1.0]} for i in (0, 1)]},
            lambda body: {"data": [{"index": i, "embedding": [10**400, 1]} for i in (0, 1)]},
            lambda body: {"data": [{"index": i, "embedding": []} for i in (0, 1)]},
            lambda body: {"data": [{"index": i, "embedding": 1.0} for i in (0, 1)]},
            lambda body: {"data": [{"index": i} for i in (0, 1)]},
            lambda body: {"data": [{"index": True, "embedding": [1.0]}, 7]},
        ],
    )
    def test_what_are_no_vectors(self, peer: Peer, embedder: HttpEmbedder, answer: Answer) -> None:
        peer.answer = answer
        assert embedder.embed(["一", "二"]) is None

    @pytest.mark.parametrize("size", [1e300, 1e-300])
    def test_any_length_becomes_one(self, size: float) -> None:
        rows = unit_rows({"data": [{"index": 0, "embedding": [size, -size]}]}, 1)
        assert rows is not None
        np.testing.assert_allclose(rows, [[0.5**0.5, -(0.5**0.5)]], rtol=1e-6)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=3),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["data", "index", "embedding"]), inner)
            ),
            max_leaves=12,
        )
    )
    def test_no_answer_breaks_it(self, answer: object) -> None:
        rows = unit_rows(answer, 1)
        assert rows is None or np.isclose(np.linalg.norm(rows), 1.0, atol=1e-5)


class TestSettings:
    @pytest.mark.parametrize(
        "url", ["", "example.org/v1", "ftp://example.org/v1", "http://", "https://u:p@x/v1"]
    )
    def test_what_is_no_address_is_refused(self, url: str) -> None:
        with pytest.raises(SettingsError):
            HttpEmbedder(url, "m", "", 1)

    @pytest.mark.parametrize("key", ["密钥", "a\nb"])
    def test_what_can_be_no_key_is_refused_and_not_shown(self, key: str) -> None:
        with pytest.raises(SettingsError) as caught:
            HttpEmbedder("https://example.org/v1", "m", key, 1)
        assert key not in str(caught.value)
