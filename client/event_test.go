package client

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// full gives every field of a message a value of its own.
func full(t *testing.T, m protoreflect.Message, n int64) {
	t.Helper()
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		n++
		text := protoreflect.ValueOfString(string(fd.Name()) + " \"ü\u2028<为什么>")
		switch {
		case fd.IsMap():
			m.Mutable(fd).Map().Set(protoreflect.ValueOfString("b").MapKey(), text)
			m.Mutable(fd).Map().Set(protoreflect.ValueOfString("a").MapKey(), text)
		case fd.IsList() && fd.Kind() == protoreflect.StringKind:
			m.Mutable(fd).List().Append(text)
			m.Mutable(fd).List().Append(protoreflect.ValueOfString(""))
		case fd.IsList():
			full(t, m.Mutable(fd).List().AppendMutable().Message(), n)
		case fd.Kind() == protoreflect.MessageKind:
			at := timestamppb.New(time.Date(2026, 11, 25, 16, 7, int(n), 123_000_000, time.UTC))
			m.Set(fd, protoreflect.ValueOfMessage(at.ProtoReflect()))
		case fd.Kind() == protoreflect.StringKind:
			m.Set(fd, text)
		case fd.Kind() == protoreflect.Int64Kind:
			m.Set(fd, protoreflect.ValueOfInt64(-n))
		case fd.Kind() == protoreflect.Int32Kind:
			m.Set(fd, protoreflect.ValueOfInt32(int32(n))) //nolint:gosec // a small number
		default:
			t.Fatalf("%s: say how it is filled", fd.FullName())
		}
	}
}

// A field that is added to the message of events must be added to Event too, because relays send
// the fields of Event.
func TestAnEventLosesNothing(t *testing.T) {
	t.Parallel()
	want := &holdfastv1.StockEvent{}
	full(t, want.ProtoReflect(), 0)
	e := eventOf(want)
	if d := cmp.Diff(want, eventMessage(&e), protocmp.Transform()); d != "" {
		t.Error(d)
	}
	var members map[string]any
	if err := json.Unmarshal(e.AppendJSON(nil), &members); err != nil {
		t.Fatal(err)
	}
	for i, fields := 0, want.ProtoReflect().Descriptor().Fields(); i < fields.Len(); i++ {
		if _, ok := members[string(fields.Get(i).Name())]; !ok {
			t.Errorf("the JSON has no %s", fields.Get(i).Name())
		}
	}
}
