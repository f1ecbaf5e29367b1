"""Who names the same thing goes through in order; nobody is forgotten or let in twice."""

from __future__ import annotations

import asyncio
import random

import pytest

from app.in_order import InOrder

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Room:
    """Notes who is in, by name."""

    def __init__(self) -> None:
        self.in_order = InOrder()
        self.inside: dict[str, int] = {}
        self.came: list[tuple[str, int]] = []

    async def visit(self, name: str, number: int, seconds: float = 0.0) -> None:
        async with self.in_order.of(name):
            assert name not in self.inside
            self.inside[name] = number
            self.came.append((name, number))
            try:
                await asyncio.sleep(seconds)
            finally:
                del self.inside[name]

    @property
    def is_empty(self) -> bool:
        return not self.in_order._waiting


async def test_the_same_name_in_order_of_arrival_another_at_once() -> None:
    room = Room()
    visits = [room.visit("甲", number, 0.01) for number in range(5)] + [room.visit("乙", 9)]
    await asyncio.gather(*visits)
    assert [number for name, number in room.came if name == "甲"] == [0, 1, 2, 3, 4]
    assert room.came[1] == ("乙", 9)
    assert room.is_empty


async def test_an_error_lets_the_next_one_in() -> None:
    room = Room()

    async def failing() -> None:
        async with room.in_order.of("甲"):
            await asyncio.sleep(0)
            raise LookupError

    first, second = asyncio.create_task(failing()), asyncio.create_task(room.visit("甲", 2))
    with pytest.raises(LookupError):
        await first
    await asyncio.wait_for(second, 5)
    assert room.is_empty


async def test_who_gives_up_is_passed_over() -> None:
    room = Room()
    tasks = [asyncio.create_task(room.visit("甲", number, 0.02)) for number in range(4)]
    await asyncio.sleep(0.005)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert room.came == [("甲", 0), ("甲", 2), ("甲", 3)]
    assert room.is_empty


async def test_who_is_cancelled_while_being_let_in_hands_on() -> None:
    room = Room()
    first = room.in_order.of("甲")
    await first.__aenter__()
    second = asyncio.create_task(room.visit("甲", 2))
    third = asyncio.create_task(room.visit("甲", 3))
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)  # the second may go in, but has not run yet
    second.cancel()
    await asyncio.wait_for(third, 5)
    assert room.came == [("甲", 3)]
    assert room.is_empty


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_happens_nobody_overlaps_and_nothing_stays(seed: int) -> None:
    chance, room = random.Random(seed), Room()
    tasks = []
    for number in range(60):
        wait = chance.choice([0, 0, 0.001])
        tasks.append(asyncio.create_task(room.visit(chance.choice("甲乙"), number, wait)))
        if chance.random() < 0.4:
            chance.choice(tasks).cancel()
        if chance.random() < 0.4:
            await asyncio.sleep(0)
    done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert {type(one) for one in done} <= {type(None), asyncio.CancelledError}
    for name in "甲乙":
        numbers = [number for came, number in room.came if came == name]
        assert numbers == sorted(numbers)
    assert room.is_empty
