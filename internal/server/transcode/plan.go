// Package transcode turns REST calls into the messages of the protobuf
// definition and the messages back into JSON. Everything it knows about a call
// (its paths, its members, which of them may be decimal strings) it reads once
// from the descriptors; a call then runs over precomputed plans.
//
// The meaning of the values, the rights of callers and the form of errors are left to
// package server.
package transcode

import (
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/api/render"
)

// fieldForm is the JSON form of a field.
type fieldForm uint8

const (
	kindString fieldForm = iota
	kindBool
	kindInt32
	kindInt64
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
	name     string
	kind     fieldForm
	list     bool
	texts    bool // a map of texts: an object whose members the caller names
	presence bool // the answer can tell "not set" from the zero value
	oneof    protoreflect.OneofDescriptor
	decimal  protoreflect.FieldDescriptor // gets the member when it is a string
	query    bool
	nonEmpty bool  // an empty string is read as Empty instead of left out
	some     bool  // a list that may be left out, and has elements when it is there
	bit      uint8 // of those that must be there, 0 for others
	message  *message
}

// message is the plan of one message.
type message struct {
	typ    protoreflect.MessageType
	fields []*field // in the order of the definition
	byName map[string]*field
	must   uint8 // the bits of the fields that must be there
}

// Codec holds the plans of all messages in requests and answers. It is safe for concurrent
// use.
type Codec struct {
	*render.Writer
	plans map[protoreflect.FullName]*message
}

// NewCodec plans every message that the methods of the services take or answer.
func NewCodec(services ...protoreflect.ServiceDescriptor) (*Codec, error) {
	c := &Codec{plans: map[protoreflect.FullName]*message{}}
	all := []protoreflect.MessageDescriptor{(&holdfastv1.Problem{}).ProtoReflect().Descriptor()}
	for _, s := range services {
		for i := range s.Methods().Len() {
			all = append(all, s.Methods().Get(i).Input(), s.Methods().Get(i).Output())
		}
	}
	for _, d := range all {
		if _, err := c.plan(d); err != nil {
			return nil, fmt.Errorf("plan %s: %w", d.FullName(), err)
		}
	}
	var err error
	c.Writer, err = render.New(all...)
	return c, err
}

func (c *Codec) plan(d protoreflect.MessageDescriptor) (*message, error) {
	if p, ok := c.plans[d.FullName()]; ok {
		return p, nil
	}
	typ, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", d.FullName(), err)
	}
	p := &message{typ: typ, byName: map[string]*field{}}
	c.plans[d.FullName()] = p
	fields := d.Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		rule := Rule(fd)
		if rule.GetHidden() {
			continue
		}
		f, err := c.field(fd, rule)
		if err != nil {
			return nil, err
		}
		if f.lossy(rule) {
			f.bit = p.must + 1 // the next power of two
			p.must |= f.bit
			if f.bit == 0 {
				return nil, fmt.Errorf("message %s: more than 8 numbers that must be there and may be 0", d.FullName())
			}
		}
		p.fields = append(p.fields, f)
		p.byName[f.name] = f
	}
	return p, nil
}

func (c *Codec) field(fd protoreflect.FieldDescriptor, rule *holdfastv1.FieldRule) (*field, error) {
	f := &field{
		fd:       fd,
		name:     string(fd.Name()),
		list:     fd.IsList(),
		texts:    fd.IsMap(),
		presence: fd.HasPresence(),
		oneof:    fd.ContainingOneof(),
		query:    rule.GetQuery(),
		some:     fd.IsList() && rule.GetMax() > 0 && !rule.GetMayBeEmpty(),
	}
	if f.oneof != nil && f.oneof.IsSynthetic() {
		f.oneof = nil
	}
	if f.texts {
		if fd.MapKey().Kind() != protoreflect.StringKind || fd.MapValue().Kind() != protoreflect.StringKind {
			return nil, fmt.Errorf("field %s: only maps of texts have a JSON spelling here", fd.FullName())
		}
		f.kind = kindString
		return f, nil
	}
	siblings := fd.ContainingMessage().Fields()
	if n := rule.GetDecimal(); n != "" {
		f.decimal = siblings.ByName(protoreflect.Name(n))
	}
	switch fd.Kind() {
	case protoreflect.StringKind:
		f.kind = kindString
		f.nonEmpty = (rule.GetId() || len(api.Values(fd)) > 0) && !rule.GetMayBeEmpty()
	case protoreflect.BoolKind:
		f.kind = kindBool
	case protoreflect.Int32Kind:
		f.kind = kindInt32
	case protoreflect.Int64Kind:
		f.kind = kindInt64
	case protoreflect.DoubleKind:
		f.kind = kindDouble
	case protoreflect.BytesKind:
		f.kind = kindBytes
	case protoreflect.MessageKind:
		f.kind = kindMessage
		if fd.Message().FullName() == timestamp {
			f.kind = kindTime
			break
		}
		m, err := c.plan(fd.Message())
		if err != nil {
			return nil, err
		}
		f.message = m
	default:
		return nil, fmt.Errorf("field %s: kind %s has no JSON spelling here", fd.FullName(), fd.Kind())
	}
	return f, nil
}

// Rule returns the options of a field, or nil when it has none.
func Rule(fd protoreflect.FieldDescriptor) *holdfastv1.FieldRule {
	r, _ := proto.GetExtension(fd.Options(), holdfastv1.E_Field).(*holdfastv1.FieldRule)
	return r
}

// Method returns the options of a method, or nil when it has none.
func Method(md protoreflect.MethodDescriptor) *holdfastv1.MethodRule {
	r, _ := proto.GetExtension(md.Options(), holdfastv1.E_Method).(*holdfastv1.MethodRule)
	return r
}
