package transcode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"holdfast.dev/holdfast/internal/nearest"
)

// FieldError says that a request could not be read and, if known, at which
// member.
type FieldError struct {
	Field  string // such as items[3].quantity; empty: the body as a whole
	Reason string
}

// Error returns the field and the reason.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return e.Reason
	}
	return e.Field + ": " + e.Reason
}

func (e *FieldError) inField(name string) *FieldError {
	switch {
	case e.Field == "":
		e.Field = name
	case e.Field[0] == '[':
		e.Field = name + e.Field
	default:
		e.Field = name + "." + e.Field
	}
	return e
}

func refuse(format string, args ...any) *FieldError {
	return &FieldError{Reason: fmt.Sprintf(format, args...)}
}

// Empty replaces an empty text in a message where the definition forbids one: "" would read as missing. As with
// a number that is too large, reading continues, and the rule of the field refuses the value, in a batch for
// that command alone: no valid id, choice or decimal is a NUL.
const Empty = "\x00"

// bodyReader is a pooled tokenizer over one body.
type bodyReader struct {
	jsontext.Decoder
	buf  bytes.Buffer
	lost []loss
}

var readers = sync.Pool{New: func() any { return new(bodyReader) }}

// Decode reads body, one JSON object, into m, which must be empty. An empty body is an empty object. It refuses
// members in the body that come from the path (in taken) or from the query. The error is a *FieldError. When
// only commands of a batch are wrong, it is a CommandsError: then m is read completely.
func (c *Codec) Decode(body []byte, m proto.Message, taken ...string) error {
	if len(body) == 0 {
		return nil
	}
	r := readers.Get().(*bodyReader)
	r.buf = *bytes.NewBuffer(body)
	r.Reset(&r.buf)
	defer func() {
		r.buf, r.lost = bytes.Buffer{}, nil
		r.Reset(&r.buf) // the pool keeps no caller's body
		readers.Put(r)
	}()
	ref := m.ProtoReflect()
	plan := c.plans[ref.Descriptor().FullName()]
	if plan == nil {
		return refuse("%s has no plan", ref.Descriptor().FullName())
	}
	if err := plan.decode(r, ref, taken); err != nil {
		return err
	}
	if _, err := r.ReadToken(); !errors.Is(err, io.EOF) {
		return refuse("the body goes on after the end of its JSON object")
	}
	if len(r.lost) > 0 {
		return plan.report(ref, r.lost)
	}
	return nil
}

func (p *message) decode(dec *bodyReader, m protoreflect.Message, taken []string) *FieldError {
	if k := dec.PeekKind(); k != '{' {
		return unexpected(dec, "a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return syntax(err)
	}
	var seen uint8
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil {
			return syntax(err)
		}
		f := p.lookup(name)
		if f == nil || f.query || contains(taken, f.name) {
			return refuse("unknown field%s", p.hint(name, taken)).inField(printable(name))
		}
		if dec.PeekKind() != 'n' { // null is the same as leaving it out
			seen |= f.bit
		}
		if err := f.decode(dec, m); err != nil {
			return err.inField(f.name)
		}
	}
	if missing := p.must &^ seen; missing != 0 {
		dec.miss(p, m, missing)
	}
	if _, err := dec.ReadToken(); err != nil {
		return syntax(err)
	}
	return nil
}

// lookup finds the plan of a member by its quoted name.
func (p *message) lookup(quoted jsontext.Value) *field {
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') < 0 {
		return p.byName[string(name)]
	}
	plain, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return nil
	}
	return p.byName[string(plain)]
}

// hint names the member that an unknown one was probably meant to be.
func (p *message) hint(quoted jsontext.Value, taken []string) string {
	name, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return ""
	}
	var known []string
	for _, f := range p.fields {
		if !f.query && !contains(taken, f.name) {
			known = append(known, f.name)
		}
	}
	return hint(string(name), known)
}

// hint is what another system's name is called here, or the known name that is nearest.
func hint(name string, known []string) string {
	if ours := nearest.Ours(name, known); ours != "" {
		return ": here it is " + ours
	}
	return nearest.Hint(name, known)
}

func (f *field) decode(dec *bodyReader, m protoreflect.Message) *FieldError {
	k := dec.PeekKind()
	if k == 'n' {
		// null is the same as leaving the member out.
		if _, err := dec.ReadToken(); err != nil {
			return syntax(err)
		}
		return nil
	}
	if f.oneof != nil && m.WhichOneof(f.oneof) != nil {
		return refuse("only one of its kind may be given, %s is there already", m.WhichOneof(f.oneof).Name())
	}
	if f.list {
		return f.decodeList(dec, m)
	}
	if f.texts {
		return f.decodeTexts(dec, m)
	}
	if f.kind == kindMessage {
		v := m.NewField(f.fd)
		if err := f.message.decode(dec, v.Message(), nil); err != nil {
			return err
		}
		m.Set(f.fd, v)
		return nil
	}
	if k == '"' && f.decimal != nil {
		s, err := text(dec)
		if err != nil {
			return err
		}
		if s == "" {
			s = Empty
		}
		m.Set(f.decimal, protoreflect.ValueOfString(s))
		return nil
	}
	v, err := f.scalar(dec)
	if err != nil {
		return err
	}
	m.Set(f.fd, v)
	return nil
}

func (f *field) decodeList(dec *bodyReader, m protoreflect.Message) *FieldError {
	if dec.PeekKind() != '[' {
		return unexpected(dec, "a JSON array")
	}
	if _, err := dec.ReadToken(); err != nil {
		return syntax(err)
	}
	if f.some && dec.PeekKind() == ']' {
		dec.lost = append(dec.lost, loss{m, f.name, "must have at least one element"})
	}
	list := m.Mutable(f.fd).List()
	for i := 0; dec.PeekKind() != ']'; i++ {
		if f.kind == kindMessage {
			if err := f.message.decode(dec, list.AppendMutable().Message(), nil); err != nil {
				return err.inField("[" + strconv.Itoa(i) + "]")
			}
			continue
		}
		v, err := f.scalar(dec)
		if err != nil {
			return err.inField("[" + strconv.Itoa(i) + "]")
		}
		list.Append(v)
	}
	if _, err := dec.ReadToken(); err != nil {
		return syntax(err)
	}
	return nil
}

// decodeTexts reads an object of texts. It refuses an empty one, because the message could not distinguish it from
// a missing one.
func (f *field) decodeTexts(dec *bodyReader, m protoreflect.Message) *FieldError {
	if dec.PeekKind() != '{' {
		return unexpected(dec, "a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return syntax(err)
	}
	if dec.PeekKind() == '}' {
		return refuse("must not be empty")
	}
	texts := m.Mutable(f.fd).Map()
	for dec.PeekKind() != '}' {
		name, err := dec.ReadValue()
		if err != nil {
			return syntax(err)
		}
		plain, err := jsontext.AppendUnquote(nil, name)
		if err != nil {
			return syntax(err)
		}
		v, bad := f.scalar(dec)
		if bad != nil {
			return bad.inField(escape(string(plain)))
		}
		texts.Set(protoreflect.ValueOfString(string(plain)).MapKey(), v)
	}
	if _, err := dec.ReadToken(); err != nil {
		return syntax(err)
	}
	return nil
}

// unexpected reports what was expected, or that the text is not JSON at all.
func unexpected(dec *bodyReader, want string) *FieldError {
	if dec.PeekKind() == 0 || dec.PeekKind() == ']' || dec.PeekKind() == '}' {
		if _, err := dec.ReadToken(); err != nil {
			return syntax(err)
		}
	}
	return refuse("must be %s", want)
}

// syntax explains why the text is not JSON that is accepted here.
func syntax(err error) *FieldError {
	var s *jsontext.SyntacticError
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		name := ""
		if errors.As(err, &s) {
			name = s.JSONPointer.LastToken()
		}
		return &FieldError{Reason: "the name " + strconv.QuoteToASCII(clip(name)) + " is there twice"}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &FieldError{Reason: "the JSON ends too early"}
	case errors.As(err, &s) && s.Err != nil:
		return &FieldError{Reason: fmt.Sprintf("not valid JSON: %s at byte %d", strings.TrimPrefix(s.Err.Error(), "jsontext: "), s.ByteOffset)}
	default:
		return &FieldError{Reason: "not valid JSON"}
	}
}

// printable shortens a member's name and escapes it for an error's text.
func printable(quoted jsontext.Value) string {
	plain, err := jsontext.AppendUnquote(nil, quoted)
	if err != nil {
		return "?"
	}
	q := strconv.QuoteToASCII(clip(string(plain)))
	return q[1 : len(q)-1]
}

func clip(s string) string {
	const most = 64
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}
