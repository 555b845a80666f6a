package server_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestBatch(t *testing.T) {
	t.Parallel()
	h := start(t)
	const path = "/v1/commands:batch"
	commands := func(list ...string) string { return `{"commands":[` + strings.Join(list, ",") + `]}` }
	create := `{"create":{"product_id":"p","available_stock":10}}`
	h.tell(t, []step{
		{
			name: "commands about one item take effect in order", path: path,
			body: commands(
				`{"reserve":{"order_id":"early","product_id":"p","quantity":1}}`,
				create,
				`{"reserve":{"order_id":"a","product_id":"p","quantity":4}}`,
				`{"reserve":{"order_id":"b","product_id":"p","quantity":7}}`,
				`{"release":{"order_id":"a"}}`,
				`{"reserve":{"order_id":"b","product_id":"p","quantity":7}}`,
				`{"deduct":{"order_id":"b"}}`,
				`{"restock":{"product_id":"p","quantity":1}}`,
				`{"adjust":{"product_id":"p","delta":-1,"reason":"x"}}`,
				`{"set_threshold":{"product_id":"p","low_stock_threshold":2}}`,
				`{"set_sale_status":{"product_id":"p","on_sale":false}}`,
			),
			want: []string{
				`results.length 11`,
				`results.0.ok false`, `results.0.error.code "NOT_FOUND"`, `results.0.error.status 404`,
				`results.1.ok true`, `results.1.inventory.available_stock 10`, `results.1.order_id absent`, `results.1.reservations absent`, `results.1.error absent`, `results.1.replayed absent`,
				`results.2.order_id "a"`, `results.2.reservations.0.quantity 4`, `results.2.shortages []`, `results.2.inventory absent`,
				`results.3.ok false`, `results.3.error.code "INSUFFICIENT_STOCK"`, `results.3.error.status 409`, `results.3.error.shortages.0.available 6`, `results.3.reservations absent`,
				`results.4.reservations.0.state "cancelled"`,
				`results.5.reservations.0.quantity 7`,
				`results.6.reservations.0.state "confirmed"`,
				`results.7.inventory.available_stock 4`,
				`results.8.inventory.available_stock 3`,
				`results.9.inventory.low_stock_threshold 2`,
				`results.10.inventory.on_sale false`,
			},
			says: []string{"Holdfast-Position", "*"},
		},
		{name: "keys are per command", path: path, body: commands(`{"idempotency_key":"k","restock":{"product_id":"p","quantity":5}}`, `{"idempotency_key":"k2","restock":{"product_id":"p","quantity":5}}`), want: []string{`results.0.inventory.available_stock 8`, `results.1.inventory.available_stock 13`}},
		{name: "a replayed command says so", path: path, body: commands(`{"idempotency_key":"k","restock":{"product_id":"p","quantity":5}}`, `{"idempotency_key":"k","restock":{"product_id":"p","quantity":6}}`), want: []string{`results.0.replayed true`, `results.0.inventory.available_stock 8`, `results.1.error.code "IDEMPOTENCY_CONFLICT"`, `results.1.error.status 422`}},
		{name: "a key of the header is ignored", path: path, body: commands(`{"restock":{"product_id":"p","quantity":1}}`), head: []string{"Idempotency-Key", "h"}, want: []string{`results.0.inventory.available_stock 14`}},
		{name: "the second time too", path: path, body: commands(`{"restock":{"product_id":"p","quantity":1}}`), head: []string{"Idempotency-Key", "h"}, want: []string{`results.0.inventory.available_stock 15`}, says: []string{"Idempotency-Replayed", ""}},
		{name: "even when it is none", path: path, body: commands(`{"restock":{"product_id":"p","quantity":1}}`), head: []string{"Idempotency-Key", "a b"}, want: []string{`results.0.inventory.available_stock 16`}},
		{name: "a single endpoint and a batch share a key's scope", path: "/inventory/restock", body: `{"product_id":"p","quantity":5}`, head: []string{"Idempotency-Key", "k2"}, want: []string{`available_stock 13`}, says: []string{"Idempotency-Replayed", "true"}},
		{
			name: "a value out of range is that command's own", path: path,
			body: commands(`{"restock":{"product_id":"p","quantity":0}}`, `{"restock":{"product_id":"p","quantity":99999999999999999999}}`, `{"reserve":{"order_id":"a/b","product_id":"p","quantity":1}}`, `{"restock":{"product_id":"p","quantity":"1"}}`, `{"restock":{"product_id":"p","quantity":1}}`),
			want: []string{`results.0.error.code "INVALID_ARGUMENT"`, `results.0.error.status 400`, `results.0.error.violations.0.field "quantity"`, `results.1.error.code "INVALID_ARGUMENT"`, `results.2.error.code "INVALID_ARGUMENT"`, `results.3.error.code "INVALID_ARGUMENT"`, `results.4.inventory.available_stock 17`},
		},
		{
			name: "so is an empty text where an id, a key, a word or a number is meant", path: path,
			body: commands(`{"restock":{"product_id":"","quantity":1}}`, `{"restock":{"product_id":"p","location_id":"","quantity":1}}`, `{"idempotency_key":"","restock":{"product_id":"p","quantity":1}}`, `{"reserve":{"order_id":"e","items":[{"product_id":"","quantity":1}]}}`, `{"reserve":{"order_id":"e","product_id":"p","quantity":1,"policy":""}}`, `{"restock":{"product_id":"p","quantity":""}}`, `{"adjust":{"product_id":"p","delta":0,"set_to":17,"reason":"x"}}`, `{"adjust":{"product_id":"p","set_to":17,"reason":"x"}}`),
			want: []string{
				`results.0.error.code "INVALID_ARGUMENT"`, `results.0.error.violations.0.field "product_id"`, `results.0.error.violations.0.reason "must not be empty"`,
				`results.1.error.violations.0.field "location_id"`, `results.2.error.violations.0.field "idempotency_key"`, `results.3.error.violations.0.field "items[0].product_id"`,
				`results.4.error.violations.0.field "policy"`, `results.5.error.violations.0.field "quantity"`, `results.6.error.code "INVALID_ARGUMENT"`, `results.7.inventory.available_stock 17`, `results.7.inventory.version 15`,
			},
		},
		{
			name: "and a list of nothing", path: path, body: commands(`{"reset_sold":{"product_id":"p","channels":[]}}`, `{"set_threshold":{"product_id":"p","low_stock_threshold":2}}`),
			want: []string{`results.0.error.code "INVALID_ARGUMENT"`, `results.0.error.violations.0.field "channels"`, `results.1.ok true`},
		},
		{name: "a scope is needed per command", as: "internal", path: path, body: commands(`{"restock":{"product_id":"p","quantity":1}}`, `{"set_sale_status":{"product_id":"p","on_sale":true}}`), want: []string{`results.0.error.code "PERMISSION_DENIED"`, `results.0.error.status 403`, `results.1.ok true`}},
		{name: "and one for the batch", as: "read", path: path, body: commands(`{"restock":{"product_id":"p","quantity":1}}`), status: 403},
		{name: "decimals need a unit that an earlier command may declare", path: path, body: commands(`{"create":{"product_id":"r","unit":"kg","scale":2,"available_stock":"1"}}`, `{"restock":{"product_id":"r","quantity":"0.5"}}`), want: []string{`results.0.inventory.available_stock 100`, `results.1.inventory.available_stock 150`, `results.1.inventory.unit "kg"`}},
		{name: "over 2000 items is that command's own", path: path, body: commands(`{"reserve":{"order_id":"m","items":[`+many(2001, `{"product_id":"p","quantity":1}`)+`]}}`, `{"restock":{"product_id":"p","quantity":1}}`), want: []string{`results.0.error.code "INVALID_ARGUMENT"`, `results.1.ok true`}},
	})
	for name, body := range map[string]string{
		"no commands":               `{"commands":[]}`,
		"no field":                  `{}`,
		"a command without a verb":  commands(create, `{}`),
		"a key without a verb":      commands(create, `{"idempotency_key":"x"}`),
		"two verbs":                 commands(create, `{"restock":{"product_id":"p","quantity":1},"release":{"order_id":"a"}}`),
		"a verb twice":              commands(create, `{"restock":{"product_id":"p","quantity":1},"restock":{"product_id":"p","quantity":1}}`),
		"an unknown verb":           commands(create, `{"steal":{"product_id":"p"}}`),
		"an unknown field":          commands(create, `{"restock":{"product_id":"p","quantity":1,"colour":"red"}}`),
		"no JSON":                   `{"commands":[` + create + `,{"restock"`,
		"a verb that is a list":     commands(create, `{"restock":[]}`),
		"a fraction":                commands(create, `{"restock":{"product_id":"p","quantity":1.5}}`),
		"a command that is null":    commands(create, `null`),
		"a verb that is null":       commands(create, `{"restock":null}`),
		"more than 1000 commands":   commands(many(1001, `{"restock":{"product_id":"p","quantity":1}}`)),
		"an unknown field at first": `{"comands":[]}`,
	} {
		t.Run(name+" refuses the batch", func(t *testing.T) {
			h.play(t, step{path: path, body: strings.ReplaceAll(body, `"product_id":"p","available_stock":10`, `"product_id":"never"`), status: 400, code: "INVALID_ARGUMENT"})
		})
	}
	lines := make([]string, 0, 11)
	for i := range 11 {
		lines = append(lines, fmt.Sprintf(`{"reserve":{"order_id":"l%d","items":[%s]}}`, i, many(1900, `{"product_id":"p","quantity":1}`)))
	}
	h.tell(t, []step{
		{name: "of the refused ones nothing was done", path: "/inventory/product/never", status: 404},
		{name: "over 20,000 lines", path: path, body: commands(lines...), status: 413, code: "PAYLOAD_TOO_LARGE"},
		{name: "1000 commands are fine", path: path, body: commands(many(1000, `{"restock":{"product_id":"p","quantity":1}}`)), want: []string{`results.length 1000`, `results.999.inventory.available_stock 1018`}},
		{name: "over 32 MiB", path: path, body: `{"commands":[]}` + strings.Repeat(" ", 32<<20), status: 413, code: "PAYLOAD_TOO_LARGE"},
	})
}
