"""compose.yaml: everything it refers to exists, and nothing is open that need not be."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.deploy.files import DEPLOY, ROOT, document, is_variable

COMPOSE = document(ROOT / "compose.yaml")
SECOND = document(DEPLOY / "compose.liuzhou.yaml")
TRACING = document(DEPLOY / "compose.tracing.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
# https://github.com/compose-spec/compose-spec, 05-services.md
SERVICE_KEYS = {
    *("build", "cap_add", "cap_drop", "command", "depends_on", "deploy", "env_file"),
    *("environment", "expose", "healthcheck", "image", "logging", "networks", "ports"),
    *("read_only", "restart", "secrets", "security_opt", "stop_grace_period", "tmpfs", "user"),
    "volumes",
}
BOTS = ("app", "console")


@pytest.mark.parametrize("name", SERVICES)
def test_keys_are_those_of_the_specification(name: str) -> None:
    assert set(SERVICES[name]) <= SERVICE_KEYS


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_refers_to_is_declared(name: str) -> None:
    service = SERVICES[name]
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if source.startswith("./"):
            assert (ROOT / source).is_file(), source
            assert volume.endswith(":ro")
        else:
            assert source in COMPOSE["volumes"]


def test_nothing_is_declared_that_nobody_uses() -> None:
    used = {n for service in SERVICES.values() for n in service["networks"]}
    assert set(COMPOSE["networks"]) == used
    volumes = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", [])}
    assert set(COMPOSE["volumes"]) == {v for v in volumes if not v.startswith("./")}


@pytest.mark.parametrize("name", SERVICES)
def test_services_are_confined_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "caddy" else [])
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}


def test_only_caddy_is_open_to_others() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports.pop("caddy") == ["80:80", "443:443", "443:443/udp"]
    assert ports == {"console": ["127.0.0.1:8001:8001"]}


def test_redis_is_reached_from_inside_only_and_writes_to_disk() -> None:
    assert SERVICES["redis"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert "inside" not in SERVICES["caddy"]["networks"]
    assert not set(SERVICES["console"]["networks"]) & set(SERVICES["caddy"]["networks"])
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_each_starts_when_what_it_needs_is_healthy() -> None:
    order = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    assert order == {
        "redis": set(),
        "app": {"redis"},
        "console": {"redis", "app"},
        "caddy": {"app"},
    }
    conditions = [c for s in SERVICES.values() for c in s.get("depends_on", {}).values()]
    assert all(c == {"condition": "service_healthy"} for c in conditions)
    built = (ROOT / "Dockerfile").read_text("utf-8")
    for name, service in SERVICES.items():
        assert "healthcheck" in service or f"AS {name}\n" in built


@pytest.mark.parametrize("name", BOTS)
def test_bots_are_in_production_and_follow_what_is_published(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["YIBAO_ENV"] == "production"
    assert environment["YIBAO_CONTENT_SOURCE"] == "published"
    assert environment["YIBAO_SECRETS_DIR"] == "/run/secrets"
    assert SERVICES[name]["build"]["target"] == name


def test_replicas_are_not_bound_to_a_port_of_the_machine() -> None:
    assert "ports" not in SERVICES["app"]
    assert SERVICES["app"]["deploy"]["replicas"] == "${APP_REPLICAS:-2}"


@pytest.mark.parametrize("name", BOTS)
def test_there_is_time_to_end_turns(name: str) -> None:
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > 10  # that of uvicorn


@pytest.mark.parametrize("compose", [COMPOSE, SECOND], ids=["compose", "liuzhou"])
def test_secrets_are_files_named_like_variables(compose: dict[str, Any]) -> None:
    assert compose["secrets"]
    for name, secret in compose["secrets"].items():
        assert is_variable(name)
        assert secret == {"file": f"./secrets/{name}"}
    for service in ("app", "console"):
        assert compose["services"][service]["secrets"] == list(compose["secrets"])


def test_a_second_account_has_the_same_secrets() -> None:
    first = {n.replace("BEIJING", "LIUZHOU") for n in COMPOSE["secrets"]} - {"YIBAO_SALT"}
    assert set(SECOND["secrets"]) == first


def test_traces_need_nothing_but_another_image() -> None:
    (name,) = TRACING["services"]
    changed = TRACING["services"][name]
    assert name == "app"
    assert changed["build"] == {"context": ".", "target": "tracing"}
    assert changed["image"] == COMPOSE["services"]["app"]["image"].replace("yibao", "yibao-tracing")
    assert set(changed) == {"image", "build"}
    assert is_variable("YIBAO_TRACES_URL")


def test_secrets_stay_out_of_the_repository_and_the_image() -> None:
    assert "secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "secrets" not in (ROOT / ".dockerignore").read_text("utf-8")  # it lists what is let in
    names = [*COMPOSE["secrets"], *SECOND["secrets"]]
    assert not [name for name in names if f"{name}=" in EXAMPLE]


def test_variables_are_known_to_the_program() -> None:
    environment = {n for name in BOTS for n in SERVICES[name]["environment"]}
    named = environment | set(re.findall(r"^(?:# )?(YIBAO_\w+)=", EXAMPLE, re.MULTILINE))
    assert [name for name in sorted(named) if not is_variable(name)] == []
    assert not is_variable("YIBAO_NO_SUCH_THING")
    assert not is_variable("YIBAO_ACCOUNTS__BEIJING__NO_SUCH_THING")


def test_what_compose_itself_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text("utf-8")))
    assert asked == set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))
