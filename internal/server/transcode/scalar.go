package transcode

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// scalar reads one value that is neither an object nor an array.
func (f *field) scalar(dec *bodyReader) (protoreflect.Value, *FieldError) {
	k := dec.PeekKind()
	switch f.kind {
	case kindString:
		if k != '"' {
			return protoreflect.Value{}, unexpected(dec, "a JSON string")
		}
		s, err := text(dec)
		if err != nil {
			return protoreflect.Value{}, err
		}
		if s == "" && f.nonEmpty {
			s = Empty
		}
		return protoreflect.ValueOfString(s), nil
	case kindBool:
		if k != 't' && k != 'f' {
			return protoreflect.Value{}, unexpected(dec, "true or false")
		}
		t, err := dec.ReadToken()
		if err != nil {
			return protoreflect.Value{}, syntax(err)
		}
		return protoreflect.ValueOfBool(t.Kind() == 't'), nil
	case kindInt32, kindInt64:
		if k != '0' {
			return protoreflect.Value{}, unexpected(dec, "a JSON number")
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return protoreflect.Value{}, syntax(err)
		}
		n, ok := integer(raw)
		if !ok {
			return protoreflect.Value{}, refuse("must be an integer")
		}
		return f.ofInt(n), nil
	case kindDouble:
		if k != '0' {
			return protoreflect.Value{}, unexpected(dec, "a JSON number")
		}
		raw, err := dec.ReadValue()
		if err != nil {
			return protoreflect.Value{}, syntax(err)
		}
		n, bad := strconv.ParseFloat(string(raw), 64)
		if bad != nil {
			return protoreflect.Value{}, refuse("is out of range")
		}
		return protoreflect.ValueOfFloat64(n), nil
	case kindTime:
		if k != '"' {
			return protoreflect.Value{}, unexpected(dec, "a time as RFC 3339 writes it")
		}
		s, err := text(dec)
		if err != nil {
			return protoreflect.Value{}, err
		}
		return parseTime(s)
	case kindBytes:
		if k != '"' {
			return protoreflect.Value{}, unexpected(dec, "bytes in base64")
		}
		s, err := text(dec)
		if err != nil {
			return protoreflect.Value{}, err
		}
		b, bad := base64.StdEncoding.DecodeString(s)
		if bad != nil {
			return protoreflect.Value{}, refuse("must be base64 with padding")
		}
		return protoreflect.ValueOfBytes(b), nil
	default:
		return protoreflect.Value{}, refuse("has no JSON spelling")
	}
}

// ofInt makes the field's value; what does not fit becomes the nearest that
// does, which every rule about ranges then refuses.
func (f *field) ofInt(n int64) protoreflect.Value {
	if f.kind == kindInt32 {
		return protoreflect.ValueOfInt32(int32(min(max(n, math.MinInt32), math.MaxInt32)))
	}
	return protoreflect.ValueOfInt64(n)
}

// integer reads a JSON number without exponent whose fraction is zero. What
// does not fit an int64 becomes the nearest that does: it is out of every range.
func integer(raw []byte) (int64, bool) {
	digits := raw
	if dot := bytes.IndexByte(raw, '.'); dot >= 0 {
		for _, c := range raw[dot+1:] {
			if c != '0' {
				return 0, false
			}
		}
		digits = raw[:dot]
	}
	if bytes.ContainsAny(digits, "eE") {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return n, true
}

func parseTime(s string) (protoreflect.Value, *FieldError) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return protoreflect.Value{}, refuse("must be a time as RFC 3339 writes it, such as 2026-01-31T12:00:00.000Z")
	}
	return protoreflect.ValueOfMessage(timestamppb.New(t).ProtoReflect()), nil
}

func text(dec *bodyReader) (string, *FieldError) {
	raw, err := dec.ReadValue()
	if err != nil {
		return "", syntax(err)
	}
	body := raw[1 : len(raw)-1]
	if bytes.IndexByte(body, '\\') < 0 {
		return string(body), nil
	}
	plain, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", syntax(err)
	}
	return string(plain), nil
}
