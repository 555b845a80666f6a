// Package helm tests the chart in the folder holdfast.
package helm

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cases are values that people install the chart with.
var cases = []struct {
	name  string
	kinds string // what is made, by kind
	set   values
	file  string // of the chart, which has the values instead
}{
	{
		name:  "one database, as it comes",
		kinds: "ConfigMap Deployment Job NetworkPolicy PodDisruptionBudget Secret Secret Service Service ServiceAccount",
		set:   values{"db": "postgres://holdfast:secret@db/stock"},
	},
	{
		name:  "two databases, nodes that know each other, a certificate",
		kinds: "ConfigMap Deployment Job NetworkPolicy PodDisruptionBudget Secret Secret Service Service ServiceAccount",
		set: values{
			"db":         "mysql://holdfast:secret@db/stock",
			"databases":  values{"db0": "postgres://holdfast:a\"b@db0,db0b/stock?x=y", "db1": "mysql://holdfast:secret@db1/stock"},
			"nodeSecret": "0123456789abcdef0123456789abcdef", "bootstrapKey": "4f1c0d5e9a7b2c68", "secretKey": "aG9sZGZhc3QtdGVzdC1rZXktb2YtMzItYnl0ZXMtISE=", "oidcSecret": "of \"the\" client",
			"settings": values{"HOLDFAST_SETS": 4, "HOLDFAST_OIDC_ISSUER": "https://id.example.com", "HOLDFAST_OIDC_CLIENT": "holdfast", "HOLDFAST_OIDC_ROLES": "staff=viewer"}, "tls": values{"existingSecret": "shop-tls", "clientCA": true},
		},
	},
	{
		name:  "everything that can be switched on, with credentials that are there",
		kinds: "ConfigMap Deployment HorizontalPodAutoscaler Job NetworkPolicy PodDisruptionBudget Service Service ServiceMonitor",
		set: values{
			"existingSecret": "shop-credentials", "serviceAccount": values{"name": "keeper"},
			"autoscaling": values{"enabled": true}, "serviceMonitor": values{"enabled": true, "labels": values{"team": "trade"}},
			"networkPolicy": values{"enabled": true, "metricsFrom": []any{values{"namespaceSelector": values{"matchLabels": values{"name": "watch"}}}}},
			"node":          values{"tls": values{"existingSecret": "shop-nodes"}}, "files": values{"existingClaim": "shop-files"},
			"tolerations": []any{values{"key": "stock", "operator": "Exists"}}, "nodeSelector": values{"disk": "fast"},
			"affinity": values{"podAntiAffinity": values{}}, "imagePullSecrets": []any{values{"name": "registry"}},
			"podLabels": values{"team": "trade"}, "podAnnotations": values{"note": "x"}, "priorityClassName": "high",
			"service": values{"annotations": values{"note": "x"}},
		},
	},
	{
		name:  "as little as there can be",
		kinds: "ConfigMap Deployment Secret Service Service ServiceAccount",
		set: values{
			"db": "postgres://db/stock", "migrate": values{"enabled": false}, "networkPolicy": values{"enabled": false}, "podDisruptionBudget": values{"enabled": false},
			"settings": values{"HOLDFAST_LOG_FORMAT": "text"},
		},
	},
	{
		name:  "PostgreSQL under Patroni",
		kinds: "ConfigMap Deployment Job NetworkPolicy PodDisruptionBudget Secret Secret Service Service ServiceAccount",
		file:  "values-patroni.yaml",
	},
	{
		name:  "MariaDB with Galera",
		kinds: "ConfigMap Deployment Job NetworkPolicy PodDisruptionBudget Secret Secret Service Service ServiceAccount",
		file:  "values-galera.yaml",
	},
}

// given are the values of a case.
func given(t *testing.T, set values, file string) values {
	t.Helper()
	if file != "" {
		return readYAML(t, filepath.Join(chart, file))
	}
	return set
}

func each(t *testing.T, check func(t *testing.T, set values, made []object)) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			set := given(t, c.set, c.file)
			made, err := render(t, set)
			if err != nil {
				t.Fatal(err)
			}
			check(t, set, made)
		})
	}
}

// at follows names and numbers into an object.
func at(v any, path ...any) any {
	for _, step := range path {
		switch in := v.(type) {
		case object:
			v = in[step.(string)]
		case []any:
			v = in[step.(int)]
		default:
			return nil
		}
	}
	return v
}

// of returns the objects of a kind.
func of(made []object, kind string) (all []object) {
	for _, o := range made {
		if o["kind"] == kind {
			all = append(all, o)
		}
	}
	return all
}

func nameOf(o object) string { return fmt.Sprint(at(o, "metadata", "name")) }

func TestTheChartMakesWhatItShould(t *testing.T) {
	t.Parallel()
	for _, c := range cases {
		made, err := render(t, given(t, c.set, c.file))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var kinds []string
		for _, o := range made {
			kinds = append(kinds, o["kind"].(string))
		}
		slices.Sort(kinds)
		if got := strings.Join(kinds, " "); got != c.kinds {
			t.Errorf("%s: made\n%s, want\n%s", c.name, got, c.kinds)
		}
	}
}

// A value that no template reads would be left out without a word.
func TestExamplesHaveValuesOfTheChart(t *testing.T) {
	t.Parallel()
	own := readYAML(t, filepath.Join(chart, "values.yaml"))
	files, err := filepath.Glob(filepath.Join(chart, "values-*.yaml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		for name, v := range readYAML(t, file) {
			known, is := own[name]
			if !is {
				t.Errorf("%s: the chart has no value %s", file, name)
			}
			if name == "settings" {
				continue // of the program
			}
			for part := range asObject(v) {
				if _, is := asObject(known)[part]; !is {
					t.Errorf("%s: the chart has no value %s.%s", file, name, part)
				}
			}
		}
	}
}

func TestWhatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, want string
		set        values
	}{
		{"no database", "name the main database", values{}},
		{"a file that several nodes were to share", "cannot share a SQLite file", values{"db": "sqlite:stock.db"}},
		{"a key that everybody knows", "bootstrapKey: everybody knows", values{"db": "mysql://holdfast:secret@db/stock", "bootstrapKey": "change-me-please"}},
		{"metrics that nobody may read", "networkPolicy.metricsFrom", values{"db": "mysql://holdfast:secret@db/stock", "serviceMonitor": values{"enabled": true}}},
		{"a key for secrets that is too short", "secretKey: Base64 of 32 bytes", values{"db": "mysql://holdfast:secret@db/stock", "secretKey": "change-me-please"}},
	} {
		if _, err := render(t, c.set); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func asObject(v any) object { o, _ := v.(object); return o }
func asList(v any) []any    { l, _ := v.([]any); return l }

// pods are the templates of the pods, by the object that makes them.
func pods(made []object) map[string]any {
	all := map[string]any{}
	for _, kind := range []string{"Deployment", "Job"} {
		for _, o := range of(made, kind) {
			all[kind] = at(o, "spec", "template")
		}
	}
	return all
}
