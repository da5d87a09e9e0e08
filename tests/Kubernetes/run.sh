#!/usr/bin/env bash
# The trial of ./build.sh kubernetes: on the cluster of KUBECONFIG, or without one on a node of its own in a network namespace.
# What a node needs is installed (Debian), built once (Kubernetes itself) and kept in ${XDG_CACHE_HOME:-~/.cache}/mailstead.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
program=$PWD/artifacts/bin/Kubernetes/release/Mailstead.Kubernetes.dll
[ -z "${KUBECONFIG:-}" ] || exec dotnet "$program" "$@"
[ "$(id -u)" = 0 ] || { echo "kubernetes: a node of its own needs root; without it, let KUBECONFIG name a cluster" >&2; exit 2; }

packages=(conntrack containerd containernetworking-plugins etcd-server iproute2 iptables openssl runc socat util-linux)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing for the node: ${missing[*]}"
  policy=/usr/sbin/policy-rc.d
  made=
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; made=1; }
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [ -z "$made" ] || rm -f $policy
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/mailstead
mkdir -p "$cache"
# One at a time: kubelets share the machine's control groups.
exec 9>"$cache/lock"
flock -n 9 || { echo "kubernetes: another trial is running on this machine" >&2; exit 2; }
deploy/kubernetes/build-binaries.sh "$cache/kubernetes-1.20.2"
engines=$cache/engines-$(cat tests/Kubernetes/Engines/* deploy/debian_image.py | sha256sum | cut -c-12)
[ -e "$engines" ] || { echo "The image of the engines is made, once: $engines"; tests/Kubernetes/Engines/image.py "$engines"; }
dotnet "$program" --build "$@"

space=mailstead-$$
folder=$(mktemp -d /tmp/mailstead-kubernetes-XXXXXX)
chmod 755 "$folder"
groups=/sys/fs/cgroup/*/kubepods
before=$(ls /run/netns 2>/dev/null || true)

end_all() { # whose ids come on standard input
  local pid
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done
}

clean() {
  trap '' INT TERM
  # The program has ended its workloads and the node. What is left when it couldn't goes by its id.
  ip netns pids "$space" | end_all
  find $groups -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | end_all
  for _ in $(seq 50); do [ -n "$(find $groups -name cgroup.procs -exec cat {} + 2>/dev/null)" ] || break; sleep 0.1; done
  awk -v under="$folder/" 'index($2, under) == 1 { print $2 }' /proc/self/mounts | sort -r | while read -r mount; do umount -l "$mount" || true; done
  for pod in $(ls /run/netns); do
    case $pod in cni-*) grep -qxF "$pod" <<<"$before" || ip netns del "$pod" ;; esac
  done
  ip netns del "$space"
  find $groups -depth -type d -exec rmdir {} + 2>/dev/null || true
  rm -rf --one-file-system "$folder"
}
ip netns add "$space"
trap clean EXIT
trap 'exit 130' INT TERM
inside() { nsenter "--net=/run/netns/$space" "$@"; }
inside ip link set lo up
inside ip link add node0 type bridge
inside ip address add 10.99.0.1/24 dev node0
inside ip link set node0 up
inside ip route add default dev node0
inside sysctl -q -w net.ipv4.ip_forward=1
inside dotnet "$program" --node "$folder" --binaries "$cache/kubernetes-1.20.2" --engines "$engines" "$@" 9>&- &
trial=$!
# The program ends what it began; then what is left is ended here.
trap 'kill -TERM "$trial" 2>/dev/null || true' INT TERM
code=0
while kill -0 "$trial" 2>/dev/null; do wait "$trial" && code=0 || code=$?; done
exit $code
