package helm

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// setting is a row of the page about settings, which a test keeps true.
var setting = regexp.MustCompile("(?m)^\\| `--[a-z-]+` \\| `(HOLDFAST_[A-Z_]+)`")

// settings are those of the program.
func settings(t *testing.T) map[string]bool {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"HOLDFAST_BOOTSTRAP_KEY": true, "HOLDFAST_NODE_SECRET": true, "HOLDFAST_SECRET_KEY": true, "HOLDFAST_OIDC_SECRET": true}
	for _, row := range setting.FindAllSubmatch(page, -1) {
		known[string(row[1])] = true
	}
	return known
}

// The program refuses variables that it does not know.
func TestEverySettingIsOneOfTheProgram(t *testing.T) {
	t.Parallel()
	known := settings(t)
	each(t, func(t *testing.T, _ values, made []object) {
		given := map[string]bool{}
		for _, kind := range []string{"ConfigMap", "Secret"} {
			for _, o := range of(made, kind) {
				for _, part := range []string{"data", "stringData"} {
					for name := range maps.Keys(asObject(o[part])) {
						given[name] = true
					}
				}
			}
		}
		for _, c := range containers(made) {
			for _, v := range asList(c["env"]) {
				if name := fmt.Sprint(at(v, "name")); strings.HasPrefix(name, "HOLDFAST_") {
					given[name] = true
				}
			}
		}
		if !given["HOLDFAST_OPS"] {
			t.Fatal("no settings were found")
		}
		for name := range given {
			if !known[name] {
				t.Errorf("the program has no setting %s", name)
			}
		}
	})
}

// The files for Docker Compose have the same settings.
func TestComposeHasSettingsOfTheProgram(t *testing.T) {
	t.Parallel()
	known := settings(t)
	for _, file := range []string{"compose.yaml", "compose.postgresql.yaml"} {
		services := asObject(readYAML(t, filepath.Join("..", file))["services"])
		found := 0
		for name, service := range services {
			if at(service, "image") != "holdfast" {
				continue
			}
			for variable := range asObject(at(service, "environment")) {
				if found++; !known[variable] {
					t.Errorf("%s: the program has no setting %s of %s", file, variable, name)
				}
			}
			if at(service, "read_only") != true {
				t.Errorf("%s: %s may write its image", file, name)
			}
		}
		if found < 3 {
			t.Errorf("%s: only %d settings were found", file, found)
		}
	}
}

// One variable has all databases, as --databases reads them.
func TestDatabasesArriveAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, set values, made []object) {
		for _, s := range of(made, "Secret") {
			text, is := at(s, "stringData", "HOLDFAST_DATABASES").(string)
			want, wanted := set["databases"].(values)
			if is != wanted {
				t.Errorf("%s has databases: %v", nameOf(s), is)
			}
			if !is {
				continue
			}
			fields, err := csv.NewReader(strings.NewReader(text)).Read()
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			got := values{}
			for _, f := range fields {
				name, dsn, _ := strings.Cut(f, "=")
				got[name] = dsn
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})
}
