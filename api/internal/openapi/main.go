// Command openapi finishes the OpenAPI document that protoc-gen-connect-openapi
// makes from the protobuf definition: it puts in what only the options of the
// definition say (scopes, headers, limits, decimals, JSON null) and types
// 64-bit integers as the integers that the server reads and writes.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"holdfast.dev/holdfast/api"

	"go.yaml.in/yaml/v3"
)

// document is the order in which the parts are written.
type document struct {
	OpenAPI    string         `yaml:"openapi"`
	Info       map[string]any `yaml:"info"`
	Servers    []any          `yaml:"servers"`
	Tags       []tag          `yaml:"tags"`
	Paths      map[string]any `yaml:"paths"`
	Components map[string]any `yaml:"components"`
}

type tag struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

func main() {
	in := flag.String("in", "", "the document of protoc-gen-connect-openapi")
	out := flag.String("out", "", "where the finished document goes")
	events := flag.String("events", "", "the folder where the schemas of events go")
	flag.Parse()
	if err := run(*in, *out, *events); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(in, out, events string) error {
	raw, err := os.ReadFile(in)
	if err != nil {
		return fmt.Errorf("read the raw document: %w", err)
	}
	var d document
	if err := yaml.Unmarshal(raw, &d); err != nil {
		return fmt.Errorf("read the raw document: %w", err)
	}
	f := finisher{services: api.Services()}
	if err := f.finish(&d); err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# Code generated from api/proto by scripts/generate. DO NOT EDIT.\n")
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(d); err != nil {
		return fmt.Errorf("write the document: %w", err)
	}
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		return err
	}
	return writeEvents(events, f.raw)
}
