package server_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

type renderRecord struct {
	Seq        int64    `json:"seq"`
	Head       string   `json:"head"`
	Block      string   `json:"block"`
	BlockPlace int      `json:"block_place"`
	Notes      []string `json:"notes"`
}

func TestListRecords(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":9}`},
		{name: "with a note", path: "/v1/inventory/adjust", body: `{"product_id":"mug","delta":-2,"reason":"broken"}`},
		{name: "another tenant's", as: "other", path: "/v1/inventory", body: `{"product_id":"secret-product","available_stock":1}`},
		{name: "one more", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1}`},
		{name: "a page", as: "read", path: "/v1/records?slot=0&after=1&page_size=2", want: []string{`items.length 2`, `items.0.seq 2`, `items.0.block absent`, `items.0.block_place absent`, `head_seq 4`}},
		{name: "behind the end", as: "read", path: "/v1/records?slot=0&after=4", want: []string{`items.length 0`, `head_seq 4`}},
		{name: "no such slot", as: "read", path: "/v1/records?slot=9", status: 400, want: []string{`violations.0.field "slot"`}},
		{name: "no slot at all", as: "read", path: "/v1/records?slot=70000", status: 400, want: []string{`violations.0.field "slot"`}},
		{name: "no such place", as: "read", path: "/v1/records?after=-1", status: 400, want: []string{`violations.0.field "after"`}},
		{name: "too many", as: "read", path: "/v1/records?page_size=1001", status: 400, want: []string{`violations.0.field "page_size"`}},
		{name: "too many blocks", as: "read", path: "/v1/records?with_block=" + strings.Repeat("1,", 200) + "1", status: 400, want: []string{`violations.0.field "with_block"`}},
		{name: "no number", as: "read", path: "/v1/records?with_block=1,x", status: 400, want: []string{`violations.0.field "with_block[1]"`}},
		{name: "a bound key sees no whole blocks", as: "berlin", path: "/v1/records", status: 403},
	})
	records := func(who string) []renderRecord {
		var page struct{ Items []renderRecord }
		a := h.call(t, who, "GET", "/v1/records?with_block=1,2,3,4", "")
		if err := json.Unmarshal(a.raw, &page); err != nil || len(page.Items) != 4 {
			t.Fatalf("%s: %v %s", who, err, a.raw)
		}
		return page.Items
	}
	bytes := func(text string) []byte {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var before [sha256.Size]byte
	for i, r := range records("read") {
		head := bytes(r.Head)
		if !strings.Contains(string(head), string(before[:])) {
			t.Errorf("record %d does not have the hash of the one before", r.Seq)
		}
		before = sha256.Sum256(head)
		if foreign := i == 2; foreign != (r.Block == "") {
			t.Errorf("record %d has the block %q", r.Seq, r.Block)
		}
		if sum := sha256.Sum256(bytes(r.Block)); r.Block != "" && !strings.Contains(string(head), string(sum[:])) {
			t.Errorf("record %d does not have the hash of its block", r.Seq)
		}
		if noted := i == 1; noted && !strings.Contains(string(bytes(r.Notes[0])), "broken") {
			t.Errorf("record %d has the notes %q", r.Seq, r.Notes)
		}
	}
	for i, r := range records("other") {
		if own := i == 2; own != (r.Block != "") || own && !strings.Contains(string(bytes(r.Block)), "secret-product") {
			t.Errorf("the other tenant sees the block %q of record %d", r.Block, r.Seq)
		}
	}
}
