package server_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/relay/dial"
)

// Receivers keep their tokens in the query of their address. Whoever reads sinks does not get it, and whoever sets
// a sink as it was read does not lose it.
func TestTheQueryOfAReceiverIsASecret(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	const shown = `target "https://shop.example/hook?token=…&x=…"`
	h.tell(t, []step{
		{name: "a sink", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"http","target":"https://shop.example/hook?token=abc&x=1"}`, want: []string{shown}},
		{name: "read", as: "read", path: "/v1/sinks/shop", want: []string{shown}},
		{name: "listed", as: "read", path: "/v1/sinks", want: []string{`items.0.` + shown}},
		{name: "set again as it was read", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"http","target":"https://shop.example/hook?token=…&x=…","batch":{"max":7}}`, want: []string{shown, `batch.max 7`}},
		{name: "as a program writes it", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"http","target":"https://shop.example/hook?token=%E2%80%A6&x=%E2%80%A6","batch":{"max":8}}`, want: []string{shown, `batch.max 8`}},
		{name: "another address has no such secret", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"http","target":"https://other.example/hook?token=…&x=…"}`, status: 400, want: []string{`violations.0.field "target"`}},
		{name: "nor has a new sink", verb: "PUT", path: "/v1/sinks/new", body: `{"kind":"http","target":"https://shop.example/hook?token=…&x=…"}`, status: 400, want: []string{`violations.0.field "target"`}},
		{name: "an address of other kinds is no secret", verb: "PUT", path: "/v1/sinks/rabbit", body: `{"kind":"rabbitmq","target":"amqps://rabbit.example?exchange=stock"}`, want: []string{`target "amqps://rabbit.example?exchange=stock"`}},
		{name: "a receiver of notices", verb: "PUT", path: "/v1/alert-receivers/team", body: `{"kind":"webhook","settings":{"url":"https://chat.example/hook?key=abc"}}`, want: []string{`settings.url "https://chat.example/hook?key=…"`}},
		{name: "read too", as: "read", path: "/v1/alert-receivers/team", want: []string{`settings.url "https://chat.example/hook?key=…"`}},
		{name: "another one has no such secret", verb: "PUT", path: "/v1/alert-receivers/other", body: `{"kind":"webhook","settings":{"url":"https://chat.example/hook?key=…"}}`, status: 400, want: []string{`violations.0.field "settings"`}},
		{name: "set again too", verb: "PUT", path: "/v1/alert-receivers/team", body: `{"kind":"webhook","settings":{"url":"https://chat.example/hook?key=…","secret":"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}`},
	})
	kept, err := h.catalog.Documents.AlertReceivers.Get(t.Context(), catalog.DefaultTenant, "team")
	if err != nil || kept.Settings["url"] != "https://chat.example/hook?key=abc" {
		t.Errorf("the receiver has %v, %v", kept.Settings, err)
	}
	claimed := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r1"}`)
	if !strings.Contains(string(claimed.raw), `"https://shop.example/hook?token=abc`) {
		t.Errorf("a relay got %s", claimed.raw)
	}
}

// A target that the server knows never to be reached is refused when it is set: nobody finds a sink running that
// cannot deliver.
func TestAForbiddenTargetIsRefusedWhenItIsSet(t *testing.T) {
	t.Parallel()
	h := start(t, sealer(t), server.WithReach(dial.Allowed{}.CheckTarget))
	for _, c := range []struct{ path, body, field string }{
		{"/v1/sinks/a", `{"kind":"http","target":"https://169.254.169.254/latest"}`, "target"},
		{"/v1/sinks/a", `{"kind":"webhook","target":"https://[::7f00:1]/hook"}`, "target"},
		{"/v1/sinks/a", `{"kind":"http","target":"https://localhost/hook"}`, "target"},
		{"/v1/sinks/a", `{"kind":"http","target":"http://shop.example/hook"}`, "target"},
		{"/v1/sinks/a", `{"kind":"kafka","target":"kafkas://10.1.2.3:9092"}`, "target"},
	} {
		h.tell(t, []step{{name: c.body, verb: "PUT", path: c.path, body: c.body, status: 400, want: []string{`violations.0.field "` + c.field + `"`}}})
	}
	h.tell(t, []step{
		{name: "nothing was set", path: "/v1/sinks", want: []string{`items []`}},
		{name: "a public address is taken", verb: "PUT", path: "/v1/sinks/a", body: `{"kind":"http","target":"https://8.8.8.8/hook"}`, want: []string{`state "running"`}},
		{name: "a name too: it is looked up when it is dialled", verb: "PUT", path: "/v1/sinks/b", body: `{"kind":"http","target":"https://shop.example/hook"}`, want: []string{`state "running"`}},
	})
}
