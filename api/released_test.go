package api_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/api"

	"go.yaml.in/yaml/v3"
)

// Callers of the last release can call this version, and a change that breaks them is found.
func TestTheContractKeepsItsPromises(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(paths, schemas map[string]any)
		found  string // what it is called, "" for no break
	}{
		{"as it is", func(_, _ map[string]any) {}, ""},
		{"a field more in an answer", func(_, schemas map[string]any) {
			part(schemas, "OrderReservations", "properties")["more"] = map[string]any{"type": "string"}
		}, ""},
		{"a field of an answer is removed", func(_, schemas map[string]any) {
			delete(part(schemas, "OrderReservations", "properties"), "preview")
		}, "[response-optional-property-removed]"},
		{"a field of a request is removed", func(_, schemas map[string]any) {
			delete(part(schemas, "ReserveRequest", "properties"), "channel_id")
		}, "[request-property-removed]"},
		{"a field of a request is needed", func(_, schemas map[string]any) {
			schemas["ReserveRequest"].(map[string]any)["required"] = []string{"channel_id"}
		}, "[request-property-became-required]"},
		{"a path is removed", func(paths, _ map[string]any) {
			delete(paths, "/v1/inventory/reserve")
		}, "[api-path-removed-without-deprecation]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var document map[string]any
			if err := yaml.Unmarshal(api.OpenAPI, &document); err != nil {
				t.Fatal(err)
			}
			c.change(part(document, "paths"), part(document, "components", "schemas"))
			changed, err := yaml.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			at := filepath.Join(t.TempDir(), "openapi.yaml")
			if err := os.WriteFile(at, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := exec.CommandContext(t.Context(), "../scripts/contract", "breaking", at).CombinedOutput()
			if (err != nil) != (c.found != "") || !strings.Contains(string(got), c.found) {
				t.Errorf("%v, want %q:\n%.2000s", err, c.found, got)
			}
		})
	}
}

func part(of map[string]any, names ...string) map[string]any {
	for _, n := range names {
		of = of[n].(map[string]any)
	}
	return of
}
