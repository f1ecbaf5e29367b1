"""Samples of a running server, as shares of stages and as a picture."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.flame import draw, read_samples, shares

LOOP = "Runner.run (asyncio/runners.py:118)"
TURN = "Turns._once (app/webhook/turns.py:9)"
RAW = f"""\
serve (app/cli/serving.py:40);{LOOP} 5
{LOOP};{TURN};Store.run (app/state/store.py:7) 10
{LOOP};{TURN};Assistant.turn (app/dialogue/assistant.py:5) 20
{LOOP};Turns._once (app/webhook/turns.py:11) 5
{LOOP};RequestResponseCycle.run_asgi (uvicorn/x.py:3);<lambda> (a<b.py:1) 10
wait (threading.py:320) 99
"""


def test_only_the_loop_counts_and_lines_of_one_function_are_one() -> None:
    samples = read_samples(RAW.splitlines())
    assert sum(samples.values()) == 50
    assert samples[("Turns._once (app/webhook/turns.py",)] == 5


def test_stages_add_up() -> None:
    found = shares(read_samples(RAW.splitlines()))
    assert sum(found.values()) == pytest.approx(1)
    assert found["Redis"] == 0.2
    assert found["understand and decide"] == 0.4
    assert found["one turn a message, in order"] == 0.1
    assert found["HTTP"] == 0.2
    assert found["waiting for and reading sockets"] == 0.1


def test_the_picture_is_well_formed_and_to_scale(tmp_path: Path) -> None:
    draw(read_samples(RAW.splitlines()), tmp_path / "flame.svg")
    root = ET.parse(tmp_path / "flame.svg").getroot()  # noqa: S314 - our own file
    wide = {
        group[0].text: float(group[1].attrib["width"])
        for group in root.iter("{http://www.w3.org/2000/svg}g")
    }
    assert wide["Turns._once (app/webhook/turns.py 70.0%"] == 840
    assert wide["<lambda> (a<b.py 20.0%"] == 240


def test_no_samples_are_no_error(tmp_path: Path) -> None:
    assert sum(shares({}).values()) == 0
    draw({}, tmp_path / "flame.svg")
    assert (tmp_path / "flame.svg").exists()
