package main

import (
	"slices"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// maxQty is the largest quantity (docs/protocol/api.md).
const maxQty = 1<<53 - 1

// noControls is what every id is, in the syntax that the languages of clients
// share.
const noControls = `^[^\x00-\x1f\x7f-\x9f]*$`

func ruleOf(fd protoreflect.FieldDescriptor) *holdfastv1.FieldRule {
	r, _ := proto.GetExtension(fd.Options(), holdfastv1.E_Field).(*holdfastv1.FieldRule)
	return r
}

// object makes the schema of a message. raw is what the plugin made of it,
// which has the descriptions; request says that clients send it, leaveOut are
// members that come from elsewhere.
func object(d protoreflect.MessageDescriptor, raw map[string]any, request bool, leaveOut ...string) map[string]any {
	properties, required := map[string]any{}, []any{}
	rawProperties := propertiesOf(raw)
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		rule, name := ruleOf(fd), string(fd.Name())
		if rule.GetHidden() || slices.Contains(leaveOut, name) || request && rule.GetQuery() {
			continue
		}
		had, _ := rawProperties[name].(map[string]any)
		properties[name] = schema(fd, rule, had)
		if request && rule.GetRequired() || !request && always(fd, rule) {
			required = append(required, name)
		}
	}
	s := map[string]any{"type": "object", "properties": properties}
	if text := raw["description"]; text != nil {
		s["description"] = text
	}
	if len(required) > 0 {
		s["required"] = required
	}
	if request {
		s["additionalProperties"] = false
	}
	if d.Name() == "Command" {
		s["description"] = "One write of a batch: exactly one verb, and optionally an idempotency key."
		s["minProperties"], s["maxProperties"] = 1, 2
	}
	return s
}

// always says that every answer has the member. It is what the codec of the
// server does: it leaves out what the definition can tell from a zero value,
// other messages and times included, and writes the rest.
func always(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule) bool {
	switch {
	case rule.GetWhen() != "":
		return false
	case rule.GetNullable():
		return true
	}
	return !fd.HasPresence() && !fd.IsMap() && !rule.GetOmitEmpty()
}

func propertiesOf(raw map[string]any) map[string]any {
	p := map[string]any{}
	merge := func(m any) {
		if m, ok := m.(map[string]any); ok {
			for k, v := range m {
				p[k] = v
			}
		}
	}
	merge(raw["properties"])
	for _, of := range []string{"allOf", "oneOf", "anyOf"} {
		list, _ := raw[of].([]any)
		for _, e := range list {
			if m, ok := e.(map[string]any); ok {
				merge(propertiesOf(m))
			}
		}
	}
	return p
}

// schema makes the schema of one field.
func schema(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule, raw map[string]any) map[string]any {
	if fd.IsMap() {
		s := texts(rule, "")
		if text, ok := raw["description"]; ok {
			s["description"] = text
		}
		return s
	}
	s := single(fd, rule)
	if fd.IsList() {
		s = map[string]any{"type": "array", "items": s}
		if rule.GetMax() > 0 {
			s["maxItems"] = int(rule.GetMax())
			if !rule.GetMayBeEmpty() {
				s["minItems"] = 1
			}
		}
	}
	if text, ok := raw["description"]; ok && fd.Message() == nil {
		s["description"] = text
	}
	return s
}

func single(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule) map[string]any {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		if fd.Message().FullName() == "google.protobuf.Timestamp" {
			return map[string]any{"type": "string", "format": "date-time", "examples": []any{"2026-01-31T12:00:00.000Z"}}
		}
		return reference(fd.Message())
	case protoreflect.BoolKind:
		return map[string]any{"type": "boolean"}
	case protoreflect.StringKind:
		return stringSchema(fd, rule)
	case protoreflect.BytesKind:
		return map[string]any{"type": "string", "contentEncoding": "base64"}
	case protoreflect.DoubleKind:
		return map[string]any{"type": "number", "format": "double"}
	default:
		return integer(fd, rule)
	}
}

// texts makes the schema of a map of texts, which are the attributes of a lot
// (docs/guide/lots.md). prefix, a pattern, comes before their names.
func texts(rule *holdfastv1.FieldRule, prefix string) map[string]any {
	s := map[string]any{
		"type":                 "object",
		"patternProperties":    map[string]any{"^" + prefix + "[a-z0-9_]{1,32}$": map[string]any{"type": "string", "minLength": 1, "maxLength": 128}},
		"additionalProperties": false,
		"minProperties":        1,
	}
	if rule.GetMax() > 0 {
		s["maxProperties"] = int(rule.GetMax())
	}
	return s
}

func reference(d protoreflect.MessageDescriptor) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + string(d.Name())}
}

func stringSchema(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule) map[string]any {
	s := map[string]any{"type": "string"}
	if rule.GetMax() > 0 && !fd.IsList() {
		s["maxLength"] = int(rule.GetMax()) // bytes, which are never fewer than letters
	}
	if (rule.GetId() || rule.GetRequired()) && !rule.GetMayBeEmpty() {
		s["minLength"] = 1
	}
	if rule.GetId() {
		s["pattern"] = noControls
	}
	if values := api.Values(fd); len(values) > 0 {
		s["enum"] = values
	}
	return s
}

func integer(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule) map[string]any {
	s := map[string]any{"type": "integer", "format": fd.Kind().String()}
	if rule != nil && rule.Least != nil {
		s["minimum"] = int(rule.GetLeast())
	}
	switch {
	case rule.GetMax() > 0:
		s["maximum"] = int(rule.GetMax())
	case fd.Kind() == protoreflect.Int64Kind:
		s["maximum"] = maxQty
	}
	switch {
	case rule.GetNullable():
		s["type"] = []any{"integer", "null"}
	case rule.GetDecimal() != "":
		return map[string]any{"oneOf": []any{s, map[string]any{
			"type":        "string",
			"pattern":     `^-?[0-9]+(\.[0-9]+)?$`,
			"description": "In the product's declared unit, for products that have one.",
		}}}
	}
	return s
}
