package server_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/outside"
)

func sealer(t *testing.T) server.Option {
	t.Helper()
	s, err := outside.ParseSealer(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, outside.SecretKeyBytes)))
	if err != nil {
		t.Fatal(err)
	}
	return server.WithSealer(s)
}

// relayed starts a house with a key of the scope relay.
func relayed(t *testing.T) *house {
	t.Helper()
	h := start(t, sealer(t))
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "relay-key", Scopes: catalog.ScopeRelay})
	if err != nil {
		t.Fatal(err)
	}
	h.keys["relay"] = printed
	return h
}

func TestASinkIsSetAndShown(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	const hook = "/v1/sinks/shop"
	h.tell(t, []step{
		{name: "an item, before", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":5}`},
		{name: "readers set nothing", as: "read", verb: "PUT", path: hook, body: `{"kind":"file","target":"a"}`, status: 403},
		{name: "a relay sets nothing", as: "relay", verb: "PUT", path: hook, body: `{"kind":"file","target":"a"}`, status: 403},
		{name: "a sink", verb: "PUT", path: "/v1/sinks/log", body: `{"kind":"file","target":"events.ndjson","format":"plain","filter":{"product_ids":["mug"]},"batch":{"max":7,"linger_ms":20}}`, want: []string{
			`name "log"`, `kind "file"`, `state "running"`, `format "plain"`, `filter.product_ids.0 "mug"`, `batch.max 7`, `batch.linger_ms 20`, `lag_events 0`, `lag_seconds 0`, `delivered 0`, `parked 0`, `last_error ""`, `has_secret false`, `secret absent`, `relay absent`,
		}},
		{name: "what comes later is behind it", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1}`},
		{name: "what is filtered is not", path: "/v1/inventory", body: `{"product_id":"cup","available_stock":5}`},
		{name: "shown", as: "read", path: "/v1/sinks/log", want: []string{`lag_events 1`}},
		{name: "the same again moves nothing", verb: "PUT", path: "/v1/sinks/log", body: `{"kind":"file","target":"events.ndjson","format":"plain","filter":{"product_ids":["mug"]},"batch":{"max":7,"linger_ms":20},"from":"start"}`, want: []string{`lag_events 1`}},
		{name: "to the start", path: "/v1/sinks/log/rewind", body: `{"to":"start"}`, want: []string{`lag_events 2`}},
		{name: "to now", path: "/v1/sinks/log/rewind", body: `{"to":"now"}`, want: []string{`lag_events 0`}},
		{name: "to a position", path: "/v1/sinks/log/rewind", body: `{"to":"0-1"}`, want: []string{`lag_events 1`, `position "0-1"`}},
		{name: "to a time before all", path: "/v1/sinks/log/rewind", body: `{"to":"2001-02-03T04:05:06Z"}`, want: []string{`lag_events 2`}},
		{name: "to a time that is to come", path: "/v1/sinks/log/rewind", body: `{"to":"2101-02-03T04:05:06.5+08:00"}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "back to the position", path: "/v1/sinks/log/rewind", body: `{"to":"0-1"}`, want: []string{`lag_events 1`}},
		{name: "to a time that is none", path: "/v1/sinks/log/rewind", body: `{"to":"2001-02-30T04:05:06Z"}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "to nowhere", path: "/v1/sinks/log/rewind", body: `{"to":"yesterday"}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "to a place that is not there", path: "/v1/sinks/log/rewind", body: `{"to":"0-999"}`, status: 410, code: "POSITION_GONE"},
		{name: "paused", path: "/v1/sinks/log/pause", body: `{}`, want: []string{`state "paused"`}},
		{name: "no test of what is paused", path: "/v1/sinks/log/test", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "resumed", path: "/v1/sinks/log/resume", body: `{}`, want: []string{`state "running"`}},
		{name: "not rebuilt", path: "/v1/sinks/log/rebuild", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "from the start", verb: "PUT", path: "/v1/sinks/all", body: `{"kind":"file","target":"all","from":"start"}`, want: []string{`lag_events 3`, `format "cloudevents"`, `batch.max 100`, `filter absent`}},
		{name: "listed", as: "read", path: "/v1/sinks", want: []string{`items.length 2`, `items.0.name "all"`, `items.1.name "log"`}},
		{name: "a page", as: "read", path: "/v1/sinks?page_size=1", want: []string{`items.length 1`}},
		{name: "of others nothing", as: "other", path: "/v1/sinks", want: []string{`items.length 0`}},
		{
			name: "a broker has topics", verb: "PUT", path: "/v1/sinks/bus", body: `{"kind":"nats","target":"tls://nats.example:4222","topic":"stock","format":"cloudevents-binary"}`,
			want: []string{`topic "stock"`, `format "cloudevents-binary"`},
		},
		{name: "an index", verb: "PUT", path: "/v1/sinks/index", body: `{"kind":"search","target":"typesense+https://search.example","topic":"products","filter":{"location_ids":["main"]}}`, want: []string{`kind "search"`}},
		{name: "deleted", verb: "DELETE", path: "/v1/sinks/all"},
		{name: "twice", verb: "DELETE", path: "/v1/sinks/all"},
		{name: "gone", path: "/v1/sinks/all", status: 404},
		{name: "nothing parked", path: "/v1/sinks/log/parked", want: []string{`items.length 0`}},
		{name: "nothing to requeue", path: "/v1/sinks/log/parked/x/requeue", body: `{}`, status: 404},
		{name: "nothing to discard", path: "/v1/sinks/log/parked/x/discard", body: `{}`, status: 404},
		{name: "nothing delivered", path: "/v1/sinks/log/deliveries", want: []string{`items.length 0`}},
		{name: "nothing to redeliver", path: "/v1/sinks/log/deliveries/1/redeliver", body: `{}`, status: 404},
		{name: "no secret to rotate", path: "/v1/sinks/log/rotate", body: `{}`, status: 409},
	})
	for field, body := range map[string]string{
		"kind":                   `{"kind":"pigeon","target":"a"}`,
		"target":                 `{"kind":"http","target":"https://user:word@shop.example/"}`,
		"target ":                `{"kind":"http","target":"ftp://shop.example/"}`,
		"target  ":               `{"kind":"file","target":"../etc/passwd"}`,
		"target   ":              `{"kind":"file","target":"..\\x"}`,
		"target    ":             `{"kind":"nats","target":"https://nats.example"}`,
		"target     ":            `{"kind":"redis","target":"redis://me:word@redis.example"}`,
		"target      ":           `{"kind":"search","target":"meilisearch+https://search.example"}`,
		"target       ":          `{"kind":"search","target":"https://search.example/products"}`,
		"filter.types":           `{"kind":"search","target":"algolia://APP/products","filter":{"types":["reserve"]}}`,
		"filter.channel_ids":     `{"kind":"search","target":"algolia://APP/products","filter":{"channel_ids":["web"]}}`,
		"topic":                  `{"kind":"file","target":"a","topic":"t"}`,
		"topic ":                 `{"kind":"nats","target":"tls://nats.example","topic":"a b"}`,
		"secret   ":              `{"kind":"redis","target":"rediss://redis.example","secret":"a b"}`,
		"format":                 `{"kind":"webhook","target":"https://shop.example","format":"plain"}`,
		"secret":                 `{"kind":"webhook","target":"https://shop.example","secret":"word"}`,
		"secret ":                `{"kind":"file","target":"a","secret":"word"}`,
		"secret  ":               `{"kind":"webhook","target":"https://shop.example","secret":"whsec_AAAA"}`,
		"filter.types[0]":        `{"kind":"file","target":"a","filter":{"types":["gone"]}}`,
		"filter.product_ids[0]":  `{"kind":"file","target":"a","filter":{"product_ids":["a/b"]}}`,
		"filter.location_ids[1]": `{"kind":"file","target":"a","filter":{"location_ids":["a","a"]}}`,
		"batch.max":              `{"kind":"file","target":"a","batch":{"max":1001}}`,
		"batch.linger_ms":        `{"kind":"file","target":"a","batch":{"linger_ms":-1}}`,
		"from":                   `{"kind":"file","target":"a","from":"then"}`,
	} {
		a := h.call(t, "admin", "PUT", "/v1/sinks/bad", body)
		if a.status != 400 || a.at("violations.0.field") != strconv.Quote(strings.TrimSpace(field)) {
			t.Errorf("%s: %d %s", body, a.status, a.raw)
		}
	}
}

// A secret is shown once, to the one who had it made, and is nowhere in clear.
func TestSecretsOfSinksNeverComeBack(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	const body = `{"kind":"webhook","target":"https://shop.example/hook"}`
	first := h.call(t, "admin", "PUT", "/v1/sinks/shop", body, "Idempotency-Key", "k")
	made, err := strconv.Unquote(first.at("secret"))
	if err != nil || !strings.HasPrefix(made, "whsec_") {
		t.Fatalf("%s", first.raw)
	}
	rotated := h.call(t, "admin", "POST", "/v1/sinks/shop/rotate", `{}`, "Idempotency-Key", "r")
	next, err := strconv.Unquote(rotated.at("secret"))
	if err != nil || next == made || rotated.at("old_secret_until") == "absent" {
		t.Fatalf("%s", rotated.raw)
	}
	claimed := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r"}`)
	if claimed.at("sinks.0.secrets") != fmt.Sprintf("[%q,%q]", next, made) {
		t.Errorf("the relay has %s", claimed.raw)
	}
	given := "s3cret-of-the-bearer"
	h.tell(t, []step{
		{name: "a bearer", verb: "PUT", path: "/v1/sinks/bearer", body: `{"kind":"http","target":"https://shop.example/events","secret":"` + given + `"}`, want: []string{`has_secret true`, `secret absent`}},
		{name: "kept when it is left out", verb: "PUT", path: "/v1/sinks/bearer", body: `{"kind":"http","target":"https://shop.example/other"}`, want: []string{`has_secret true`}},
		{name: "taken away", verb: "PUT", path: "/v1/sinks/bearer", body: `{"kind":"http","target":"https://shop.example/other","secret":""}`, want: []string{`has_secret false`}},
	})
	for what, a := range map[string]answer{
		"the same call again":     h.call(t, "admin", "PUT", "/v1/sinks/shop", body, "Idempotency-Key", "k"),
		"the same rotation again": h.call(t, "admin", "POST", "/v1/sinks/shop/rotate", `{}`, "Idempotency-Key", "r"),
		"set again":               h.call(t, "admin", "PUT", "/v1/sinks/shop", body),
		"shown":                   h.call(t, "admin", "GET", "/v1/sinks/shop", ""),
		"listed":                  h.call(t, "admin", "GET", "/v1/sinks", ""),
	} {
		if a.status != 200 || bytes.Contains(a.raw, []byte("whsec_")) || bytes.Contains(a.raw, []byte(given)) {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
	}
	log, err := h.catalog.Log(t.Context(), 0, 1000)
	if err != nil || len(log) < 5 {
		t.Fatal(len(log), err)
	}
	for _, e := range log {
		if bytes.Contains(e.Body, []byte("whsec_")) || bytes.Contains(e.Body, []byte(given)) {
			t.Errorf("entry %d has a secret: %s", e.Seq, e.Body)
		}
	}
	for _, who := range []string{"read", "internal"} {
		if a := h.call(t, who, "POST", "/v1/relay/claims", `{"relay_id":"x"}`); a.status != 403 {
			t.Errorf("%s claims: %d %s", who, a.status, a.raw)
		}
	}
}

// Each old secret counts for the 24 hours that its rotation has promised, also when the next rotation comes
// sooner. A rotation that would drop one is refused.
func TestARotationKeepsTheSecretsThatWerePromised(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	a := h.call(t, "admin", "PUT", "/v1/sinks/shop", `{"kind":"webhook","target":"https://shop.example/hook"}`)
	secrets := a.at("secret")
	until := ""
	for i := range 4 {
		a = h.call(t, "admin", "POST", "/v1/sinks/shop/rotate", `{}`)
		if a.status != 200 || a.at("old_secret_until") <= until {
			t.Fatalf("rotation %d: %d %s", i+1, a.status, a.raw)
		}
		secrets, until = a.at("secret")+","+secrets, a.at("old_secret_until")
	}
	if got := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r"}`).at("sinks.0.secrets"); got != "["+secrets+"]" {
		t.Errorf("deliveries are signed with %s, want %s", got, secrets)
	}
	a = h.call(t, "admin", "POST", "/v1/sinks/shop/rotate", `{}`)
	if a.status != 409 || a.at("code") != `"INVALID_STATE"` || !strings.Contains(string(a.raw), "5 secrets of the sink count now, which is the most") {
		t.Errorf("one more: %d %s", a.status, a.raw)
	}
}

// An ed25519 secret is a seed of 32 bytes, as Standard Webhooks has it, or seed and public key. The sink
// shows the key to verify with: vectors of RFC 8032, section 7.1.
func TestASinkShowsItsPublicKey(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	const seed, public = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
	raw, err := base64.StdEncoding.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(public)
	if err != nil {
		t.Fatal(err)
	}
	both := base64.StdEncoding.EncodeToString(append(raw, key...))
	body := func(secret string) string {
		return `{"kind":"webhook","target":"https://shop.example/hook","secret":"` + secret + `"}`
	}
	h.tell(t, []step{
		{name: "a seed", verb: "PUT", path: "/v1/sinks/seed", body: body("whsk_" + seed), want: []string{`public_key "whpk_` + public + `"`, `secret absent`}},
		{name: "shown", as: "read", path: "/v1/sinks/seed", want: []string{`public_key "whpk_` + public + `"`}},
		{name: "seed and public key", verb: "PUT", path: "/v1/sinks/both", body: body("whsk_" + both), want: []string{`public_key "whpk_` + public + `"`}},
		{name: "a public key of another seed", verb: "PUT", path: "/v1/sinks/bad", body: body("whsk_" + seed[:42] + "A" + both[43:]), status: 400, want: []string{`violations.0.field "secret"`}},
		{name: "too short", verb: "PUT", path: "/v1/sinks/bad", body: body("whsk_AAAA"), status: 400, want: []string{`violations.0.field "secret"`}},
		{name: "a shared secret has none", verb: "PUT", path: "/v1/sinks/shared", body: `{"kind":"webhook","target":"https://shop.example/hook"}`, want: []string{`public_key absent`}},
		{name: "after a rotation", path: "/v1/sinks/shared/rotate", body: `{"secret":"whsk_` + seed + `"}`, want: []string{`public_key "whpk_` + public + `"`}},
	})
}

// Nothing is there yet behind a position or a time of the future: a sink cannot begin there.
func TestASinkIsNotPutIntoTheFuture(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	far := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	near := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	h.tell(t, []step{
		{name: "a sink", verb: "PUT", path: "/v1/sinks/log", body: `{"kind":"file","target":"a"}`},
		{name: "one of the catalog", verb: "PUT", path: "/v1/sinks/facts", body: `{"kind":"file","target":"b","filter":{"types":["catalog"]}}`},
		{name: "to tomorrow", path: "/v1/sinks/log/rewind", body: `{"to":"` + far + `"}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "to tomorrow, of the catalog", path: "/v1/sinks/facts/rewind", body: `{"to":"` + far + `"}`, status: 400, want: []string{`violations.0.field "to"`}},
		{name: "to what is not committed", path: "/v1/sinks/log/rewind", body: `{"to":"0-999"}`, status: 410, code: "POSITION_GONE"},
		{name: "to what is not committed, of the catalog", path: "/v1/sinks/facts/rewind", body: `{"to":"c999999"}`, status: 410, code: "POSITION_GONE"},
		{name: "a new one from tomorrow", verb: "PUT", path: "/v1/sinks/new", body: `{"kind":"file","target":"c","from":"` + far + `"}`, status: 400, want: []string{`violations.0.field "from"`}},
		{name: "to the past", path: "/v1/sinks/log/rewind", body: `{"to":"` + near + `"}`},
		{name: "to the past, of the catalog", path: "/v1/sinks/facts/rewind", body: `{"to":"` + near + `"}`},
		{name: "to now", path: "/v1/sinks/facts/rewind", body: `{"to":"now"}`, want: []string{`lag_events 0`}},
	})
}

func TestWithoutAKeyNoSecretIsKept(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "a webhook has one", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"webhook","target":"https://shop.example"}`, status: 409, code: "INVALID_STATE"},
		{name: "so has http with a bearer", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"http","target":"https://shop.example","secret":"s"}`, status: 409},
		{name: "without one it is kept", verb: "PUT", path: "/v1/sinks/shop", body: `{"kind":"http","target":"https://shop.example"}`},
	})
}

func TestARelayMovesASink(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"shop","available_stock":5}`},
		{name: "a sink", verb: "PUT", path: "/v1/sinks/log", body: `{"kind":"file","target":"a","from":"start"}`},
	})
	claimed := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r1"}`)
	epoch := claimed.at("sinks.0.epoch")
	if claimed.at("tenant") != `"default"` || claimed.at("sinks.0.position") != `"0-0"` {
		t.Fatalf("%s", claimed.raw)
	}
	advance := func(relay string, rest string) string {
		return `{"relay_id":"` + relay + `","name":"log","epoch":` + epoch + `,` + rest + `}`
	}
	parked := `"parked":[{"key":"shop/mug","position":"0-0","tries":10,"cause":"500","event":{"event_id":"0-1-0-0","at":"2026-11-25T10:00:00Z","type":"create","product_id":"mug","location_id":"shop","status":"in_stock","reason":"private","version":1}}]`
	h.tell(t, []step{
		{name: "another relay is not given it", as: "relay", path: "/v1/relay/claims", body: `{"relay_id":"r2"}`, want: []string{`sinks.length 0`}},
		{name: "nor moves it", as: "relay", path: "/v1/relay/advances", body: advance("r2", `"turn":1,"position":"0-1"`), status: 409, code: "INVALID_STATE", want: []string{`state "fenced"`}},
		{name: "its own parks an event", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":1,"position":"0-1","delivered":2,"retries":9,"last_error":"500","failing":true,`+parked), want: []string{`parked_ids.length 1`}},
		{name: "once", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":1,"position":"0-1","delivered":2,`+parked), want: []string{`parked_ids.length 1`}},
		{name: "shown", as: "read", path: "/v1/sinks/log", want: []string{`state "failing"`, `position "0-1"`, `lag_events 0`, `delivered 2`, `retries 9`, `parked 1`, `last_error "500"`, `relay "r1"`}},
		{name: "parked", as: "read", path: "/v1/sinks/log/parked", want: []string{`items.length 1`, `items.0.key "shop/mug"`, `items.0.event.event_id "0-1-0-0"`, `items.0.event.reason absent`, `items.0.tries 10`, `items.0.cause "500"`, `items.0.state "parked"`}},
		{name: "no position", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":2,"position":"here"`), status: 400, want: []string{`violations.0.field "position"`}},
		{name: "an event without a name", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":2,"parked":[{"key":"a/b","position":"0-0","event":{"type":"create"}}]`), status: 400, want: []string{`violations.0.field "parked[0].event"`}},
	})
	id, err := strconv.Unquote(h.call(t, "read", "GET", "/v1/sinks/log/parked", "").at("items.0.id"))
	if err != nil {
		t.Fatal(err)
	}
	h.tell(t, []step{
		{name: "requeued", path: "/v1/sinks/log/parked/" + id + "/requeue", body: `{}`, want: []string{`state "requeued"`}},
		{name: "its relay is told", as: "relay", path: "/v1/relay/claims", body: `{"relay_id":"r1","held":[{"name":"log","epoch":` + epoch + `}]}`, want: []string{`sinks.0.parked.0.state "requeued"`, `sinks.0.parked.0.position "0-0"`, `sinks.0.epoch ` + epoch, `sinks.0.failing_since "` + h.clock.Now().Format("2006-01-02T15:04:05.000Z") + `"`}},
		{name: "done", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":2,"ended":["`+id+`"],"deliveries":[{"event_id":"0-1-0-0","position":"0-0","at":"2026-11-25T10:00:00Z","status":204,"took_ms":3,"try":1}]`)},
		{name: "well again", path: "/v1/sinks/log", want: []string{`state "running"`, `parked 0`}},
		{name: "delivered", as: "read", path: "/v1/sinks/log/deliveries", want: []string{`items.length 1`, `items.0.id "1"`, `items.0.status 204`, `items.0.event_id "0-1-0-0"`}},
		{name: "once more", path: "/v1/sinks/log/deliveries/1/redeliver", body: `{}`, want: []string{`id "1"`}},
		{name: "its relay is told that", as: "relay", path: "/v1/relay/claims", body: `{"relay_id":"r1","held":[{"name":"log","epoch":` + epoch + `}]}`, want: []string{`sinks.0.redeliver.0.event_id "0-1-0-0"`, `sinks.0.parked absent`, `sinks.0.failing_since absent`}},
		{name: "disabled", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":3,"disabled_reason":"410 Gone"`)},
		{name: "shown disabled", path: "/v1/sinks/log", want: []string{`state "disabled"`, `last_error "410 Gone"`, `relay absent`}},
		{name: "its relay has it no more", as: "relay", path: "/v1/relay/advances", body: advance("r1", `"turn":4,"position":"0-1"`), status: 409},
		{name: "resumed", path: "/v1/sinks/log/resume", body: `{}`, want: []string{`state "running"`}},
	})
}

func TestATestEventIsDelivered(t *testing.T) {
	t.Parallel()
	h := relayed(t)
	h.tell(t, []step{{name: "a sink", verb: "PUT", path: "/v1/sinks/log", body: `{"kind":"file","target":"a"}`}})
	asked := make(chan answer, 1)
	go func() { asked <- h.call(t, "admin", "POST", "/v1/sinks/log/test", `{}`) }()
	held := ""
	for {
		c := h.call(t, "relay", "POST", "/v1/relay/claims", `{"relay_id":"r","held":[`+held+`]}`)
		if c.status != 200 {
			t.Fatalf("%s", c.raw)
		}
		if c.at("sinks.0.epoch") != "absent" {
			held = `{"name":"log","epoch":` + c.at("sinks.0.epoch") + `}`
		}
		if id := c.at("sinks.0.test_id"); id != "absent" {
			a := h.call(t, "relay", "POST", "/v1/relay/advances", `{"relay_id":"r","name":"log","epoch":`+c.at("sinks.0.epoch")+`,"turn":1,"test":{"event_id":`+id+`,"delivered":true,"took_ms":4}}`)
			if a.status != 200 {
				t.Fatalf("%s", a.raw)
			}
			break
		}
	}
	if a := <-asked; a.at("delivered") != "true" || a.at("took_ms") != "4" || a.at("error") != "absent" {
		t.Errorf("%s", a.raw)
	}
}
