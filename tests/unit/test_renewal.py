"""Renewals begin only where work takes long, and end with it."""

from __future__ import annotations

import asyncio

import pytest

from app.renewal import renewed

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_short_work_is_never_renewed() -> None:
    calls: list[int] = []

    async def renew() -> bool:
        calls.append(1)
        return True

    tasks = len(asyncio.all_tasks())
    with renewed(0.05, renew):
        assert len(asyncio.all_tasks()) == tasks
    await asyncio.sleep(0.12)
    assert not calls


@pytest.mark.parametrize(("goes_on", "least", "most"), [(True, 3, 9), (False, 1, 1)])
async def test_long_work_is_renewed_until_it_ends(goes_on: bool, least: int, most: int) -> None:
    calls: list[int] = []

    async def renew() -> bool:
        calls.append(1)
        return goes_on

    with renewed(0.02, renew):
        await asyncio.sleep(0.2)
    count = len(calls)
    assert least <= count <= most
    await asyncio.sleep(0.1)
    assert len(calls) == count


async def test_it_ends_with_a_failure_too() -> None:
    calls: list[int] = []

    async def renew() -> bool:
        calls.append(1)
        return True

    async def fail() -> None:
        with renewed(0.01, renew):
            await asyncio.sleep(0.05)
            raise ValueError("work")

    with pytest.raises(ValueError, match="work"):
        await fail()
    count = len(calls)
    await asyncio.sleep(0.05)
    assert len(calls) == count
