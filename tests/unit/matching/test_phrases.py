"""pypinyin's table of phrases is the original one, smaller."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pypinyin
from hypothesis import given
from hypothesis import strategies as st

from app.matching.phrases import shared

_SAME = """
import json
from pathlib import Path
from app.matching import phrases
import pypinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.seg.mmseg import PrefixSet, p_set
full = json.loads(Path(pypinyin.__file__).with_name("phrases_dict.json").read_text("utf-8"))
prefixes = PrefixSet()
prefixes.train(full)
assert full == PHRASES_DICT, "phrases"
assert prefixes._set == p_set._set, "prefixes"
inner = {id(reading) for readings in PHRASES_DICT.values() for reading in readings}
assert len(inner) < 20_000, len(inner)
"""


def test_the_table_is_equal_and_shared() -> None:
    done = subprocess.run([sys.executable, "-c", _SAME], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_pypinyins_file_is_where_it_is_looked_for() -> None:
    path = Path(pypinyin.__file__).with_name("phrases_dict.json")
    assert len(json.loads(path.read_text("utf-8"))) > 40_000


@given(st.dictionaries(st.text(), st.lists(st.lists(st.text(max_size=2), max_size=2))))
def test_shared_readings_are_equal_and_never_twice_in_a_phrase(
    table: dict[str, list[list[str]]],
) -> None:
    found = dict(shared(table.items()))
    assert found == table
    for readings in found.values():
        assert len({id(reading) for reading in readings}) == len(readings)
