#!/usr/bin/env bash
# ./build.sh run [-- OPTIONS]   build and start the program: ./build.sh run -- --demo
# ./build.sh test [-- SUITE…]   install what the tests need, run them all (or the named suites), end with 'N passed, N failed'
# ./build.sh bench [-- OPTIONS] print figures: ./build.sh bench -- --peers
# ./build.sh publish            leave the program at artifacts/mailstead/mailstead
# ./build.sh images [-- local]  leave the container image and its bill of materials in artifacts/images
# ./build.sh chart              check the Helm chart: lint, schema, manifests, and that it agrees with the program
# ./build.sh cluster [-- …]     the chart's roles as processes here, on PostgreSQL, RabbitMQ, Redis and an S3 server: -- --replicas 2
# ./build.sh settings           write docs/settings.md anew from the Options classes
# ./build.sh drills [-- NAME…]  kill, stop, fill and cut off what mail runs on, under load, and say what came of it; -- --quick as in the tests
# ./build.sh kubernetes [-- …]  the chart's life on a real Kubernetes (KUBECONFIG's, or a node made here): install, upgrade under load
# ./build.sh format             check format and analyzers
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

target=${1:-help}
[ $# -gt 0 ] && shift
[ "${1:-}" = "--" ] && shift
case $target in
  run | test | bench | publish | images | chart | cluster | kubernetes | drills | settings | format | build) ;;
  *) sed -n '2,/^set/{/^#/p}' "$0" | cut -c3-; exit 2 ;;
esac
command -v dotnet >/dev/null || { echo "build.sh: install the .NET SDK that global.json names; 'dotnet' is not on the PATH" >&2; exit 2; }

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet tool restore >/dev/null
# The arguments after the target, one a line: Cake has a command line of its own.
BUILD_ARGUMENTS=$(printf '%s\n' "$@")
export BUILD_ARGUMENTS

if [ "$target" = run ]; then
  dotnet cake build.cake --target=build-program --verbosity=quiet
  # The program takes this process's place, so that signals reach it.
  exec dotnet artifacts/bin/Host/release/mailstead.dll "$@"
fi
if [ "$target" = cluster ]; then
  dotnet cake build.cake --target=build-cluster --verbosity=quiet
  exec dotnet artifacts/bin/LocalCluster/release/Mailstead.LocalCluster.dll "$@"
fi
if [ "$target" = drills ]; then
  dotnet cake build.cake --target=build-drills --verbosity=quiet
  exec dotnet artifacts/bin/Drills/release/Mailstead.Drills.dll drills "$@"
fi
if [ "$target" = kubernetes ]; then
  dotnet cake build.cake --target=build-kubernetes --verbosity=quiet
  exec bash tests/Kubernetes/run.sh "$@"
fi
[ "$target" = test ] || exec dotnet cake build.cake --target="$target" --verbosity=quiet
summary=artifacts/test-results/summary
rm -f $summary
dotnet cake build.cake --target=test --verbosity=quiet && code=0 || code=$?
[ -s $summary ] && cat $summary || echo "0 passed, 1 failed"
exit $code
