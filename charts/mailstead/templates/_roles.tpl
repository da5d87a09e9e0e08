{{/* What the program's roles are: fixed by the program, not by an operator. A test compares it with the program.
     calls: roles that it calls. listens: well-known ports that clients reach. stores: engines it may reach. */}}
{{- define "mailstead.facts" -}}
keys:        {kind: core, calls: [directories], listens: {}, stores: [database]}
directories: {kind: core, calls: [keys, mailboxes], listens: {}, stores: [database, bus, cache]}
mailboxes:   {kind: core, calls: [delivery, keys], listens: {}, stores: [database, bodies, bus, cache]}
delivery:    {kind: core, calls: [directories, keys, mailboxes], listens: {}, stores: [database, bodies, bus, cache], sendsMail: true}
ingress:     {kind: edge, calls: [delivery, directories], listens: {smtp: 25}, stores: []}
submission:  {kind: edge, calls: [delivery, directories], listens: {submission: 587, submissions: 465}, stores: [bus]}
imap:        {kind: edge, calls: [directories, mailboxes], listens: {imap: 143, imaps: 993}, stores: [bus]}
admin:       {kind: edge, calls: [delivery, directories, keys], listens: {}, stores: [], http: true}
{{- end }}

{{/* A role's facts with the operator's settings for it over the defaults. Takes a dict of root and role. */}}
{{- define "mailstead.role" -}}
{{- $facts := index (include "mailstead.facts" .root | fromYaml) .role -}}
{{- $given := index .root.Values.roles .role | default dict -}}
{{- toYaml (mergeOverwrite (deepCopy .root.Values.roleDefaults) $given (dict "facts" $facts)) -}}
{{- end }}

{{- define "mailstead.servicePort" -}}{{ add .Values.portBase 7443 }}{{- end }}
{{- define "mailstead.managementPort" -}}{{ add .Values.portBase 9090 }}{{- end }}
{{- define "mailstead.httpPort" -}}{{ add .Values.portBase 80 }}{{- end }}

{{/* "true" when the role reaches an engine that the installation has. Takes a dict of root, facts and store. */}}
{{- define "mailstead.uses" -}}
{{- $off := or (and (eq .store "bus") (not .root.Values.bus.enabled)) (and (eq .store "cache") (not .root.Values.cache.enabled)) -}}
{{- if and (has .store .facts.stores) (not $off) }}true{{ end -}}
{{- end }}
