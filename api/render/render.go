// Package render writes messages of the contract as JSON, the way the REST interface
// answers with them. Everything that shows JSON to others (the server, the command
// line, the relay) writes it here, so that all of them write the same.
package render

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Append writes m as JSON behind dst: snake_case members in the order of the
// definition, integers as numbers, times in UTC with milliseconds, zero values
// written and absent ones left out. m is one that the Writer was made for.
func (w *Writer) Append(dst []byte, m proto.Message) []byte {
	ref := m.ProtoReflect()
	return w.plans[ref.Descriptor().FullName()].append(dst, ref)
}

func (p *message) append(dst []byte, m protoreflect.Message) []byte {
	dst = append(dst, '{')
	first := len(dst)
	for _, f := range p.fields {
		if f.when != nil && !m.Has(f.when) {
			continue
		}
		absent := f.absent && !m.Has(f.fd)
		if absent && !f.nullable {
			continue
		}
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(dst, f.quoted...)
		if absent {
			dst = append(dst, "null"...)
			continue
		}
		v := m.Get(f.fd)
		if f.texts {
			dst = appendTexts(dst, v.Map())
			continue
		}
		if !f.list {
			dst = f.append(dst, v)
			continue
		}
		dst = append(dst, '[')
		list := v.List()
		for i := range list.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = f.append(dst, list.Get(i))
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func (f *field) append(dst []byte, v protoreflect.Value) []byte {
	switch f.kind {
	case kindString:
		return String(dst, v.String())
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindDouble:
		return appendFloat(dst, v.Float())
	case kindBytes:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v.Bytes()), '"')
	case kindTime:
		return Time(dst, v.Message().Interface().(*timestamppb.Timestamp))
	default:
		return f.message.append(dst, v.Message())
	}
}

// appendTexts writes a map of texts as an object, its members by name.
func appendTexts(dst []byte, texts protoreflect.Map) []byte {
	names := make([]string, 0, texts.Len())
	for name := range texts.Range {
		names = append(names, name.String())
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(String(dst, name), ':')
		dst = String(dst, texts.Get(protoreflect.ValueOfString(name).MapKey()).String())
	}
	return append(dst, '}')
}

// Time writes t behind dst as a JSON string: RFC 3339 in UTC with milliseconds.
func Time(dst []byte, t *timestamppb.Timestamp) []byte {
	dst = append(dst, '"')
	dst = t.AsTime().Truncate(time.Millisecond).AppendFormat(dst, "2006-01-02T15:04:05.000Z")
	return append(dst, '"')
}

// appendFloat writes the shortest number that reads as f again; what is no
// number is null.
func appendFloat(dst []byte, f float64) []byte {
	const least, most = 1e-6, 1e21 // what is written without an exponent, as JavaScript does
	switch size := math.Abs(f); {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(dst, "null"...)
	case f == 0 || size >= least && size < most:
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'e', -1, 64)
}

// String writes s behind dst as a JSON string; invalid UTF-8 is replaced. Most strings need no escape: those are copied.
func String(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			out, err := jsontext.AppendQuote(dst, s)
			if err != nil {
				// Only invalid UTF-8 is an error; it is replaced by U+FFFD.
				return out
			}
			return out
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
