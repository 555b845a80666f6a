package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// eventSchemas are the files with the JSON Schema of what events have as their data.
var eventSchemas = map[string]protoreflect.MessageDescriptor{
	"stock-event.schema.json":    (&holdfastv1.StockEvent{}).ProtoReflect().Descriptor(),
	"catalog-change.schema.json": (&holdfastv1.CatalogChange{}).ProtoReflect().Descriptor(),
}

const (
	componentPath = "#/components/schemas/"
	partPath      = "#/$defs/"
)

// writeEvents writes the schemas of events into dir. raw is what the plugin made of all
// messages.
func writeEvents(dir string, raw map[string]any) error {
	for name, message := range eventSchemas {
		s := eventSchema(message, raw)
		all := map[protoreflect.FullName]protoreflect.MessageDescriptor{}
		collect(all, message)
		delete(all, message.FullName())
		if len(all) > 0 {
			parts := map[string]any{}
			for _, part := range all {
				parts[string(part.Name())] = eventSchema(part, raw)
			}
			s["$defs"] = parts
		}
		s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(s); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func eventSchema(d protoreflect.MessageDescriptor, raw map[string]any) map[string]any {
	had, _ := raw[string(d.FullName())].(map[string]any)
	s, _ := open(object(d, had, false)).(map[string]any)
	return s
}

// open is a copy of a schema that what is added later passes too: words are examples, and
// references lead to parts of the same file.
func open(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, part := range v {
			if text, is := part.(string); is && key == "$ref" {
				part = strings.Replace(text, componentPath, partPath, 1)
			}
			if key == "enum" {
				key = "examples"
			}
			out[key] = open(part)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = open(v[i])
		}
		return out
	}
	return v
}
