package helm

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"go.yaml.in/yaml/v3"
)

// The chart is rendered here by as little of Helm as it uses, so that its tests
// need nothing to be installed and take no time. Whether Helm itself makes the
// same of it is the test of TestHelmMakesTheSame.

// values are those of a chart, or a part of them.
type values = map[string]any

// object is a Kubernetes object.
type object = map[string]any

const chart = "holdfast"

// readYAML reads one document.
func readYAML(t *testing.T, path string) values {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v values
	if err := yaml.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

// merge puts the values of over into those of under.
func merge(under, over values) values {
	for name, v := range over {
		part, is := v.(values)
		was, had := under[name].(values)
		if is && had {
			under[name] = merge(was, part)
		} else {
			under[name] = v
		}
	}
	return under
}

// render makes the objects of the chart with these values over its own.
func render(t *testing.T, set values) ([]object, error) {
	t.Helper()
	about := readYAML(t, filepath.Join(chart, "Chart.yaml"))
	named := values{}
	for name, v := range about {
		named[strings.ToUpper(name[:1])+name[1:]] = v
	}
	data := values{
		"Values":  merge(readYAML(t, filepath.Join(chart, "values.yaml")), set),
		"Chart":   named,
		"Release": values{"Name": "shop", "Namespace": "trade", "Service": "Helm"},
	}
	all := template.New(chart).Option("missingkey=zero")
	all.Funcs(functions(all))
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := all.New(filepath.ToSlash(file)).Parse(string(text)); err != nil {
			t.Fatal(err)
		}
	}
	var made []object
	for _, file := range files {
		data["Template"] = values{"BasePath": chart + "/templates"}
		var out bytes.Buffer
		if err := all.ExecuteTemplate(&out, filepath.ToSlash(file), data); err != nil {
			return nil, err
		}
		if filepath.Ext(file) == ".yaml" {
			made = append(made, objectsIn(t, file, out.String())...)
		}
	}
	return made, nil
}

// objectsIn reads all documents of a text; a name that is there twice in one
// mapping is an error of the reader.
func objectsIn(t *testing.T, where, text string) (made []object) {
	t.Helper()
	for part := range strings.SplitSeq("\n"+text, "\n---") {
		var o object
		if err := yaml.Unmarshal([]byte(part), &o); err != nil {
			t.Fatalf("%s: %v\n%s", where, err, part)
		}
		if o != nil {
			made = append(made, o)
		}
	}
	return made
}

// functions are those of Helm that the chart uses.
func functions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out strings.Builder
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"required": func(why string, v any) (any, error) {
			if v == nil || v == "" {
				return nil, errors.New(why)
			}
			return v, nil
		},
		"fail": func(why string) (string, error) { return "", errors.New(why) },
		"default": func(usual, v any) any {
			if v == nil || v == "" {
				return usual
			}
			return v
		},
		"quote":    func(v any) string { return fmt.Sprintf("%q", fmt.Sprint(v)) },
		"toString": func(v any) string { return fmt.Sprint(v) },
		"toYaml": func(v any) (string, error) {
			text, err := yaml.Marshal(v)
			return strings.TrimSuffix(string(text), "\n"), err
		},
		"nindent": func(n int, text string) string {
			pad := "\n" + strings.Repeat(" ", n)
			return pad + strings.ReplaceAll(text, "\n", pad)
		},
		"trunc":      func(n int, s string) string { return s[:min(n, len(s))] },
		"trimSuffix": func(end, s string) string { return strings.TrimSuffix(s, end) },
		"hasPrefix":  func(begin, s string) bool { return strings.HasPrefix(s, begin) },
		"contains":   func(part, s string) bool { return strings.Contains(s, part) },
		"replace":    func(old, with, s string) string { return strings.ReplaceAll(s, old, with) },
		"list":       func(v ...any) []any { return v },
		"append":     func(l []any, v any) []any { return append(l, v) },
		"join": func(between string, l []any) string {
			words := make([]string, len(l))
			for i := range l {
				words[i] = fmt.Sprint(l[i])
			}
			return strings.Join(words, between)
		},
		"sha256sum": func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) },
		"add":       func(a, b int) int { return a + b },
		"div":       func(a, b int) int { return a / b },
	}
}
