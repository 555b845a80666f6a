package docs

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The parts of an OpenAPI document that are shown.

type openAPI struct {
	Info       struct{ Description string }
	Paths      map[string]map[string]operation
	Components struct {
		Parameters map[string]parameter
		Schemas    map[string]schema
	}
}

type operation struct {
	ID          string `yaml:"operationId"`
	Description string
	Tags        []string
	Parameters  []parameter
	RequestBody *struct{ Content map[string]content } `yaml:"requestBody"`
	Responses   map[string]response
	Security    []map[string][]string
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string
	In          string
	Description string
	Required    bool
	Schema      schema
}

type content struct{ Schema schema }

type response struct {
	Description string
	Content     map[string]content
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Description string
	Type        oneOrMany
	Format      string
	Enum        []string
	Items       *schema
	OneOf       []schema `yaml:"oneOf"`
	Properties  map[string]schema
	Required    []string
	Minimum     *int64
	Maximum     *int64
	MinLength   *int `yaml:"minLength"`
	MaxLength   *int `yaml:"maxLength"`
	MinItems    *int `yaml:"minItems"`
	MaxItems    *int `yaml:"maxItems"`
}

// oneOrMany is a name or a list of names.
type oneOrMany []string

// UnmarshalYAML implements yaml.Unmarshaler.
func (o *oneOrMany) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*o = oneOrMany{n.Value}
		return nil
	}
	return n.Decode((*[]string)(o))
}

// named is the name at the end of a reference.
func named(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// kind is a type in words, with the schema that it names, if any.
func (s schema) kind() (words, schemaName string) {
	switch {
	case s.Ref != "":
		return "", named(s.Ref)
	case len(s.OneOf) > 0:
		var all []string
		for _, one := range s.OneOf {
			words, name := one.kind()
			all = append(all, words+name)
		}
		return strings.Join(all, " or "), ""
	case s.Items != nil:
		words, name := s.Items.kind()
		return strings.TrimSpace("list of " + words), name
	case len(s.Enum) > 0:
		return strings.Join(s.Enum, " | "), ""
	}
	words = strings.Join(s.Type, " or ")
	if s.Format == "date-time" {
		words = "time"
	}
	return words, ""
}

// bounds are the limits of a value in words.
func (s schema) bounds() string {
	var b []string
	between := func(low, high *int, unit string) {
		switch {
		case low != nil && high != nil:
			b = append(b, fmt.Sprintf("%d to %d %s", *low, *high, unit))
		case high != nil:
			b = append(b, fmt.Sprintf("up to %d %s", *high, unit))
		case low != nil:
			b = append(b, fmt.Sprintf("at least %d %s", *low, unit))
		}
	}
	between(s.MinLength, s.MaxLength, "bytes")
	between(s.MinItems, s.MaxItems, "elements")
	if s.Minimum != nil {
		b = append(b, fmt.Sprintf("at least %d", *s.Minimum))
	}
	// Every figure of the API is at most 2^53-1, so only other bounds are worth showing.
	if s.Maximum != nil && *s.Maximum != 1<<53-1 {
		b = append(b, fmt.Sprintf("at most %d", *s.Maximum))
	}
	for _, one := range s.OneOf {
		if inner := one.bounds(); inner != "" {
			b = append(b, inner)
		}
	}
	return strings.Join(b, ", ")
}
