"""What `yibao doctor` says of a Redis: asked of real ones, well and unwell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.state.addresses import read_address
from app.state.survey import Fault, survey
from tests.redis_servers import Server, free_port, wait_until

pytestmark = pytest.mark.anyio
WATCH = (
    "sentinel monitor mymaster 127.0.0.1 {port} 1\nsentinel down-after-milliseconds mymaster 100"
)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    folder = tmp_path_factory.mktemp("survey")
    with ExitStack() as stack:
        plain = Server(stack, folder).start()
        half = Server(stack, folder, "--cluster-enabled", "yes").start()
        half.ask("CLUSTER", "ADDSLOTS", *range(8000))
        replica = Server(stack, folder, "--replicaof", "127.0.0.1", str(plain.port)).start()
        locked = Server(stack, folder).start()
        locked.ask("CONFIG", "SET", "requirepass", "geheim")
        yield {
            "plain": plain,
            "half": half,
            "replica": replica,
            "locked": locked,
            "sentinel": Server(stack, folder, sentinel=WATCH.format(port=plain.port)).start(),
            "widow": Server(stack, folder, sentinel=WATCH.format(port=free_port())).start(),
        }


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("redis://127.0.0.1:{plain}/0", None),
        ("redis://127.0.0.1:1/0", "连不上"),
        ("redis://127.0.0.1:{replica}/0", "只读的从节点"),
        ("redis://:falsch@127.0.0.1:{locked}/0", "不认这个用户或密码"),
        ("redis://127.0.0.1:{locked}/0", "不认这个用户或密码"),
        ("redis://127.0.0.1:{half}/0", "集群的一个节点"),
        ("redis://127.0.0.1:{sentinel}/0", "是哨兵"),
        ("redis+sentinel://127.0.0.1:{sentinel}/mymaster/0", None),
        ("redis+sentinel://127.0.0.1:1/mymaster/0", "连不上"),
        ("redis+sentinel://127.0.0.1:{plain}/mymaster/0", "不是哨兵"),
        ("redis+sentinel://127.0.0.1:{sentinel}/other", "不认识主节点 other"),
        ("redis+sentinel://127.0.0.1:{widow}/mymaster", "没有主节点"),
        ("redis+cluster://127.0.0.1:1", "连不上"),
        ("redis+cluster://127.0.0.1:{plain}", "不是集群的节点"),
        ("redis+cluster://127.0.0.1:{half}", "8384 个槽没有主节点"),
        ("redis+cluster://:falsch@127.0.0.1:{half}", "用户或密码"),
    ],
)
async def test_what_is_wrong_is_said(
    url: str, seen: str | None, servers: dict[str, Server]
) -> None:
    wait_until(lambda: "down,address" in servers["widow"].ask("INFO", "sentinel"), "down")
    address = read_address(url.format(**{name: s.port for name, s in servers.items()}))
    faults = await survey(address)
    if seen is None:
        assert faults == ()
        return
    (fault,) = faults
    assert seen in fault.seen
    assert fault.is_fatal
    assert fault.remedy
    assert "falsch" not in repr(faults)


async def test_one_sentinel_that_is_away_is_no_disaster(servers: dict[str, Server]) -> None:
    nodes = f"127.0.0.1:1,127.0.0.1:{servers['sentinel'].port}"
    (fault,) = await survey(read_address(f"redis+sentinel://{nodes}/mymaster/0"))
    assert isinstance(fault, Fault)
    assert not fault.is_fatal
    assert "127.0.0.1:1 " in fault.seen


async def test_a_cluster_and_its_sentinels_are_well(state_url: str | None) -> None:
    if state_url is not None:  # the embedded one has no address
        assert await survey(read_address(state_url)) == ()
