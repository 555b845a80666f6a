package docs

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const referenceTitle = "API reference"

// reference is the page of the OpenAPI document, with its calls, and its passages for the search.
func reference(source []byte) (frame, []operationEntry, []passage, error) {
	var doc openAPI
	if err := yaml.Unmarshal(source, &doc); err != nil {
		return frame{}, nil, nil, err
	}
	var calls []operationEntry
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		if doc.Paths["/v1"+path] != nil {
			continue // the page says that there are two
		}
		for _, verb := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			c, err := doc.call(verb, path)
			if err != nil {
				return frame{}, nil, nil, fmt.Errorf("%s %s: %w", verb, path, err)
			}
			if short, versioned := strings.CutPrefix(path, "/v1"); versioned && doc.Paths[short] != nil {
				c.ID = doc.Paths[short][verb].ID
			}
			if err := doc.example(&c, doc.Paths[path][verb]); err != nil {
				return frame{}, nil, nil, fmt.Errorf("example of %s: %w", c.ID, err)
			}
			calls = append(calls, c)
		}
	}
	var objects []object
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		s := doc.Components.Schemas[name]
		objects = append(objects, object{Name: name, Text: s.Description, Members: members(s)})
	}
	var headers []row
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Parameters)) {
		if p := doc.Components.Parameters[name]; p.In == "header" {
			r := rowOf(p.Name, p.Schema, p.Required)
			r.Text = p.Description
			headers = append(headers, r)
		}
	}
	sorted, err := byTask(calls)
	if err != nil {
		return frame{}, nil, nil, err
	}
	f := frame{Title: referenceTitle, At: referencePath, Tries: true, Body: referencePage(doc.Info.Description, headers, sorted, objects)}
	for _, t := range sorted {
		f.Parts = append(f.Parts, link{Title: t.Title, At: "#" + t.ID(), Lang: english})
	}
	return f, calls, append(passagesOf(calls), passagesOfObjects(objects)...), nil
}

func (d *openAPI) call(verb, path string) (operationEntry, error) {
	o := d.Paths[path][verb]
	c := operationEntry{ID: o.ID, Verb: strings.ToUpper(verb), Path: path, Text: o.Description, Scope: scope(o.Security), Statuses: map[string]bool{}}
	for status := range o.Responses {
		c.Statuses[status] = true
	}
	if len(o.Tags) > 0 {
		c.Tag = o.Tags[0]
	}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			known, ok := d.Components.Parameters[named(p.Ref)]
			if !ok {
				return c, fmt.Errorf("no parameter %s", p.Ref)
			}
			p = known
			if p.In == "header" {
				c.Headers = append(c.Headers, p.Name)
				continue
			}
		}
		r := rowOf(p.Name, p.Schema, p.Required)
		r.In, r.Text = p.In, p.Description
		c.Parameters = append(c.Parameters, r)
	}
	if o.RequestBody != nil {
		body := o.RequestBody.Content["application/json"].Schema
		if r := rowOf("", body, true); r.Schema != "" {
			c.Body = &r
			body = d.Components.Schemas[r.Schema]
		}
		c.Members = members(body)
	}
	answers := o.Responses["200"].Content
	for _, kind := range slices.Sorted(maps.Keys(answers)) { // one, or a file: as text then
		r := rowOf("", answers[kind].Schema, true)
		if kind != "application/json" {
			r.Bounds, r.Text = kind, o.Responses["200"].Description
		}
		c.Answer = &r
	}
	return c, nil
}

// scope shows who may make a call.
func scope(security []map[string][]string) string {
	for _, way := range security {
		if len(way) == 0 {
			return "public"
		}
		if scopes := way["key"]; len(scopes) > 0 {
			return "key with scope " + strings.Join(scopes, ", ")
		}
	}
	return "any key"
}

func members(s schema) []row {
	var rows []row
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		rows = append(rows, rowOf(name, s.Properties[name], slices.Contains(s.Required, name)))
	}
	return rows
}

func rowOf(name string, s schema, must bool) row {
	words, schemaName := s.kind()
	return row{Name: name, Kind: words, Schema: schemaName, Bounds: s.bounds(), Text: s.Description, Must: must}
}
