"""What all tests share."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--redis",
        metavar="URL",
        default=None,
        help="run the tests of stored state against this Redis, e.g. redis://127.0.0.1:6379/9;"
        " default: an embedded one",
    )


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> str | None:
    """URL given with `--redis`; None: use an embedded server."""
    url: str | None = request.config.getoption("--redis")
    return url
