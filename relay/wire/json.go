package wire

import (
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// appendMessage writes a message as the REST API shows it: snake_case members in the
// order of the definition, integers as numbers, times in UTC with milliseconds. The
// options of a field say what is left out when it is empty.
func appendMessage(b []byte, m protoreflect.Message) []byte {
	if t, ok := m.Interface().(*timestamppb.Timestamp); ok {
		return t.AsTime().Truncate(time.Millisecond).AppendFormat(b, `"2006-01-02T15:04:05.000Z"`)
	}
	fields := m.Descriptor().Fields()
	b = append(b, '{')
	first := len(b)
	for i := range fields.Len() {
		fd := fields.Get(i)
		rule, _ := proto.GetExtension(fd.Options(), holdfastv1.E_Field).(*holdfastv1.FieldRule)
		if rule.GetHidden() || (fd.HasPresence() || fd.IsMap() || rule.GetOmitEmpty()) && !m.Has(fd) {
			continue
		}
		if len(b) > first {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), fd.Name()...), '"', ':')
		b = appendField(b, fd, m.Get(fd))
	}
	return append(b, '}')
}

func appendField(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch {
	case fd.IsMap():
		return appendTexts(b, v.Map())
	case fd.IsList():
		b = append(b, '[')
		for i := range v.List().Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, fd, v.List().Get(i))
		}
		return append(b, ']')
	}
	return appendValue(b, fd, v)
}

func appendValue(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch fd.Kind() {
	case protoreflect.StringKind:
		return appendString(b, v.String())
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, v.Bool())
	case protoreflect.MessageKind:
		return appendMessage(b, v.Message())
	default: // events have no other numbers than whole ones
		return strconv.AppendInt(b, v.Int(), 10)
	}
}

// appendTexts writes a map of texts, its members by name.
func appendTexts(b []byte, texts protoreflect.Map) []byte {
	names := make([]string, 0, texts.Len())
	for name := range texts.Range {
		names = append(names, name.String())
	}
	slices.Sort(names)
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = appendString(b, texts.Get(protoreflect.ValueOfString(name).MapKey()).String())
	}
	return append(b, '}')
}

// appendString writes s as JSON. Invalid UTF-8 is replaced.
func appendString(b []byte, s string) []byte {
	// The only error is invalid UTF-8, which the quoted text has replaced.
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
