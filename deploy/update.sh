#!/usr/bin/env bash
# 不停机换上 .env 里 IMAGE_TAG 的镜像：新的各份先起来、健康了，旧的再一份一份答完手里的停下。
# 新的起不来就什么也不换，旧的照常回答。
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t old < <(docker compose ps --quiet app)
if ((${#old[@]} == 0)); then
  echo '机器人没有在运行，直接启动。'
  exec docker compose up --detach --wait
fi
if ! docker compose up --detach --wait --no-deps --no-recreate --scale app=$((2 * ${#old[@]})) app; then
  echo '新的没有起来，撤掉它们；旧的照常回答。原因：' >&2
  mapfile -t now < <(docker compose ps --all --quiet app)
  for container in "${now[@]}"; do
    if [[ " ${old[*]} " != *" $container "* ]]; then
      docker logs --tail 20 "$container" >&2
      docker rm --force "$container" >/dev/null
    fi
  done
  exit 1
fi
for container in "${old[@]}"; do
  docker stop --time 20 "$container" >/dev/null
  docker rm "$container" >/dev/null
done
# 后台和其余的；app 的份数已经对了。
docker compose up --detach --wait --no-deps --scale app=${#old[@]} --no-recreate app
docker compose up --detach --wait --no-deps console caddy
echo '换好了。'
