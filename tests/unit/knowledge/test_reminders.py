"""When to remind of what."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.content import Catalog
from app.domain.names import IntentId, Region
from app.knowledge.reminders import AT, next_occasion
from tests.assistants import shipped_catalog

BEIJING = Region("beijing")


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_catalog()


@pytest.mark.parametrize(
    ("topic", "now", "at", "until"),
    [
        ("enrolment_period", "2025-11-20T10:00", "2025-11-30", "2026-02-28"),
        ("enrolment_period", "2025-12-10T10:00", "2026-02-25", "2026-02-28"),
        ("enrolment_period", "2026-02-26T10:00", "2026-02-28", "2026-02-28"),
        ("payment_window", "2025-12-01T10:00", "2025-12-05", "2025-12-20"),
        ("payment_window", "2025-12-10T10:00", "2025-12-17", "2025-12-20"),
        ("payment_window", "2025-12-18T10:00", "2025-12-20", "2025-12-20"),
        ("payment_window", "2025-12-20T10:00", "2026-01-05", "2026-01-20"),
        ("back_payment", "2025-12-10T10:00", "2025-12-25", "2025-12-28"),
        # 15 December is a Monday: two workdays before is Thursday.
        ("bank_batch_debit", "2025-12-01T10:00", "2025-12-11", "2025-12-15"),
        # 15 February is inside the Spring Festival and moves to the 24th; the 14th is worked.
        ("bank_batch_debit", "2026-02-01T10:00", "2026-02-13", "2026-02-24"),
        ("personal_account_debit", "2025-12-10T10:00", "2025-12-30", "2025-12-31"),
    ],
)
def test_the_next_useful_morning(
    catalog: Catalog, topic: str, now: str, at: str, until: str
) -> None:
    found = next_occasion(catalog, BEIJING, (IntentId(topic),), datetime.fromisoformat(now))
    assert found is not None
    assert (str(found.at.date()), found.at.time(), str(found.until)) == (at, AT, until)
    assert found.topic == topic


def test_an_undated_topic_reminds_of_payment(catalog: Catalog) -> None:
    now = datetime.fromisoformat("2025-12-01T10:00")
    found = next_occasion(catalog, BEIJING, (IntentId("card_not_working"),), now)
    assert found is not None
    assert found.topic == "payment_window"


def test_nothing_where_all_is_over_or_no_calendar(catalog: Catalog) -> None:
    assert next_occasion(catalog, BEIJING, (), datetime.fromisoformat("2026-11-22T10:00")) is None
    assert (
        next_occasion(catalog, Region("liuzhou"), (), datetime.fromisoformat("2025-12-01T10:00"))
        is None
    )


@given(
    st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-12-31")),
    st.sampled_from(["x", "back_payment", "bank_batch_debit", "enrolment_period"]),
)
def test_always_to_come_and_never_too_late(now: datetime, topic: str) -> None:
    found = next_occasion(shipped_catalog(), BEIJING, (IntentId(topic),), now)
    if found is None:
        assert now.date() > date(2026, 1, 1)
        return
    assert found.at.replace(tzinfo=None) > now
    assert found.at.date() <= found.until <= found.at.date() + timedelta(days=100)
