{{- define "holdfast.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "holdfast.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "holdfast.labels" -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "holdfast.account" -}}
{{- default (include "holdfast.name" .) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "holdfast.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}

{{/* The variables of the chart's own Secret. A DSN may have commas, so each
     NAME=DSN is quoted as in CSV. */}}
{{- define "holdfast.credentials" -}}
HOLDFAST_DB: {{ required "db: name the main database (postgres://… or mysql://…), or an existingSecret; SQLite wants one machine, see docs/operations/deploy.md" .Values.db | quote }}
{{- if hasPrefix "sqlite:" .Values.db }}
{{- fail "db: nodes on several machines cannot share a SQLite file: use postgres://… or mysql://…" }}
{{- end }}
{{- with .Values.databases }}
{{- $pairs := list }}
{{- range $name, $dsn := . }}
{{- $pairs = append $pairs (printf "\"%s=%s\"" $name (replace "\"" "\"\"" $dsn)) }}
{{- end }}
HOLDFAST_DATABASES: {{ join "," $pairs | quote }}
{{- end }}
{{- with .Values.nodeSecret }}
HOLDFAST_NODE_SECRET: {{ . | quote }}
{{- end }}
{{- with .Values.bootstrapKey }}
{{- if lt (len .) 16 }}
{{- fail "bootstrapKey: at least 16 characters, as \"openssl rand -hex 24\" makes" }}
{{- end }}
{{- if eq . "change-me-please" }}
{{- fail "bootstrapKey: everybody knows this one, take what \"openssl rand -hex 24\" makes" }}
{{- end }}
HOLDFAST_BOOTSTRAP_KEY: {{ . | quote }}
{{- end }}
{{- with .Values.secretKey }}
{{- if ne (len .) 44 }}
{{- fail "secretKey: Base64 of 32 bytes, as \"openssl rand -base64 32\" makes" }}
{{- end }}
HOLDFAST_SECRET_KEY: {{ . | quote }}
{{- end }}
{{- with .Values.oidcSecret }}
HOLDFAST_OIDC_SECRET: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "holdfast.secret" -}}
{{- default (include "holdfast.name" .) .Values.existingSecret -}}
{{- end -}}

{{/* Nodes pass writes on when they can prove themselves. What an existing
     Secret has the chart cannot see: it is taken to have the variable. */}}
{{- define "holdfast.peers" -}}
{{- if or .Values.existingSecret .Values.nodeSecret .Values.node.tls.existingSecret -}}
true
{{- end -}}
{{- end -}}

{{- define "holdfast.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "holdfast.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
