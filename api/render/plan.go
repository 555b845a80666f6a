package render

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// fieldForm is how a field is spelled in JSON.
type fieldForm uint8

const (
	kindString fieldForm = iota
	kindBool
	kindInt
	kindDouble
	kindTime
	kindBytes // base64
	kindMessage
)

// timestamp is the message that JSON writes as an RFC 3339 string.
const timestamp protoreflect.FullName = "google.protobuf.Timestamp"

// field is the plan of one member.
type field struct {
	fd       protoreflect.FieldDescriptor
	quoted   string // the member's name in quotes, with the colon
	kind     fieldForm
	list     bool
	texts    bool                         // a map of texts: an object whose members are named by the caller
	absent   bool                         // it can be left out: there is a presence, or an empty value is left out
	nullable bool                         // and then it is null
	when     protoreflect.FieldDescriptor // the member is written only with this one
	message  *message
}

// message is the plan of one message: its fields in the order of the definition.
type message struct{ fields []*field }

// Writer writes messages as JSON. It is safe for concurrent use.
type Writer struct {
	plans map[protoreflect.FullName]*message
}

// New returns a Writer of these messages and of all that they have in them. A field
// that JSON has no spelling for here is an error.
func New(messages ...protoreflect.MessageDescriptor) (*Writer, error) {
	w := &Writer{plans: map[protoreflect.FullName]*message{}}
	for _, d := range messages {
		if _, err := w.plan(d); err != nil {
			return nil, fmt.Errorf("plan %s: %w", d.FullName(), err)
		}
	}
	return w, nil
}

func (w *Writer) plan(d protoreflect.MessageDescriptor) (*message, error) {
	if p, ok := w.plans[d.FullName()]; ok {
		return p, nil
	}
	p := &message{}
	w.plans[d.FullName()] = p
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		rule, _ := proto.GetExtension(fd.Options(), holdfastv1.E_Field).(*holdfastv1.FieldRule)
		if rule.GetHidden() {
			continue
		}
		f, err := w.field(fd, rule)
		if err != nil {
			return nil, err
		}
		p.fields = append(p.fields, f)
	}
	return p, nil
}

func (w *Writer) field(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule) (*field, error) {
	f := &field{
		fd: fd, quoted: `"` + string(fd.Name()) + `":`, list: fd.IsList(), texts: fd.IsMap(),
		absent: fd.HasPresence() || rule.GetOmitEmpty(), nullable: rule.GetNullable(),
	}
	if n := rule.GetWhen(); n != "" {
		f.when = fd.ContainingMessage().Fields().ByName(protoreflect.Name(n))
	}
	if f.texts {
		if fd.MapKey().Kind() != protoreflect.StringKind || fd.MapValue().Kind() != protoreflect.StringKind {
			return nil, fmt.Errorf("field %s: only maps of texts have a JSON spelling here", fd.FullName())
		}
		f.absent = true // an empty one looks like none
		return f, nil
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		f.kind = kindString
	case protoreflect.BoolKind:
		f.kind = kindBool
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		f.kind = kindInt
	case protoreflect.BytesKind:
		f.kind = kindBytes
	case protoreflect.DoubleKind:
		f.kind = kindDouble
	case protoreflect.MessageKind:
		if f.kind = kindTime; fd.Message().FullName() == timestamp {
			break
		}
		f.kind = kindMessage
		var err error
		if f.message, err = w.plan(fd.Message()); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("field %s: kind %s has no JSON spelling here", fd.FullName(), fd.Kind())
	}
	return f, nil
}
