package main

import "testing"

func TestDetailsAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.all([]prints{
		{"details set mug --title Mug --attribute brand=acme --attribute color=blue --tag kitchen --seller s-1", "product title seller attributes tags version\nmug Mug s-1 brand=acme, color=blue kitchen 1"},
		{"details show mug --json", `"title":"Mug"`},
		{"details import " + h.kept("d.ndjson", `{"product_id":"cup","title":"Cup"}`+"\n\n"+`{"product_id":"pot","title":"Pot","tags":["x"]}`+"\n"), "products\n2"},
		{"details list", "cup Cup"},
		{"details drop cup", "product cup has no details"},
	})
	h.refused(exitUsage, []prints{
		{"details set mug --title Mug --attribute brand", `--attribute "brand" is not like brand=acme`},
		{"details import nowhere.ndjson", "nowhere.ndjson"},
	})
	h.refused(exitFailed, []prints{
		{"details set mug", "title"},
		{"details import " + h.kept("bad.ndjson", `{"product_id":"lid","title":"Lid"}`+"\n"+`{"title"`+"\n"), "line 2"},
		{"details import " + h.kept("worse.ndjson", `{"product_id":"lid","title":""}`+"\n"), "lines 1 to 1 are not set"},
	})
	if got := h.says("details show lid"); got == "" {
		t.Error("the lines before a bad one are not set")
	}
}
