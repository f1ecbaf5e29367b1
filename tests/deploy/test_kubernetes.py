"""deploy/k8s: valid for the API's own schemas, complete, and of one piece with the program."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from app.errors import SettingsError
from app.settings import load_settings
from app.state.addresses import Kind, read_address
from tests.deploy.files import DEPLOY, ROOT, document, documents, is_variable

K8S = DEPLOY / "k8s"
FOLDERS = sorted(path.parent for path in K8S.glob("*/kustomization.yaml"))
VERSION = "1.31"
CUSTOM = {"ServiceMonitor", "PrometheusRule"}
LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/component"}


def objects(*folders: str) -> list[dict[str, Any]]:
    chosen = [K8S / name for name in folders] or FOLDERS
    return [
        found
        for folder in chosen
        for file in sorted(folder.glob("*.yaml"))
        if file.name != "kustomization.yaml"
        for found in documents(file)
    ]


def named(found: dict[str, Any]) -> str:
    return f"{found['kind']}-{found['metadata']['name']}"


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for found in objects():
        if found["kind"] in {"Deployment", "StatefulSet", "Job"}:
            yield named(found), found["spec"]["template"]


def only(kind: str, name: str) -> dict[str, Any]:
    (found,) = [o for o in objects("base") if named(o) == f"{kind}-{name}"]
    return found


@pytest.mark.parametrize("found", objects(), ids=named)
def test_objects_fit_the_schemas(found: dict[str, Any]) -> None:
    if found["kind"] in CUSTOM:
        assert found["apiVersion"] == "monitoring.coreos.com/v1"
    else:
        kubernetes_validate.validate(found, VERSION, strict=True)


def test_what_does_not_fit_is_found() -> None:
    broken = {**only("Deployment", "app"), "spec": {"replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, VERSION, strict=True)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_kustomizations_list_every_file(folder: Path) -> None:
    listed = document(folder / "kustomization.yaml")["resources"]
    files = {p.name for p in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert {name for name in listed if not name.startswith("../")} == files
    assert all((folder / name).exists() for name in listed)
    assert len(set(listed)) == len(listed)


@pytest.mark.parametrize("redis", ["redis", "redis-sentinel", "redis-cluster"])
def test_names_are_given_once_in_what_is_applied_together(redis: str) -> None:
    names = [named(found) for found in objects("base", redis, "example")]
    assert len(set(names)) == len(names)


def test_images_are_those_that_are_built() -> None:
    images = {c["image"] for _, pod in pods() for c in pod["spec"]["containers"]}
    assert images == {"yibao", "yibao-console", "redis:7-bookworm"}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "IMAGE ?= yibao" in makefile
    assert "$(IMAGE)-console" in makefile
    for folder in ("base", "example"):
        changed = {i["name"] for i in document(K8S / folder / "kustomization.yaml")["images"]}
        assert changed == {"yibao", "yibao-console"}


def test_ports_are_those_that_the_images_listen_on() -> None:
    exposed = re.findall(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), re.M)
    ports = [
        str(port["containerPort"])
        for name in ("console", "app")
        for port in only("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["ports"]
    ]
    assert ports == exposed


def test_variables_are_known_to_the_program() -> None:
    known = [
        name
        for found in objects()
        if found["kind"] in {"ConfigMap", "Secret"}
        for name in {**found.get("data", {}), **found.get("stringData", {})}
        if not name.endswith(".sh")
    ]
    assert len(known) >= 8
    assert [name for name in known if not is_variable(name)] == []


KINDS = {"redis-sentinel": Kind.SENTINEL, "redis-cluster": Kind.CLUSTER}


@pytest.mark.parametrize("folder", KINDS)
def test_the_address_of_each_redis_names_pods_that_exist(folder: str) -> None:
    text = (K8S / folder / "kustomization.yaml").read_text("utf-8")
    (url,) = re.findall(r"redis\+\w+://\S+", text)
    address = read_address(url)
    assert address.kind is KINDS[folder]
    sets = [o for o in objects(folder) if o["kind"] == "StatefulSet"]
    names = {
        f"{s['metadata']['name']}-{n}.{s['spec']['serviceName']}.yibao.svc"
        for s in sets
        for n in range(s["spec"]["replicas"])
    }
    assert {host for host, _ in address.nodes} < names
    services = {o["metadata"]["name"]: o for o in objects(folder) if o["kind"] == "Service"}
    for host, port in address.nodes:
        service = services[host.split(".")[1]]
        assert port in {given["port"] for given in service["spec"]["ports"]}
    if address.kind is Kind.SENTINEL:
        assert f"sentinel monitor {address.service} " in scripts(folder)["sentinel.sh"]


def scripts(folder: str) -> dict[str, str]:
    (found,) = [o for o in objects(folder) if o["kind"] == "ConfigMap"]
    data: dict[str, str] = found["data"]
    return data


@pytest.mark.parametrize("folder", KINDS)
def test_scripts_can_be_read_by_a_shell_and_are_all_used(folder: str) -> None:
    commands = [
        container["command"]
        for o in objects(folder)
        if o["kind"] in {"StatefulSet", "Job"}
        for container in o["spec"]["template"]["spec"]["containers"]
    ]
    assert sorted(c[1] for c in commands) == sorted(f"/scripts/{n}" for n in scripts(folder))
    for text in scripts(folder).values():
        done = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\nEND\n" in text or "<<END" not in text


@pytest.mark.parametrize(("name", "pod"), list(pods()))
def test_pods_are_confined_and_limited(name: str, pod: dict[str, Any]) -> None:
    spec = pod["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert set(pod["metadata"]["labels"]) == LABELS
    declared = {v["name"] for v in spec["volumes"]} | {"data"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        assert {m["name"] for m in container["volumeMounts"]} <= declared


def test_bots_are_probed_and_given_time_to_end() -> None:
    for name in ("app", "console"):
        spec = only("Deployment", name)["spec"]["template"]["spec"]
        container = spec["containers"][0]
        # Without Redis the bot still answers single questions: no replica may be taken out for it.
        assert container["readinessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]
        assert spec["terminationGracePeriodSeconds"] >= 5 + 20


def test_updates_and_evictions_leave_replicas() -> None:
    app = only("Deployment", "app")["spec"]
    assert app["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    scaler = only("HorizontalPodAutoscaler", "app")["spec"]
    assert "replicas" not in app, "it would undo what the scaler did"
    assert scaler["minReplicas"] >= 2
    budget = only("PodDisruptionBudget", "app")["spec"]
    labels = app["selector"]["matchLabels"]
    assert budget["selector"]["matchLabels"] == labels
    for spread in app["template"]["spec"]["topologySpreadConstraints"]:
        assert spread["labelSelector"]["matchLabels"] == labels


def test_services_and_policies_choose_pods_that_exist() -> None:
    labels = [pod["metadata"]["labels"] for _, pod in pods()]
    for found in objects():
        spec = found.get("spec", {})
        selector = {
            "Service": lambda s: s["selector"],
            "NetworkPolicy": lambda s: s["podSelector"].get("matchLabels", {}),
            "ServiceMonitor": lambda s: s["selector"]["matchLabels"],
        }.get(found["kind"])
        if selector is not None:
            chosen = selector(spec).items()
            assert any(chosen <= pod.items() for pod in labels), named(found)


def test_nobody_comes_in_unless_a_policy_says_so() -> None:
    closed = only("NetworkPolicy", "nobody")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_alarms_are_the_same_as_without_kubernetes() -> None:
    assert only("PrometheusRule", "yibao")["spec"] == document(DEPLOY / "alerts.yml")


def test_metrics_are_scraped_under_the_name_that_alarms_use() -> None:
    monitor = only("ServiceMonitor", "yibao")["spec"]
    label = monitor["jobLabel"]
    assert only("Service", "app")["metadata"]["labels"][label] == "yibao"
    assert monitor["endpoints"][0]["path"] == "/metrics"


def test_the_example_secret_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (secret,) = [found for found in objects("example") if found["kind"] == "Secret"]
    for name, value in secret["stringData"].items():
        (tmp_path / name).write_text(value, "utf-8")
    for name, value in only("ConfigMap", "settings")["data"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("YIBAO_SECRETS_DIR", str(tmp_path))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    for name in set(secret["stringData"]) - {"YIBAO_REDIS_URL"}:
        assert name in str(caught.value)


def test_secrets_are_mounted_where_they_are_looked_for() -> None:
    where = only("ConfigMap", "settings")["data"]["YIBAO_SECRETS_DIR"]
    for name in ("app", "console"):
        container = only("Deployment", name)["spec"]["template"]["spec"]["containers"][0]
        mounts = {m["name"]: m for m in container["volumeMounts"]}
        assert mounts["secrets"]["mountPath"] == where
