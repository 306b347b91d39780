{{- define "carafe.labels" -}}
app.kubernetes.io/name: carafe
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end -}}

{{- define "carafe.selector" -}}
app.kubernetes.io/name: carafe
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "carafe.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- /* The drop-in of carafe.toml that the nodes get. TOML takes a table once, so metrics.listen stands alone, dotted. */ -}}
{{- define "carafe.toml" -}}
{{- if .Values.metrics.enabled -}}
metrics.listen = "0.0.0.0:{{ .Values.metrics.port }}"
{{ end -}}
{{- .Values.config -}}
{{- end -}}
