"""Stands in for the tools that a test must not really run; linked under each tool's name.

Takes only options that the real tool has, checks names against the files of the deployment, and
runs what the tool would run on another machine or in a container: `docker compose exec app yibao
doctor` is `yibao doctor` here. What it does not know it refuses with 64.

Source of the options: the tools' own manuals (docker compose, kubectl, apt-get, systemctl, …).
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
REFUSED = 64
OPTIONS = {
    "apt-get update": "",
    "apt-get install": "--yes",
    "apt install": "--yes",
    "systemctl enable": "--now",
    "usermod": "--append --groups=",
    "timedatectl": "",
    "chown": "--recursive",
    "install": "--directory --owner= --group= --mode=",
    "getent hosts": "",
    "nano": "",
    "scp": "",
    "ssh": "-N -L=",
    "redis-cli bgrewriteaof": "",
    "docker ps": "",
    "docker images": "",
    "docker image inspect": "",
    "docker run": "--rm --volume= --env=",
    "docker stop": "--time=",
    "docker rm": "--force",
    "docker logs": "--tail= --since= --follow",
    "docker compose version": "",
    "docker compose up": "--detach --wait --no-deps --no-recreate --scale=",
    "docker compose exec": "--no-TTY",
    "docker compose run": "--rm --no-deps --volume= --env=",
    "docker compose ps": "--quiet --all",
    "docker compose logs": "--since= --tail= --follow",
    "docker compose build": "",
    "docker compose down": "",
    "docker compose stop": "",
    "kubectl apply": "-k= -f=",
    "kubectl rollout status": "--namespace=",
    "kubectl rollout undo": "--namespace=",
    "kubectl set image": "--namespace=",
    "kubectl exec": "--namespace= -it",
    "kubectl port-forward": "--namespace=",
    "kubectl get pods": "--namespace=",
    "kubectl logs": "--namespace= -l=",
    "pip install": "",
}
"""What a call begins with → its options; `=`: takes a value."""
INNER = {"docker run", "docker compose exec", "docker compose run", "ssh"}
"""Their options end where the first other word stands; what follows it is run elsewhere."""
PACKAGES = {
    *("git", "curl", "nano", "openssl", "docker.io", "docker-compose-v2", "make", "libgl1"),
}


def refuse(why: str) -> NoReturn:
    """End with the status of a usage error."""
    print(f"stand-in: {why}: {' '.join(sys.argv[1:])}", file=sys.stderr)  # noqa: T201
    sys.exit(REFUSED)


def parse(tool: str, words: list[str]) -> tuple[str, dict[str, list[str]], list[str]]:
    """Return which entry of OPTIONS a call is, its options with values, and the other words."""
    line = " ".join([tool, *words])
    known = [name for name in OPTIONS if line == name or line.startswith(name + " ")]
    if not known:
        refuse("no such call")
    name = max(known, key=len)
    takes = {o.removesuffix("="): o.endswith("=") for o in OPTIONS[name].split()}
    options: dict[str, list[str]] = {}
    others: list[str] = []
    rest = words[len(name.split()) - 1 :]
    while rest:
        word = rest.pop(0)
        if word == "--" or (name in INNER and others):
            others += rest if word == "--" else [word, *rest]
            break
        option, has_value, value = word.partition("=")
        if not word.startswith("-"):
            others.append(word)
        elif option not in takes or (has_value and not takes[option]):
            refuse(f"{name} has no option {word}")
        else:
            if takes[option] and not has_value:
                value = rest.pop(0) if rest else refuse(f"{option} without a value")
            options.setdefault(option, []).append(value)
    return name, options, others


def services() -> set[str]:
    """Return the services of compose.yaml."""
    text = (ROOT / "compose.yaml").read_text("utf-8").partition("\nservices:\n")[2]
    return set(re.findall(r"(?m)^  ([a-z]+):$", text.split("\nnetworks:")[0]))


def run_inside(words: list[str], volumes: list[str] = [], settings: list[str] = []) -> int:  # noqa: B006 - read only
    """Run what a container would, with its paths turned into those outside; return its status."""
    environment = {**os.environ, **dict(s.split("=", 1) for s in settings)}
    environment.update(compose_environment())
    for volume in volumes:
        outside, inside = volume.split(":")[:2]
        if outside.startswith(("/", ".")) and not Path(outside).is_dir():
            refuse(f"no folder {outside}")
        words = [re.sub(rf"^{re.escape(inside)}(?=/|$)", outside, word) for word in words]
    if "/content" in environment.get("YIBAO_CONTENT_DIR", ""):
        mounted = {v.split(":")[1]: v.split(":")[0] for v in volumes}
        environment["YIBAO_CONTENT_DIR"] = str(Path(mounted["/content/intents"]).parent)
    return subprocess.run(words, env=environment, check=False).returncode


def compose_environment() -> dict[str, str]:
    """Return what compose.yaml sets for the bot, where the secrets have been written."""
    if not Path("secrets").is_dir():
        return {}
    return {"YIBAO_ENV": "production", "YIBAO_SECRETS_DIR": str(Path("secrets").absolute())}


def kube_names(kind: str) -> set[str]:
    """Return the names of objects of a kind in deploy/k8s/base."""
    texts = [p.read_text("utf-8") for p in (ROOT / "deploy/k8s/base").glob("*.yaml")]
    documents = [d for t in texts for d in re.split(r"(?m)^---$", t)]
    return {
        m[1]
        for d in documents
        if re.search(rf"(?mi)^kind: {kind}$", d) and (m := re.search(r"(?m)^  name: (\S+)", d))
    }


def named(word: str) -> None:
    """Refuse `deployment/…` and the like that the manifests do not have."""
    kind, _, name = word.partition("/")
    if name not in kube_names({"deploy": "deployment"}.get(kind, kind)):
        refuse(f"no {word} in deploy/k8s/base")


def compose(name: str, options: dict[str, list[str]], words: list[str]) -> int:
    """Imitate docker compose; return the status."""
    if name == "docker compose ps" and "--quiet" in options:
        print("0123abcd")  # noqa: T201 - one replica that runs
        return 0
    asked = words[:1] if name in INNER else words
    for service in {*asked, *(s.split("=")[0] for s in options.get("--scale", []))}:
        if service not in services():
            refuse(f"no service {service} in compose.yaml")
    if name in INNER:
        return run_inside(words[1:], options.get("--volume", []), options.get("--env", []))
    return 0


def kubectl(name: str, options: dict[str, list[str]], words: list[str]) -> int:
    """Imitate kubectl; return the status."""
    for folder in options.get("-k", []):
        if not (Path(folder) / "kustomization.yaml").is_file():
            refuse(f"no kustomization.yaml in {folder}")
    if options.get("--namespace", ["yibao"]) != ["yibao"]:
        refuse("not our namespace")
    if name in {"kubectl rollout status", "kubectl exec", "kubectl port-forward"}:
        named(words[0])
    return run_inside(words[1:]) if name == "kubectl exec" else 0


def act(name: str, options: dict[str, list[str]], words: list[str]) -> int:
    """Do what can be done here; return the status."""
    if name.startswith("docker compose"):
        return compose(name, options, words)
    if name.startswith("kubectl"):
        return kubectl(name, options, words)
    if name in {"apt-get install", "apt install"} and not set(words) <= PACKAGES:
        refuse(f"no package {set(words) - PACKAGES}")
    if name == "install":
        for folder in words:
            Path(folder).mkdir(parents=True, exist_ok=True)
    if name in {"chown", "scp"} and not Path(words[1 if name == "chown" else 0]).exists():
        refuse("no such file")
    if name == "nano":
        for file in map(Path, words):
            if file.name.endswith("APP_ID"):
                file.write_text("wx0123456789abcdef", "utf-8")
            elif not file.is_file():
                refuse(f"no file {file}")
    if name == "pip install":
        extras = re.findall(r"\[(\w+)\]", " ".join(words))
        if not all(
            re.search(rf"(?m)^{e} = \[", (ROOT / "pyproject.toml").read_text()) for e in extras
        ):
            refuse("no such extra")
    return 0


def main() -> int:
    """Return the exit status of the call."""
    tool, *words = sys.argv[1:]
    if tool == "sudo":
        return subprocess.run(words, check=False).returncode
    if tool == "make":
        # What it would do: some targets take hours.
        clean = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
        real = [os.environ["TEST_MAKE"], "--directory", str(ROOT), "--dry-run", *words]
        return subprocess.run(real, env=clean, stdout=subprocess.DEVNULL, check=False).returncode
    if tool == "python":
        if words[:2] == ["-m", "app"]:
            return subprocess.run(["yibao", *words[2:]], check=False).returncode
        return subprocess.run([os.environ["TEST_PYTHON"], *words], cwd=ROOT, check=False).returncode
    return act(*parse(tool, words))


if __name__ == "__main__":
    sys.exit(main())
