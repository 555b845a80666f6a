package transcode

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// TakesBody reports whether requests of this route have a JSON body.
func (rt *Route) TakesBody() bool { return rt.body }

// Bind fills msg, which must be empty, from the path, the query and the body.
// The error is one of Decode.
func (c *Codec) Bind(m Match, rawQuery string, body []byte, msg proto.Message) error {
	rt := m.Route
	ref := msg.ProtoReflect()
	var faulty CommandsError
	if rt.body {
		if err := c.Decode(body, msg, rt.taken...); err != nil && !errors.As(err, &faulty) {
			return err
		}
	}
	for i, f := range rt.vars {
		if !utf8.ValidString(m.values[i]) {
			return refuse("must be valid UTF-8").inField(f.name)
		}
		ref.Set(f.fd, protoreflect.ValueOfString(m.values[i]))
	}
	if err := rt.query(rawQuery, ref); err != nil {
		return err
	}
	if faulty != nil {
		return faulty
	}
	return nil
}

// query reads the parameters. An empty one counts as missing; an unknown or repeated one is
// refused.
func (rt *Route) query(raw string, m protoreflect.Message) error {
	var seen []string
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(key)
		if err != nil {
			return refuse("the query holds an escape that cannot be read")
		}
		f, text := rt.parameter(name)
		if f == nil || f.texts != (text != "") || (rt.body && !f.query) || f.list && f.kind != kindString || f.kind == kindMessage || contains(rt.taken, name) {
			return refuse("unknown query parameter%s", rt.hint(name)).inField(escape(name))
		}
		if contains(seen, name) {
			return refuse("the query parameter is there twice").inField(name)
		}
		seen = append(seen, name)
		plain, err := url.QueryUnescape(value)
		if err != nil {
			return refuse("holds an escape that cannot be read").inField(name)
		}
		if plain == "" {
			continue
		}
		if f.list {
			if ferr := f.parseList(plain, m.Mutable(f.fd).List()); ferr != nil {
				return ferr.inField(name)
			}
			continue
		}
		v, ferr := f.parse(plain)
		if ferr != nil {
			return ferr.inField(escape(name))
		}
		if f.texts {
			m.Mutable(f.fd).Map().Set(protoreflect.ValueOfString(text).MapKey(), v)
			continue
		}
		m.Set(f.fd, v)
	}
	return nil
}

// hint names the parameter that an unknown one was probably meant to be.
func (rt *Route) hint(name string) string {
	var known []string
	for _, f := range rt.input.fields {
		if (!rt.body || f.query) && (!f.list || f.kind == kindString) && f.kind != kindMessage && !f.texts && !contains(rt.taken, f.name) {
			known = append(known, f.name)
		}
	}
	return hint(name, known)
}

// parameter finds the field of a query parameter. For a map of texts it also finds the name of one of them:
// attr.batch is the text batch of the field attr.
func (rt *Route) parameter(name string) (f *field, text string) {
	if f = rt.input.byName[name]; f != nil {
		return f, ""
	}
	name, text, _ = strings.Cut(name, ".")
	if !utf8.ValidString(text) {
		return nil, ""
	}
	return rt.input.byName[name], text
}

// parseList reads strings with commas between them.
func (f *field) parseList(s string, to protoreflect.List) *FieldError {
	for part := range strings.SplitSeq(s, ",") {
		v, err := f.parse(part)
		if err != nil {
			return err
		}
		if part == "" {
			return refuse("must be words with one comma between them")
		}
		to.Append(v)
	}
	return nil
}

// parse reads the text of a query parameter.
func (f *field) parse(s string) (protoreflect.Value, *FieldError) {
	switch f.kind {
	case kindInt32, kindInt64:
		digits := strings.TrimPrefix(s, "-")
		n, ok := integer([]byte(s))
		if !ok || digits == "" || digits[0] < '0' || digits[0] > '9' {
			return protoreflect.Value{}, refuse("must be an integer")
		}
		return f.ofInt(n), nil
	case kindBool:
		if s != "true" && s != "false" {
			return protoreflect.Value{}, refuse("must be true or false")
		}
		return protoreflect.ValueOfBool(s == "true"), nil
	case kindTime:
		return parseTime(s)
	case kindDouble, kindBytes:
		return protoreflect.Value{}, refuse("has no spelling in a query")
	default:
		if !utf8.ValidString(s) {
			return protoreflect.Value{}, refuse("must be valid UTF-8")
		}
		return protoreflect.ValueOfString(s), nil
	}
}

func escape(name string) string {
	q := strconv.QuoteToASCII(clip(name))
	return q[1 : len(q)-1]
}
