#!/usr/bin/env bash
# Builds Kubernetes v1.20.2 of Debian's source package with Debian's Go, once: about 11 minutes on two cores. Nothing but Debian's
# mirrors is needed.
#   deploy/kubernetes/build-binaries.sh FOLDER     leaves kube-apiserver and the others there
set -euo pipefail
folder=${1:?say where the binaries shall be kept}
programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)
[ -e "$folder/complete" ] && exit 0
as_root=$([ "$(id -u)" = 0 ] || echo sudo)

echo "Kubernetes is built from Debian's source package, which takes about 11 minutes and is done once: $folder"
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends \
  golang-1.19-go rsync jq dpkg-dev make >/dev/null

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
# apt is told of source packages in a list and a state of our own: the machine's stay as they are, and so does its choice of a mirror.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 'Origin: Debian' | head -1)}
[ -n "$mirror" ] || { echo "apt knows no mirror of Debian bookworm: set DEBIAN_MIRROR to one" >&2; exit 1; }
mkdir -p "$work/sources" "$work/lists/partial" "$work/go/src/k8s.io"
cat >"$work/sources/debian.sources" <<SOURCES
Types: deb-src
URIs: $mirror
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
cd "$work"
apt=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources" -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User=root)
apt-get "${apt[@]}" update
apt-get "${apt[@]}" source kubernetes >/dev/null
ln -s "$work"/kubernetes-1.20.* go/src/k8s.io/kubernetes

export GOPATH=$work/go GOCACHE=$work/cache PATH=/usr/lib/go-1.19/bin:$PATH GOPROXY=off GO111MODULE=off GOFLAGS= CGO_ENABLED=0
export KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_MAJOR=1 KUBE_GIT_MINOR=20 KUBE_GIT_COMMIT=0 KUBE_GIT_TREE_STATE=clean
cd "$GOPATH/src/k8s.io/kubernetes"
make generated_files >"$work/log" 2>&1 || { tail -50 "$work/log" >&2; exit 1; }
mkdir -p "$folder"
for program in "${programs[@]}"; do
  echo "  $program"
  make "WHAT=cmd/$program" >"$work/log" 2>&1 || { tail -50 "$work/log" >&2; exit 1; }
  install -m 755 "_output/bin/$program" "$folder/$program"
done
touch "$folder/complete"
