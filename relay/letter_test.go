package relay

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/client"
)

func keysOf(l *letter) (keys []string) {
	for _, c := range l.commands {
		keys = append(keys, c.(client.RawCommand).Key())
	}
	return keys
}

// The key is the command's own, else the message's, else the broker's.
func TestKeysOfCommands(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ name, format, body, keys, id string }{
		{"the broker's", "commands", `{"deduct":{"order_id":"o"}}`, "topic/0/7", "sent-7"},
		{"its own", "commands", `{"idempotency_key":"mine","deduct":{"order_id":"o"}}`, "mine", "sent-7"},
		{"of a list", "commands", `{"commands":[{"deduct":{"order_id":"o"}},{"idempotency_key":"mine","deduct":{"order_id":"o"}}]}`, "topic/0/7/1 mine", "sent-7"},
		{"of a list that has an id", "commands", `{"message_id":"m","commands":[{"deduct":{"order_id":"o"}},{"deduct":{"order_id":"p"}}]}`, "m/1 m/2", "m"},
		{"a restaurant's", "restaurant", `{"message_id":"m","order_id":"o","store_id":"s","channel_id":"c","items":[{"product_id":"p","quantity":2},{"product_id":"p","quantity":1}]}`, "m/reserve m/deduct", "m"},
		{"a restaurant's without items", "restaurant", `{"order_id":"o","store_id":"s"}`, "topic/0/7/deduct", "sent-7"},
	} {
		l := read(one.format, &Incoming{ID: "topic/0/7", Sender: "sent-7", Body: []byte(one.body)})
		if got := strings.Join(keysOf(l), " "); got != one.keys || l.id != one.id || l.cause != "" {
			t.Errorf("%s: got %q, %q, %q; want %q and %q", one.name, got, l.id, l.cause, one.keys, one.id)
		}
	}
	long := read("commands", &Incoming{ID: "x", Body: []byte(`{"message_id":"` + strings.Repeat("ü", 200) + `","commands":[{"deduct":{"order_id":"o"}}]}`)})
	if got := keysOf(long)[0]; !strings.HasPrefix(got, "sha256-") || !strings.HasSuffix(got, "/1") || len(got) > 255 {
		t.Errorf("a long id: %q", got)
	}
}

func TestMessagesThatAreNoCommands(t *testing.T) {
	t.Parallel()
	many := `{"message_id":"m","commands":[` + strings.Repeat(`{"deduct":{"order_id":"o"}},`, 1000) + `{"deduct":{"order_id":"o"}}]}`
	for _, one := range []struct{ name, format, id, body, cause string }{
		{"nothing", "commands", "1", ``, "no JSON object"},
		{"a text", "commands", "1", `"deduct"`, "no JSON object"},
		{"no commands", "commands", "1", `{"message_id":"m","commands":[]}`, "has no commands"},
		{"another member", "commands", "1", `{"message_id":"m","commands":[{"deduct":{"order_id":"o"}}],"x":1}`, "no list of commands"},
		{"a verb that is not known", "commands", "1", `{"message_id":"m","commands":[{"deduct":{"order_id":"o"}},{"steal":{}}]}`, "commands[1]"},
		{"too many", "commands", "1", many, "1001 commands"},
		{"too large", "commands", "1", `{"x":"` + strings.Repeat("x", mostBody) + `"}`, "at most 1048576"},
		{"without a name", "commands", "", `{"deduct":{"order_id":"o"}}`, "nobody can tell"},
		{"no order", "restaurant", "1", `{"message_id":"m","items":[]}`, "no order_id"},
		{"no quantity", "restaurant", "1", `{"message_id":"m","order_id":"o","items":[{"product_id":"p"}]}`, "items[0]"},
		{"another format", "restaurant", "1", `{"deduct":{"order_id":"o"}}`, "no message of an order"},
	} {
		l := read(one.format, &Incoming{ID: one.id, Body: []byte(one.body)})
		if !strings.Contains(l.cause, one.cause) {
			t.Errorf("%s: %q", one.name, l.cause)
		}
		if p := l.park(); p.MessageID == "" || p.Cause != l.cause || len(p.Body) > mostKept || p.Size != int64(len(one.body)) {
			t.Errorf("%s is parked as %.200v", one.name, p)
		}
	}
	// The printable part is kept, and counts as it was.
	p := (&letter{in: &Incoming{ID: "a\x00b", Body: []byte("\xff\xfe")}, cause: "x"}).park()
	if p.Body != "?" && p.Body != "??" || p.MessageID != "a b" || p.Size < int64(len(p.Body)) {
		t.Errorf("%+v", p)
	}
}
