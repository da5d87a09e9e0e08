#!/usr/bin/env bash
# Prints the Secrets that charts/mailstead names, new and random, for a trial with the bundled engines:
#   deploy/trial-secrets.sh | kubectl -n mail apply -f -
# Production takes them from where its secrets live. Keep what you applied: without the root key no mail can be read again.
set -euo pipefail
name=${1:-mailstead}            # the release's name, as in helm install NAME
hostname=${2:-mail.example.test}
roles="keys directories mailboxes delivery ingress submission imap admin"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
word() { openssl rand -hex 20; }
b64() { base64 -w0; }

secret() { # NAME TYPE KEY=VALUE…, a value of @FILE is that file's content
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s}\ntype: %s\ndata:\n' "$1" "$2"
  for pair in "${@:3}"; do
    local value=${pair#*=}
    case $value in
      @*) printf '  %s: %s\n' "${pair%%=*}" "$(b64 <"${value#@}")" ;;
      *) printf '  %s: %s\n' "${pair%%=*}" "$(printf %s "$value" | b64)" ;;
    esac
  done
}

authority() { # FILE NAME
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" -days 3650 -subj "/CN=$2" \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

certificate() { # FILE AUTHORITY DNS-NAME
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$3" 2>/dev/null
  printf 'subjectAltName=DNS:%s%s\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n' "$3" "${4:-}" >"$1.ext"
  openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -days 397 -extfile "$1.ext" -out "$1.leaf" 2>/dev/null
  cat "$1.leaf" "$2.crt" >"$1.crt"
}

authority roles "$name roles"
for role in $roles; do
  certificate "$role" roles "$role.role.mailstead.internal"
  secret "$name-role-$role" kubernetes.io/tls "tls.crt=@$role.crt" "tls.key=@$role.key" "ca.crt=@roles.crt"
done
authority clients "$name trial"
certificate server clients "$hostname" ",DNS:localhost,IP:127.0.0.1"
secret mailstead-tls kubernetes.io/tls "tls.crt=@server.crt" "tls.key=@server.key" "ca.crt=@clients.crt"

database=$(word) bus=$(word) cache=$(word)
secret mailstead-database Opaque "password=$database" \
  "connectionString=Host=$name-postgresql;Database=mailstead;Username=mailstead;Password=$database" \
  "uri=postgresql://mailstead:$database@$name-postgresql/mailstead"
secret mailstead-bus Opaque "password=$bus" "uri=amqp://mailstead:$bus@$name-rabbitmq:5672/"
secret mailstead-cache Opaque "password=$cache" "connectionString=$name-redis:6379,password=$cache"
access=$(word) store=$(word)
secret mailstead-bodies Opaque "accessKeyId=$access" "secretAccessKey=$store" "identities.json=$(printf \
  '{"identities": [{"name": "mailstead", "credentials": [{"accessKey": "%s", "secretKey": "%s"}], "actions": ["Admin", "Read", "Write", "List"]}]}' \
  "$access" "$store")"
secret mailstead-root-key Opaque "rootKey=$(openssl rand -base64 32)"
secret mailstead-administrator Opaque "accessKeyId=AKIA$(openssl rand -hex 8 | tr a-f A-F)" "secretAccessKey=$(word)"
