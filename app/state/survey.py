"""Find out what is wrong with a Redis, node by node, in words for whoever runs the deployment.

No text here holds a user, a password or stored content.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from app.network_causes import cause_of
from app.state.addresses import Address, Kind
from app.state.clients import node_client

_ASK_S = 1.5
_SLOTS = 16384
"""Source: cluster-spec."""
_CHECK_PORTS = "检查 YIBAO_REDIS_URL 里的主机和端口、它们是否在运行、防火墙是否放行"
_CHECK_USER = "检查 YIBAO_REDIS_URL 里的用户和密码；特殊字符要按 URL 编码（@ 写成 %40）"
_FORMS = "改 YIBAO_REDIS_URL 的开头，写法见 docs/redis.md"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a Redis."""

    seen: str
    """Where and what, Chinese."""
    remedy: str
    is_fatal: bool = True
    """Whether parents notice."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a node said; without `value` its `fault` says why."""

    node: str
    value: Any = None
    fault: Fault | None = None


async def survey(address: Address) -> tuple[Fault, ...]:
    """Ask every node of an address; empty where all is well. Takes at most about 3 seconds."""
    if address.kind is Kind.SENTINEL:
        return await _sentinels(address)
    if address.kind is Kind.CLUSTER:
        return await _cluster(address)
    return await _single(address)


async def _single(address: Address) -> tuple[Fault, ...]:
    answer = await _ask(node_client(address), address.shown, lambda node: node.info())
    if answer.fault is not None:
        return (answer.fault,)
    return _wrong_kind(answer, {"standalone"})


async def _sentinels(address: Address) -> tuple[Fault, ...]:
    def masters(node: Redis) -> Awaitable[Any]:
        return cast("Awaitable[Any]", node.sentinel_masters())

    answers = await asyncio.gather(
        *(
            _ask(node_client(address, at, is_sentinel=True), _name(at), masters)
            for at in address.nodes
        )
    )
    faults = _away("哨兵", list(answers))
    known = [answer.value for answer in answers if answer.fault is None]
    if not known:
        return faults
    states = [masters[address.service] for masters in known if address.service in masters]
    if not states:
        names = "、".join(sorted({name for masters in known for name in masters})) or "没有一个"
        seen = f"哨兵不认识主节点 {address.service}（它们认识：{names}）"
        remedy = "把 YIBAO_REDIS_URL 里斜杠后面的名字改成 sentinel monitor 的名字"
        return (*faults, Fault(seen, remedy))
    newest = max(states, key=lambda state: int(state["config-epoch"]))
    where = (str(newest["ip"]), int(newest["port"]))
    if newest["is_sdown"] or newest["is_odown"]:
        seen = f"没有主节点：哨兵认为 {address.service}（{_name(where)}）已经下线，还没有选出新的"
        remedy = "等几秒再试；一直这样时检查有没有从节点、哨兵够不够多数（sentinel ckquorum）"
        return (*faults, Fault(seen, remedy))
    master = await _ask(node_client(address, where), f"主节点 {_name(where)}", lambda n: n.info())
    return (*faults, *((master.fault,) if master.fault else _not_master(master)))


async def _cluster(address: Address) -> tuple[Fault, ...]:
    async def layout(node: Redis) -> dict[str, Any]:
        info = await node.execute_command("CLUSTER INFO")
        return cast("dict[str, Any]", info)

    answers = await asyncio.gather(
        *(_ask(node_client(address, at), _name(at), layout) for at in address.nodes)
    )
    faults = _away("集群节点", list(answers))
    known = [answer.value for answer in answers if answer.fault is None]
    if not known:
        return faults
    # Whoever was cut off sees less than the others.
    seen = max(known, key=lambda info: int(info["cluster_slots_ok"]))
    bare = _SLOTS - int(seen["cluster_slots_ok"])
    if bare:
        text = f"集群有 {bare} 个槽没有主节点（共 {_SLOTS} 个），落在这些槽里的家长得不到答复"
        remedy = "用 redis-cli --cluster check 看是哪些；等从节点接手，或把坏掉的主节点启动起来"
        faults = (*faults, Fault(text, remedy))
    return faults


def _away(what: str, answers: list[_Answer]) -> tuple[Fault, ...]:
    """Return the faults of those who did not answer; they are fatal where nobody did."""
    faults = [answer.fault for answer in answers if answer.fault is not None]
    if len(faults) < len(answers):
        return tuple(Fault(f"{what} {f.seen}", f.remedy, is_fatal=False) for f in faults)
    return tuple(Fault(f"{what} {f.seen}", f.remedy) for f in faults)


def _wrong_kind(answer: _Answer, modes: set[str]) -> tuple[Fault, ...]:
    mode = str(answer.value.get("redis_mode", "standalone"))
    if mode in modes:
        return _not_master(answer)
    begins = {"cluster": "redis+cluster://", "sentinel": "redis+sentinel://"}.get(mode, "")
    name = {"cluster": "集群的一个节点", "sentinel": "哨兵"}.get(mode, mode)
    return (Fault(f"{answer.node} 是{name}，不是单机", f"{_FORMS}：应以 {begins} 开头"),)


def _not_master(answer: _Answer) -> tuple[Fault, ...]:
    if answer.value.get("role") != "slave":
        return ()
    seen = f"{answer.node} 是只读的从节点，写不进去"
    return (Fault(seen, "连到主节点；主节点会换的，用 redis+sentinel:// 让哨兵来找"),)


async def _ask(client: Redis, name: str, question: Callable[[Redis], Awaitable[Any]]) -> _Answer:
    try:
        async with asyncio.timeout(_ASK_S):
            return _Answer(name, await question(client))
    except AuthenticationError:
        return _Answer(name, fault=Fault(f"{name} 不认这个用户或密码", _CHECK_USER))
    except ResponseError as exc:
        return _Answer(name, fault=_refused(name, str(exc).lower()))
    except (RedisError, TimeoutError, OSError) as exc:
        # The text of an OSError may quote what was configured.
        return _Answer(name, fault=Fault(f"{name} 连不上：{cause_of(exc)}", _CHECK_PORTS))
    finally:
        await client.aclose()


def _refused(name: str, text: str) -> Fault:
    if "cluster support disabled" in text or ("cluster" in text and "unknown" in text):
        return Fault(f"{name} 不是集群的节点", _FORMS)
    if "unknown command" in text:
        return Fault(f"{name} 是普通的 Redis，不是哨兵", "哨兵的端口通常是 26379，不是 6379")
    if "noauth" in text or "noperm" in text or "authentication" in text:
        return Fault(f"{name} 不认这个用户或密码", _CHECK_USER)
    return Fault(f"{name} 拒绝了请求", _CHECK_USER)


def _name(node: tuple[str, int]) -> str:
    host, port = node
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
