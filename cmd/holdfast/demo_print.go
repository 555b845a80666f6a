package main

import (
	"fmt"
	"io"

	demoreplay "holdfast.dev/holdfast/internal/demo"
)

func printReplay(w io.Writer, r *demoreplay.Report, expected string) {
	fmt.Fprint(w, r.Text())
	if len(r.Differences) == 0 {
		fmt.Fprintln(w, "  every figure equals "+expected)
		return
	}
	fmt.Fprintln(w, "  NOT as it should be:")
	for _, wrong := range r.Differences {
		fmt.Fprintln(w, "    "+wrong)
	}
}

func (d *demo) printAddresses(key string) {
	fmt.Fprintf(d.out, `Holdfast is running, with a database of its own in %s.

  console  %s/console/ (sign in with the key below)
  REST     %s
  gRPC     %s (reflection is on)
  OpenAPI  %s/openapi.yaml
  metrics  http://%s/metrics
  tenant   %s
  key      %s

Replaying six months of a real web shop through its API, with too little stock.
("Online Retail", Chen 2015, UCI Machine Learning Repository, CC BY 4.0.)

`, d.dir, d.url(), d.url(), reachable(d.grpc), d.url(), reachable(d.ops), demoTenant, key)
}

func (d *demo) printNext(key string) {
	fmt.Fprintf(d.out, `
The server keeps serving. In another terminal:

  URL=%[1]s KEY=%[2]s
  api() { curl -sS -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "$@"; echo; }

  api "$URL/v1/inventory/product/%[3]s"
  api "$URL/v1/inventory/logs/%[3]s?page_size=3"
  api "$URL/v1/inventory/low-stock?page_size=3"

  api "$URL/v1/inventory" -d '{"product_id": "mug", "available_stock": 10}'
  api "$URL/v1/inventory/reserve" -d '{"order_id": "try-1", "product_id": "mug", "quantity": 4}'
  api "$URL/v1/inventory/deduct" -d '{"order_id": "try-1"}'
  api "$URL/v1/inventory/reserve" -d '{"order_id": "try-2", "product_id": "mug", "quantity": 7}'

  curl -sS -H 'X-Holdfast-Tenant: %[4]s' "$URL/v1/inventory/check/%[3]s?quantity=2"; echo
  ./bin/holdfast verify --db sqlite:%[5]s

Ctrl-C stops it; the next run goes on from here. To start over, remove %[6]s.
`, d.url(), key, demoProduct, demoTenant, d.database(), d.dir)
}
