package server_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

func TestASourceIsSetAndShown(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	const orders = "/v1/sources/orders"
	const body = `{"kind":"kafka","target":"kafkas://kafka.example:9092","topic":"order-stock-deduct-topic","format":"restaurant","reply_topic":"replies","secret":"me:hush"}`
	h.tell(t, []step{
		{name: "readers set nothing", as: "read", verb: "PUT", path: orders, body: body, status: 403},
		{name: "a relay sets nothing", as: "relay", verb: "PUT", path: orders, body: body, status: 403},
		{name: "a source", verb: "PUT", path: orders, body: body, want: []string{
			`name "orders"`, `kind "kafka"`, `state "running"`, `format "restaurant"`, `topic "order-stock-deduct-topic"`, `group "holdfast"`, `reply_topic "replies"`,
			`accepted 0`, `refused 0`, `parked 0`, `lag_messages absent`, `last_error ""`, `has_secret true`, `secret absent`, `relay absent`,
		}},
		{name: "the secret stays", verb: "PUT", path: orders, body: strings.Replace(body, `,"secret":"me:hush"`, "", 1), want: []string{`has_secret true`}},
		{name: "and goes", verb: "PUT", path: orders, body: strings.Replace(body, "me:hush", "", 1), want: []string{`has_secret false`}},
		{name: "another", verb: "PUT", path: "/v1/sources/bus", body: `{"kind":"nats","target":"tls://nats.example:4222","topic":"stock.commands","group":"g"}`, want: []string{`format "commands"`, `group "g"`, `reply_topic absent`}},
		{name: "paused", path: "/v1/sources/bus/pause", body: `{}`, want: []string{`state "paused"`}},
		{name: "no test of what is paused", path: "/v1/sources/bus/test", body: `{}`, status: 409, code: "INVALID_STATE", want: []string{`state "paused"`}},
		{name: "no test of what is not there", path: "/v1/sources/none/test", body: `{}`, status: 404},
		{name: "readers test nothing", as: "read", path: "/v1/sources/bus/test", body: `{}`, status: 403},
		{name: "resumed", path: "/v1/sources/bus/resume", body: `{}`, want: []string{`state "running"`}},
		{name: "shown", as: "read", path: "/v1/sources/bus", want: []string{`name "bus"`}},
		{name: "listed", as: "read", path: "/v1/sources", want: []string{`items.length 2`, `items.0.name "bus"`, `items.1.name "orders"`}},
		{name: "a page", as: "read", path: "/v1/sources?page_size=1", want: []string{`items.length 1`}},
		{name: "of others nothing", as: "other", path: "/v1/sources", want: []string{`items.length 0`}},
		{name: "nothing parked", path: "/v1/sources/bus/parked", want: []string{`items.length 0`}},
		{name: "nothing to requeue", path: "/v1/sources/bus/parked/x/requeue", body: `{}`, status: 404},
		{name: "nothing to discard", path: "/v1/sources/bus/parked/x/discard", body: `{}`, status: 404},
		{name: "deleted", verb: "DELETE", path: "/v1/sources/bus"},
		{name: "twice", verb: "DELETE", path: "/v1/sources/bus"},
		{name: "gone", path: "/v1/sources/bus", status: 404},
	})
	for field, body := range map[string]string{
		"kind":        `{"kind":"pigeon","target":"a","topic":"t"}`,
		"kind ":       `{"kind":"redis","target":"rediss://redis.example","topic":"t"}`,
		"target":      `{"kind":"kafka","target":"https://kafka.example","topic":"t"}`,
		"target ":     `{"kind":"kafka","target":"kafkas://me:word@kafka.example","topic":"t"}`,
		"topic":       `{"kind":"nats","target":"tls://nats.example"}`,
		"topic ":      `{"kind":"nats","target":"tls://nats.example","topic":"a b"}`,
		"group":       `{"kind":"nats","target":"tls://nats.example","topic":"t","group":"a b"}`,
		"reply_topic": `{"kind":"nats","target":"tls://nats.example","topic":"t","reply_topic":"t"}`,
		"format":      `{"kind":"nats","target":"tls://nats.example","topic":"t","format":"plain"}`,
		"secret":      `{"kind":"nats","target":"tls://nats.example","topic":"t","secret":"a b"}`,
	} {
		a := h.call(t, "admin", "PUT", "/v1/sources/bad", body)
		if a.status != 400 || a.at("violations.0.field") != strconv.Quote(strings.TrimSpace(field)) {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
}

// A relay gets a source with its secret, and says what is no command of it.
func TestASourceIsConsumedByARelay(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "consumer", Scopes: catalog.ScopeRelay | catalog.ScopeInternal})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["consumer"] = printed
	if a := h.call(t, "admin", "PUT", "/v1/sources/in", `{"kind":"rabbitmq","target":"amqps://rabbitmq.example","topic":"in","secret":"me:hush"}`); a.status != 200 {
		t.Fatalf("%s", a.raw)
	}
	const claims, advances = "/v1/relay/claims", "/v1/relay/source-advances"
	h.tell(t, []step{
		{name: "a relay of before", as: "consumer", path: claims, body: `{"relay_id":"r"}`, want: []string{`sources absent`, `no_sources absent`}},
		{name: "a key that may not", as: "relay", path: claims, body: `{"relay_id":"r","consumes":true}`, want: []string{
			`sources absent`, `no_sources "a relay that consumes sources needs a key with the scopes internal and relay, this one has relay"`,
		}},
		{name: "others claim nothing", as: "internal", path: claims, body: `{"relay_id":"r"}`, status: 403},
	})
	got := h.call(t, "consumer", "POST", claims, `{"relay_id":"r","consumes":true}`)
	epoch := got.at("sources.0.epoch")
	if got.at("sources.0.secret") != `"me:hush"` || got.at("sources.0.group") != `"holdfast"` || epoch == "absent" {
		t.Fatalf("claimed: %s", got.raw)
	}
	advance := func(turn int, more string) string {
		return fmt.Sprintf(`{"relay_id":"r","name":"in","epoch":%s,"turn":%d%s}`, epoch, turn, more)
	}
	h.tell(t, []step{
		{name: "it consumes", as: "consumer", path: advances, body: advance(1, `,"accepted":3,"refused":2,"lag_messages":5,"parked":[{"message_id":"m-1","body":"{","size":1,"cause":"no JSON"},{"message_id":"m-2","body":"[","size":99,"cause":"no JSON"}]`), want: []string{`lease_ms 2000`}},
		{name: "shown", path: "/v1/sources/in", want: []string{`accepted 3`, `refused 2`, `lag_messages 5`, `parked 2`, `relay "r"`}},
		{name: "parked", as: "read", path: "/v1/sources/in/parked", want: []string{
			`items.0.message_id "m-1"`, `items.0.body "{"`, `items.0.cause "no JSON"`, `items.0.truncated false`, `items.1.size 99`, `items.1.truncated true`,
		}},
		{name: "fails", as: "consumer", path: advances, body: advance(2, `,"failing":true,"last_error":"away"`), want: []string{`lease_ms 2000`}},
		{name: "shown failing", path: "/v1/sources/in", want: []string{`state "failing"`, `last_error "away"`, `lag_messages absent`}},
		{name: "a body that is too long", as: "consumer", path: advances, body: advance(3, `,"parked":[{"message_id":"m","body":"`+strings.Repeat("x", catalog.MaxParkedEvent+1)+`","size":40000}]`), status: 400},
		{name: "another epoch", as: "consumer", path: advances, body: `{"relay_id":"r","name":"in","epoch":1,"turn":1}`, status: 409, code: "INVALID_STATE"},
	})
	page := h.call(t, "admin", "GET", "/v1/sources/in/parked", "")
	one, two := unquoted(t, page.at("items.0.id")), unquoted(t, page.at("items.1.id"))
	h.tell(t, []step{
		{name: "requeued", path: "/v1/sources/in/parked/" + one + "/requeue", body: `{}`, want: []string{`state "requeued"`}},
		{name: "not what is cut", path: "/v1/sources/in/parked/" + two + "/requeue", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "the relay is told", as: "consumer", path: claims, body: `{"relay_id":"r","consumes":true,"held_sources":[{"name":"in","epoch":` + epoch + `}]}`, want: []string{
			`sources.0.requeued.0.message_id "m-1"`, `sources.0.requeued.0.body "{"`, `sources.0.requeued.length 1`,
		}},
		{name: "carried out", as: "consumer", path: advances, body: advance(3, `,"ended":["`+one+`"]`), want: []string{`lease_ms 2000`}},
		{name: "discarded", path: "/v1/sources/in/parked/" + two + "/discard", body: `{}`, want: []string{`state "discarded"`}},
		{name: "none is left", path: "/v1/sources/in/parked", want: []string{`items.length 0`}},
	})
}

// A test answers with the result that the relay reports.
func TestASourceIsTested(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "consumer", Scopes: catalog.ScopeRelay | catalog.ScopeInternal})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["consumer"] = printed
	h.tell(t, []step{{name: "a source", verb: "PUT", path: "/v1/sources/in", body: `{"kind":"nats","target":"tls://nats.example","topic":"in"}`}})
	held, turn := "", 0
	claim := func() answer {
		c := h.call(t, "consumer", "POST", "/v1/relay/claims", `{"relay_id":"r","consumes":true,"held_sources":[`+held+`]}`)
		if c.status != 200 || c.at("sources.0.epoch") == "absent" {
			t.Fatalf("%s", c.raw)
		}
		held = `{"name":"in","epoch":` + c.at("sources.0.epoch") + `}`
		return c
	}
	for finds, want := range map[string][]string{
		`"reached":true,"took_ms":4`:              {`reached true`, `took_ms 4`, `error absent`},
		`"error":"consumer not found"`:            {`reached false`, `took_ms 0`, `error "consumer not found"`},
		`"reached":false,"error":"","took_ms":17`: {`reached false`, `took_ms 17`, `error "it was not reached"`},
	} {
		asked := make(chan answer, 1)
		go func() { asked <- h.call(t, "admin", "POST", "/v1/sources/in/test", `{}`) }()
		c := claim()
		for c.at("sources.0.test_id") == "absent" {
			c = claim()
		}
		turn++
		a := h.call(t, "consumer", "POST", "/v1/relay/source-advances", fmt.Sprintf(`{"relay_id":"r","name":"in","epoch":%s,"turn":%d,"test":{"test_id":%s,%s}}`, c.at("sources.0.epoch"), turn, c.at("sources.0.test_id"), finds))
		if a.status != 200 {
			t.Fatalf("%s", a.raw)
		}
		got := <-asked
		for _, field := range want {
			name, value, _ := strings.Cut(field, " ")
			if got.at(name) != value {
				t.Errorf("%s: %s, want %s", finds, got.raw, field)
			}
		}
		if again := claim(); again.at("sources.0.test_id") != "absent" {
			t.Errorf("answered, and asked again: %s", again.raw)
		}
	}
}

func unquoted(t *testing.T, text string) string {
	t.Helper()
	s, err := strconv.Unquote(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return s
}
