package helm

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// With SOAK set Helm itself, built from tools/helm, lints the chart and makes
// the same objects of it as the few functions here.
func TestHelmMakesTheSame(t *testing.T) {
	t.Parallel()
	if os.Getenv("SOAK") == "" {
		return // the others have looked at what our own makes
	}
	built, err := exec.CommandContext(t.Context(), filepath.Join("..", "..", "scripts", "tool"), "helm").Output()
	if err != nil {
		t.Fatalf("build helm: %v", err)
	}
	program := strings.TrimSpace(string(built))
	each(t, func(t *testing.T, set values, made []object) {
		// Helm takes a comma for the end of a path, and names of tests have some.
		dir, err := os.MkdirTemp("", "chart-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		file := filepath.Join(dir, "values.yaml")
		text, err := yaml.Marshal(set)
		if err == nil {
			err = os.WriteFile(file, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), program, "lint", "--strict", "--kube-version", "1.31.0", chart, "--values", file).CombinedOutput(); err != nil {
			t.Errorf("helm lint: %v\n%s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), program, "template", "shop", chart, "--namespace", "trade",
			"--kube-version", "1.31.0", "--values", file).CombinedOutput()
		if err != nil {
			t.Fatalf("helm template: %v\n%s", err, out)
		}
		theirs := sorted(objectsIn(t, "helm", string(out)))
		for i, ours := range sorted(made) {
			if i >= len(theirs) || !reflect.DeepEqual(ours, theirs[i]) {
				t.Fatalf("of %d and %d objects these differ:\n%v\n%v", len(made), len(theirs), ours, theirs[min(i, len(theirs)-1)])
			}
		}
	})
}

func sorted(made []object) []object {
	slices.SortFunc(made, func(a, b object) int {
		return strings.Compare(fmt.Sprint(a["kind"], nameOf(a)), fmt.Sprint(b["kind"], nameOf(b)))
	})
	return made
}
