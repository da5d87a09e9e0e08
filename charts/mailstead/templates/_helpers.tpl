{{- define "mailstead.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "mailstead.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}{{ else }}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "mailstead.selector" -}}
app.kubernetes.io/name: mailstead
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "mailstead.labels" -}}
{{ include "mailstead.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "mailstead.rolePrefix" -}}
{{ .Values.serviceCertificates.secretPrefix | default (printf "%s-role" (include "mailstead.name" .)) }}
{{- end }}

{{- define "mailstead.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
fsGroup: 1654
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "mailstead.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* A variable from a Secret. Takes a dict of name, secret and key. */}}
{{- define "mailstead.secretVariable" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end }}

{{/* The environment of one role: everything that the program is told. Takes a dict of root, role and settings of the role. */}}
{{- define "mailstead.environment" -}}
{{- $root := .root }}{{ $values := .root.Values }}{{ $facts := .settings.facts }}
- {name: DOTNET_EnableDiagnostics, value: "0"}
- {name: MAILSTEAD_ROLES, value: {{ .role }}}
- {name: MAILSTEAD_DATA, value: /var/lib/mailstead}
- {name: MAILSTEAD_LISTEN, value: {{ $values.listen | quote }}}
- {name: MAILSTEAD_PORT_BASE, value: {{ $values.portBase | quote }}}
- {name: MAILSTEAD_HOSTNAME, value: {{ required "hostname must be set: the name that servers greet with" $values.hostname | quote }}}
- {name: MAILSTEAD_REGION, value: {{ $values.region | quote }}}
- {name: MAILSTEAD_ACCOUNT_ID, value: {{ $values.accountId | quote }}}
- {name: MAILSTEAD_TEST_DOMAIN_SUFFIX, value: {{ $values.testDomainSuffix | quote }}}
- {name: MAILSTEAD_Listeners__ManagementPort, value: "9090"}
- {name: MAILSTEAD_Services__Certificate, value: /etc/mailstead/role/tls.crt}
- {name: MAILSTEAD_Services__PrivateKey, value: /etc/mailstead/role/tls.key}
- {name: MAILSTEAD_Services__Authorities, value: /etc/mailstead/role/ca.crt}
{{- range $facts.calls }}
- {name: MAILSTEAD_Services__Addresses__{{ . }}, value: "{{ include "mailstead.name" $root }}-{{ . }}.{{ $root.Release.Namespace }}.svc:{{ include "mailstead.servicePort" $root }}"}
{{- end }}
{{- if eq $facts.kind "edge" }}
- {name: MAILSTEAD_Tls__Certificate, value: /etc/mailstead/tls/tls.crt}
- {name: MAILSTEAD_Tls__PrivateKey, value: /etc/mailstead/tls/tls.key}
{{- if and $facts.listens $values.mailServices.proxyProtocol.enabled }}
{{- if not $values.mailServices.proxyProtocol.from }}{{ fail "mailServices.proxyProtocol.from must name the load balancer's networks" }}{{ end }}
{{- range $i, $network := $values.mailServices.proxyProtocol.from }}
- {name: MAILSTEAD_Listeners__ProxyProtocolFrom__{{ $i }}, value: {{ $network | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- if include "mailstead.uses" (dict "root" $root "facts" $facts "store" "database") }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Database__PostgreSql" "secret" $values.secrets.database.name "key" $values.secrets.database.connectionString) }}
{{- end }}
{{- if include "mailstead.uses" (dict "root" $root "facts" $facts "store" "bus") }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Bus__RabbitMq" "secret" $values.secrets.bus.name "key" $values.secrets.bus.uri) }}
{{- end }}
{{- if include "mailstead.uses" (dict "root" $root "facts" $facts "store" "cache") }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Cache__Redis" "secret" $values.secrets.cache.name "key" $values.secrets.cache.connectionString) }}
{{- end }}
{{- if include "mailstead.uses" (dict "root" $root "facts" $facts "store" "bodies") }}
{{ include "mailstead.bodiesVariables" $root }}
{{- end }}
{{ include "mailstead.authorityVariables" (dict "root" $root "facts" $facts) }}
{{- if eq .role "keys" }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Keys__RootKey" "secret" $values.secrets.rootKey.name "key" $values.secrets.rootKey.rootKey) }}
{{- end }}
{{- if eq .role "directories" }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Directories__AdministratorAccessKeyId" "secret" $values.secrets.administrator.name "key" $values.secrets.administrator.accessKeyId) }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Directories__AdministratorSecretAccessKey" "secret" $values.secrets.administrator.name "key" $values.secrets.administrator.secretAccessKey) }}
{{- if $values.demo }}
- {name: MAILSTEAD_DEMO, value: "true"}
{{- end }}
{{- end }}
{{- with $values.telemetry.otlp }}
- {name: MAILSTEAD_Telemetry__Otlp, value: {{ . | quote }}}
- {name: MAILSTEAD_Telemetry__OtlpProtocol, value: {{ $values.telemetry.protocol }}}
{{- end }}
{{- range $name, $value := mergeOverwrite (deepCopy $values.settings) .settings.settings }}
- {name: MAILSTEAD_{{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}

{{/* Whom the engines' certificates must come from. Takes a dict of root and facts, of which it reads the stores. */}}
{{- define "mailstead.authorityVariables" -}}
{{- $root := .root }}{{ $facts := .facts }}
{{- range $store, $section := dict "database" "Database" "bus" "Bus" "cache" "Cache" "bodies" "Bodies__S3" }}
{{- $key := index $root.Values.secrets.authorities $store }}
{{- if and $key (include "mailstead.uses" (dict "root" $root "facts" $facts "store" $store)) }}
- {name: MAILSTEAD_{{ $section }}__Authorities, value: /etc/mailstead/authorities/{{ $key }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "mailstead.authorityMount" -}}
{{- if .Values.secrets.authorities.name }}
- {name: authorities, mountPath: /etc/mailstead/authorities, readOnly: true}
{{- end }}
{{- end }}

{{- define "mailstead.authorityVolume" -}}
{{- with .Values.secrets.authorities.name }}
- {name: authorities, secret: {secretName: {{ . }}, defaultMode: 0440}}
{{- end }}
{{- end }}

{{/* Where bodies are, and the key to them. */}}
{{- define "mailstead.bodiesVariables" -}}
- {name: MAILSTEAD_Bodies__S3__Bucket, value: {{ .Values.bodies.bucket | quote }}}
- {name: MAILSTEAD_Bodies__S3__Prefix, value: {{ .Values.bodies.prefix | quote }}}
- {name: MAILSTEAD_Bodies__S3__Region, value: {{ .Values.bodies.region | quote }}}
- {name: MAILSTEAD_Bodies__S3__ForcePathStyle, value: {{ .Values.bodies.forcePathStyle | quote }}}
{{- with include "mailstead.bodiesEndpoint" . }}
- {name: MAILSTEAD_Bodies__S3__Endpoint, value: {{ . | quote }}}
{{- end }}
{{- if .Values.bundled.s3.enabled }}
- {name: MAILSTEAD_Bodies__S3__CreateBucket, value: "true"}
{{- end }}
{{- if .Values.secrets.bodies.name }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Bodies__S3__AccessKeyId" "secret" .Values.secrets.bodies.name "key" .Values.secrets.bodies.accessKeyId) }}
{{ include "mailstead.secretVariable" (dict "name" "MAILSTEAD_Bodies__S3__SecretAccessKey" "secret" .Values.secrets.bodies.name "key" .Values.secrets.bodies.secretAccessKey) }}
{{- end }}
{{- end }}

{{- define "mailstead.bodiesEndpoint" -}}
{{- if .Values.bodies.endpoint }}{{ .Values.bodies.endpoint }}{{ else if .Values.bundled.s3.enabled }}http://{{ include "mailstead.name" . }}-s3:8333{{ end -}}
{{- end }}
