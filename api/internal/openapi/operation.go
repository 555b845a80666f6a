package main

import (
	"fmt"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// finisher rewrites the document of the services.
type finisher struct {
	services    []protoreflect.ServiceDescriptor
	seen, asked map[protoreflect.FullName]protoreflect.MessageDescriptor
	raw         map[string]any // what the plugin made of the messages
}

// prefix is what the plugin puts before the names of schemas.
const prefix = "holdfast.v1."

func (f *finisher) finish(d *document) error {
	d.Info = map[string]any{
		"title":       "Holdfast",
		"version":     "1",
		"description": "Keeps stock, promises units to orders and never promises a unit twice. Integers are JSON numbers, times are RFC 3339 in UTC, unknown members and parameters are refused.",
		"license":     map[string]any{"name": "Apache-2.0", "identifier": "Apache-2.0"},
	}
	d.Servers = []any{
		map[string]any{"url": "/", "description": "The server that this document came from."},
		map[string]any{"url": "http://localhost:8080", "description": "A server as it starts without settings."},
	}
	d.Tags = f.tags(d.Tags)
	raw, _ := d.Components["schemas"].(map[string]any)
	f.raw = raw
	f.seen = map[protoreflect.FullName]protoreflect.MessageDescriptor{}
	f.asked = map[protoreflect.FullName]protoreflect.MessageDescriptor{}
	for path, entry := range d.Paths {
		verbs, _ := entry.(map[string]any)
		for verb, o := range verbs {
			operation, _ := o.(map[string]any)
			if err := f.operation(operation, raw, path, verb); err != nil {
				return fmt.Errorf("%s %s: %w", verb, path, err)
			}
		}
	}
	collect(f.seen, (&holdfastv1.Problem{}).ProtoReflect().Descriptor())
	schemas := map[string]any{}
	for name, m := range f.seen {
		had, _ := raw[string(name)].(map[string]any)
		schemas[string(m.Name())] = object(m, had, f.asked[name] != nil)
	}
	addFiles(d.Paths, schemas)
	d.Components = components(schemas)
	return nil
}

// tags are the chapters, in order, with the comments on the services that the plugin read.
func (f *finisher) tags(raw []tag) []tag {
	about := map[string]string{}
	for _, t := range raw {
		about[t.Name] = strings.Join(strings.Fields(t.Description), " ")
	}
	var list []tag
	for _, service := range f.services {
		list = append(list, tag{Name: chapter(service), Description: about[string(service.Name())]})
	}
	return append(list, tag{Name: "Files", Description: "Tables are imported from files and exported to them. Files may have any size."})
}

// collect notes a message and all it is made of.
func collect(seen map[protoreflect.FullName]protoreflect.MessageDescriptor, d protoreflect.MessageDescriptor) {
	if seen[d.FullName()] != nil || !strings.HasPrefix(string(d.FullName()), prefix) {
		return
	}
	seen[d.FullName()] = d
	collectFields(seen, d)
}

// collectFields notes what a message is made of, which has no schema itself.
func collectFields(seen map[protoreflect.FullName]protoreflect.MessageDescriptor, d protoreflect.MessageDescriptor) {
	for i := range d.Fields().Len() {
		if fd := d.Fields().Get(i); fd.Message() != nil && !fd.IsMap() {
			collect(seen, fd.Message())
		}
	}
}

// chapter is the name of a service's chapter.
func chapter(service protoreflect.Descriptor) string {
	return strings.TrimSuffix(string(service.Name()), "Service")
}

// method finds the method of an operation id, such as LotService_ListLots, or
// nil. The second of two paths of a method has a 2 behind its name.
func (f *finisher) method(id string, second bool) protoreflect.MethodDescriptor {
	for _, service := range f.services {
		name, ok := strings.CutPrefix(id, string(service.Name())+"_")
		if !ok {
			continue
		}
		if md := service.Methods().ByName(protoreflect.Name(name)); md != nil || !second {
			return md
		}
		return service.Methods().ByName(protoreflect.Name(strings.TrimSuffix(name, "2")))
	}
	return nil
}

func (f *finisher) operation(o, raw map[string]any, path, verb string) error {
	id, _ := o["operationId"].(string)
	v1 := strings.HasPrefix(path, "/v1/inventory")
	md := f.method(id, v1)
	if md == nil {
		return fmt.Errorf("operation %q is no method", id)
	}
	o["tags"] = []any{chapter(md.Parent())}
	rule, _ := proto.GetExtension(md.Options(), holdfastv1.E_Method).(*holdfastv1.MethodRule)
	o["operationId"] = string(md.Name())
	if v1 {
		o["operationId"] = string(md.Name()) + "V1"
	}
	o["summary"] = string(md.Name())
	if !strings.HasPrefix(path, "/v1/") {
		o["deprecated"] = true
		o["description"] = fmt.Sprintf("%v This path is an alias: call /v1%s.", o["description"], path)
	}

	var inPath []string
	for _, s := range strings.Split(path, "/") {
		if n, ok := strings.CutPrefix(s, "{"); ok {
			inPath = append(inPath, strings.TrimSuffix(n, "}"))
		}
	}
	o["parameters"] = f.parameters(md, rule, inPath, verb)
	collect(f.seen, md.Output())
	if verb != "get" && verb != "delete" {
		body := reference(md.Input())
		if len(inPath) > 0 {
			had, _ := raw[string(md.Input().FullName())].(map[string]any)
			body = object(md.Input(), had, true, inPath...)
			collectFields(f.seen, md.Input())
		} else {
			collect(f.seen, md.Input())
		}
		collect(f.asked, md.Input())
		o["requestBody"] = map[string]any{
			"required": needsBody(md.Input(), inPath),
			"content":  map[string]any{"application/json": map[string]any{"schema": body}},
		}
	}
	o["responses"] = responses(md, rule, verb)
	switch rule.GetScope() {
	case holdfastv1.Scope_SCOPE_UNSPECIFIED:
		return fmt.Errorf("method %s declares no scope", md.Name())
	case holdfastv1.Scope_SCOPE_PUBLIC:
		o["security"] = []any{map[string]any{}, map[string]any{"key": []any{}}}
	case holdfastv1.Scope_SCOPE_CODE:
		o["security"] = []any{map[string]any{}}
	default:
		o["security"] = []any{map[string]any{"key": []any{strings.ToLower(strings.TrimPrefix(rule.GetScope().String(), "SCOPE_"))}}}
	}
	return nil
}

func (f *finisher) parameters(md protoreflect.MethodDescriptor, rule *holdfastv1.MethodRule, inPath []string, verb string) []any {
	var list []any
	at := map[string]bool{}
	for _, n := range inPath {
		at[n] = true
	}
	fields := md.Input().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		r, name := ruleOf(fd), string(fd.Name())
		if r.GetHidden() {
			continue
		}
		switch {
		case at[name]:
			list = append(list, map[string]any{"name": name, "in": "path", "required": true, "schema": single(fd, r)})
		case verb == "get" || verb == "delete" || r.GetQuery():
			plain := proto.CloneOf(r)
			if plain != nil {
				plain.Decimal = "" // a query takes smallest units only
			}
			parameter := map[string]any{"name": name, "in": "query", "schema": schema(fd, plain, nil)}
			if fd.IsMap() {
				parameter["schema"] = texts(r, name+`\.`)
				parameter["style"], parameter["explode"] = "form", true // a parameter for each of them: attr.batch=B7
			}
			if fd.IsList() {
				parameter["style"], parameter["explode"] = "form", false // comma-separated
			}
			list = append(list, parameter)
		}
	}
	common := []string{"RequestId", "After"}
	if md.IsStreamingServer() && verb == "get" { // a browser that reconnects by itself
		common = append(common, "LastEventId")
	}
	if rule.GetScope() == holdfastv1.Scope_SCOPE_PUBLIC {
		common = append(common, "Tenant")
	}
	if rule.GetWrite() {
		if !ownKeys(md) {
			common = append(common, "IdempotencyKey")
		}
		common = append(common, "Operator")
	}
	if rule.GetDryRun() {
		common = append(common, "DryRun")
	}
	for _, n := range common {
		list = append(list, map[string]any{"$ref": "#/components/parameters/" + n})
	}
	return list
}

// needsBody says that an empty body, which is an empty object, is refused.
func needsBody(d protoreflect.MessageDescriptor, elsewhere []string) bool {
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		if ruleOf(fd).GetRequired() && !slices.Contains(elsewhere, string(fd.Name())) {
			return true
		}
	}
	return false
}
