package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Each command line is one call, and its answer is said in words.
func TestWhatCommandsAskAServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		line  string // words are parted by blanks
		asked string
		reply string
		said  []string
	}{
		{
			"promises show café --location berlin", "GET /v1/promises/caf%C3%A9?location_id=berlin",
			`{"product_id":"café","location_id":"berlin","presale":{"cap":9,"promised":4,"remaining":5,"arrived":1,"promise_date":"2031-05-01T00:00:00.000Z","ships_in_part":true,"closed":true},"waiting":3,"waiting_orders":2}`,
			[]string{"café at berlin: 2 orders wait for 3 units", "presale of 9: 4 promised, 1 have arrived, 5 remain, ships in part, to be there 2031-05-01T00:00:00.000Z, closed"},
		},
		{
			"settings --public-reads=false", `PATCH /v1/settings {"public_reads":false}`, `{"default_location":"berlin","public_reads":false}`,
			[]string{"setting value", "default location berlin", "public reads no", "reasons required no", "longest hold at once 0s"},
		},
		{"settings", "GET /v1/settings", `{"default_location":"berlin","public_reads":true}`, []string{"setting value", "default location berlin", "public reads yes", "reasons required no", "longest hold at once 0s"}},
		{
			"promises set lamp --presale 9 --presale-at 2031-05-01T00:00:00Z --backorder 1.5 --reason spring",
			`PUT /v1/promises/lamp {"backorder":{"allowance":"1.5"},"presale":{"cap":9,"promise_date":"2031-05-01T00:00:00Z","ships_in_part":false},"reason":"spring"}`,
			`{"product_id":"lamp","location_id":"default","backorder":{"allowance":15,"promised":4,"remaining":11}}`,
			[]string{"lamp at default: 0 orders wait for 0 units", "backorder of 15: 4 promised, 11 remain"},
		},
		{
			"promises close lamp", "PUT /v1/promises/lamp {}", `{"product_id":"lamp","location_id":"default"}`,
			[]string{"lamp at default: 0 orders wait for 0 units", "nothing is sold before it is there"},
		},
		{
			"orders show o/1", "GET /v1/inventory/orders/o%2F1",
			`{"order_id":"o/1","reservations":[{"product_id":"mug","location_id":"default","channel_id":"web","requested":5,"quantity":3,"promised":1,"deducted":2,"state":"active","committed":true},
				{"product_id":"cup","location_id":"default","requested":1,"released":1,"state":"expired","expires_at":"2031-05-01T00:00:00.000Z"}]}`,
			[]string{"product location channel requested held not there yet deducted released state until", "mug default web 5 3 1 2 0 active committed", "cup default 1 0 0 0 1 expired"},
		},
		{
			"orders change o-1 mug=3 a=b=0.5 --replace --for 72h --expect mug=2 --location berlin",
			`POST /v1/inventory/change {"expected":[{"location_id":"berlin","product_id":"mug","quantity":2}],"items":[{"location_id":"berlin","product_id":"mug","quantity":3},{"location_id":"berlin","product_id":"a=b","quantity":"0.5"}],"order_id":"o-1","replace":true,"ttl_seconds":259200}`,
			`{}`, nil,
		},
		{
			"orders relocate o-1 mug --from berlin --to hamburg --quantity 2",
			`POST /v1/inventory/relocate {"from_location_id":"berlin","order_id":"o-1","product_id":"mug","quantity":2,"to_location_id":"hamburg"}`, `{}`, nil,
		},
		{
			"orders commit o-1", `POST /v1/inventory/commit {"order_id":"o-1"}`,
			`{"reservations":[{"product_id":"mug","location_id":"default","requested":1,"quantity":1,"state":"active","committed":true}]}`,
			[]string{"", "mug default 1 1 0 0 0 active committed"},
		},
		{
			"orders extend o-1 mug --location berlin --for 72h", `POST /v1/inventory/extend {"location_id":"berlin","order_id":"o-1","product_id":"mug","ttl_seconds":259200}`,
			`{"reservations":[{"product_id":"mug","location_id":"berlin","requested":1,"quantity":1,"state":"active","expires_at":"2031-05-01T00:00:00.000Z"}]}`,
			[]string{"", "mug berlin 1 1 0 0 0 active 2031-05-01T00:00:00.000Z"},
		},
		{
			"orders deduct o-1 mug --quantity 2 --lot batch=B7 --lot grade=A",
			`POST /v1/inventory/deduct {"lot":{"batch":"B7","grade":"A"},"order_id":"o-1","product_id":"mug","quantity":2}`, `{}`, nil,
		},
		{
			"orders release o-1 --reason changed", `POST /v1/inventory/release {"order_id":"o-1","reason":"changed"}`, `{}`, nil,
		},
		{
			"inventory show mug", "GET /v1/inventory/product/mug",
			`{"locations":[{"location_id":"default","available_stock":10,"reserved_stock":1,"on_hand":16,"withheld":3,"damaged":2,"status":"in_stock"}]}`,
			[]string{"location available reserved on hand withheld damaged quality in transit incoming status", "default 10 1 16 3 2 0 0 0 in_stock"},
		},
		{
			"inventory accounts milk --location dairy", "GET /v1/accounts/milk?location_id=dairy",
			`{"items":[{"location_id":"dairy","accounts":[{"account":"ext/supplier","quantity":-4},{"account":"pool/shared","quantity":4,"lot":{"grade":"A","batch":"B7"}}]}]}`,
			[]string{"location account lot units", "dairy ext/supplier -4", "dairy pool/shared batch=B7 grade=A 4"},
		},
		{
			"inventory move mug 3 --from pool/shared --to damaged --reason dropped --reference R-1 --lot batch=B7",
			`POST /v1/inventory/move {"from":"pool/shared","lot":{"batch":"B7"},"product_id":"mug","quantity":3,"reason":"dropped","reference":"R-1","to":"damaged"}`,
			`{"product_id":"mug","location_id":"default","available_stock":10,"reserved_stock":1,"on_hand":16,"status":"in_stock"}`,
			[]string{"mug at default: 10 available, 1 reserved, 16 on hand, in_stock"},
		},
		{
			"inventory return mug 0.5 --order o-2 --to quality --location berlin",
			`POST /v1/inventory/return {"location_id":"berlin","order_id":"o-2","product_id":"mug","quantity":"0.5","to":"quality"}`,
			`{"product_id":"mug","location_id":"berlin","status":"sold_out"}`,
			[]string{"mug at berlin: 0 available, 0 reserved, 0 on hand, sold_out"},
		},
		{
			"lanes list berlin", "GET /v1/lanes?location_id=berlin&page_size=20",
			`{"items":[{"location_id":"berlin","zone":"","cost_per_unit":3,"cost_per_shipment":5},{"location_id":"berlin","zone":"eu","cost_per_unit":2}]}`,
			[]string{"from to of a unit of a shipment", "berlin everywhere else 3 5", "berlin eu 2 0"},
		},
		{
			"lanes set berlin eu --per-unit 300 --per-shipment 500",
			`PUT /v1/lanes {"items":[{"location_id":"berlin","zone":"eu","cost_per_unit":300,"cost_per_shipment":500}]}`,
			`{"items":[{"location_id":"berlin","zone":"eu","cost_per_unit":300,"cost_per_shipment":500}]}`,
			[]string{"from berlin to eu: 300 a unit, 500 a shipment"},
		},
		{"lanes drop berlin eu", "DELETE /v1/lanes/berlin?zone=eu", `{}`, []string{"there is no lane from berlin to eu"}},
		{"lanes drop berlin", "DELETE /v1/lanes/berlin", `{}`, []string{"there is no lane from berlin to everywhere else"}},
		{
			"availability espresso=2 cup=1 --location berlin --channel web --order o-1 --customer ann",
			`POST /v1/availability:confirm {"channel_id":"web","customer_id":"ann","items":[{"location_id":"berlin","product_id":"espresso","quantity":2},{"location_id":"berlin","product_id":"cup","quantity":1}],"order_id":"o-1"}`,
			`{"confirmed":false,"items":[{"product_id":"espresso","location_id":"berlin","requested":2,"available":1,"confirmed":false,"reason":"insufficient_stock","explanation":"1 is available."},
				{"product_id":"cup","location_id":"berlin","requested":1,"available":null,"confirmed":true}]}`,
			[]string{"product location wanted to be had answer", "espresso berlin 2 1 no: 1 is available.", "cup berlin 1 not counted yes", "the whole cart cannot be reserved now"},
		},
		{
			"availability lamp=4 --strategy nearest --split lines --to 48.85,-2.35 --zone eu --pickup paris",
			`POST /v1/availability:confirm {"items":[{"product_id":"lamp","quantity":4}],"sourcing":{"destination":{"latitude":48.85,"longitude":-2.35},"pickup_location_id":"paris","split":"lines","strategy":"nearest","zone":"eu"}}`,
			`{"confirmed":true,"items":[{"product_id":"lamp","requested":4,"available":9,"confirmed":true}],"plan":{"shipments":1,"cost":1700,"explanation":[{"sentence":"paris gives 4 of 4 lamp."}]}}`,
			[]string{"", "lamp 4 9 yes", "shipments: 1, cost 1700", "paris gives 4 of 4 lamp.", "the whole cart can be reserved now"},
		},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Parallel()
			var asked []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil || (len(body) > 0) != (r.Header.Get("Idempotency-Key") != "") {
					t.Errorf("key %q, %v", r.Header.Get("Idempotency-Key"), err)
				}
				asked = append(asked, strings.TrimSpace(r.Method+" "+strings.TrimSuffix(r.RequestURI, "?")+" "+string(body)))
				if _, err := io.WriteString(w, test.reply); err != nil {
					t.Error(err)
				}
			}))
			t.Cleanup(server.Close)
			var out, errOut bytes.Buffer
			args := append(strings.Fields(test.line), "--url", server.URL, "--key", "k")
			if err := execute(t.Context(), args, nil, &out, &errOut); err != nil {
				t.Fatal(err)
			}
			if len(asked) != 1 || asked[0] != test.asked {
				t.Errorf("asked\n%s, want\n%s", strings.Join(asked, "\n"), test.asked)
			}
			for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
				if i < len(test.said) && test.said[i] != "" && strings.Join(strings.Fields(line), " ") != test.said[i] {
					t.Errorf("said %q, want %q", line, test.said[i])
				}
			}
			if n := strings.Count(out.String(), "\n"); test.said != nil && n != len(test.said) {
				t.Errorf("said %d lines, want %d: %s", n, len(test.said), out.String())
			}
		})
	}
}

func TestWhatMakesNoSenseIsAskedOfNobody(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"promises set lamp": "neither --presale nor --backorder is given",
		"promises set lamp --backorder 1 --presale-at 2031-05-01":  "--presale-at and --ships-in-part belong to --presale",
		"promises set lamp --presale 1 --backorder-at 2031-05-01":  "--backorder-at belongs to --backorder",
		"promises set lamp --presale many":                         `--presale: "many" is no number`,
		"orders extend o-1 --for 1500ms":                           "--for 1.5s: it must be whole seconds, at least one",
		"orders change o-1 mug":                                    `"mug" is no PRODUCT=QUANTITY`,
		"orders extend o-1":                                        "needs --for or HOLDFAST_FOR",
		"orders deduct o-1 mug --quantity some":                    `--quantity: "some" is no number`,
		"orders deduct o-1 mug --lot B7":                           `"B7" is not like batch=B7`,
		"inventory move mug 1 --from quality":                      "needs --to or HOLDFAST_TO",
		"inventory return mug all":                                 `"all" is no number`,
		"inventory return mug 1 --lot batch=":                      `"batch=" is not like batch=B7`,
		"availability lamp":                                        `"lamp" is not like lamp=4`,
		"availability lamp=x":                                      `"lamp=x": "x" is no number`,
		"availability lamp=1 --to 48,2":                            "belong to --strategy",
		"availability lamp=1 --strategy nearest --to 48,x":         `--to "48,x" is neither like 48.85,2.35 nor a location`,
		"availability lamp=1 --strategy nearest --location berlin": "the locations are chosen",
	} {
		err := execute(t.Context(), append(strings.Fields(line), "--url", "http://127.0.0.1:1", "--key", "k", "--retry", "1ms"), nil, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}
