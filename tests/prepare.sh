#!/usr/bin/env bash
# Installs what the tests use of Debian and npm, and nothing that is there already. Needs root only when something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

packages=(awscli curl isync knot knot-dnsutils nodejs npm openssl postgresql-15 procps python3 swaks libnet-ssleay-perl libio-socket-ssl-perl)
command -v node >/dev/null && command -v npm >/dev/null && packages=("${packages[@]/nodejs/}") && packages=("${packages[@]/npm/}")
missing=()
for package in "${packages[@]}"; do
  [ -z "$package" ] || dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "Installing for the tests: ${missing[*]}"
  as_root=$([ "$(id -u)" = 0 ] || echo sudo)
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
(cd EndToEnd/clients && [ -e node_modules/.prepared ] || { cd EndToEnd/clients && npm ci --no-audit --no-fund --silent && touch node_modules/.prepared; })
