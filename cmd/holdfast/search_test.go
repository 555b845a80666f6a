package main

import "testing"

func TestSearchAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.all([]prints{
		{"open mug 5 --location berlin", ""},
		{"details set mug --title Blue-mug --attribute brand=acme --seller s-1", ""},
		{"details set cup --title Blue-cup --attribute brand=other", ""},
	})
	// The index follows.
	h.until("search --in-stock", "mug Blue-mug s-1 yes 5 berlin")
	h.until("search --sold-out", "cup Blue-cup no 0")
	h.all([]prints{
		{"search blue mu --location berlin --attribute brand=acme", "product title seller in stock available locations\nmug Blue-mug s-1 yes 5 berlin"},
		{"search blue --sold-out", "cup Blue-cup no 0"},
		{"search --facet brand", "facet value products\nbrand acme 1\nbrand other 1"},
		{"search zebra --json", `"total":0`},
	})
	h.until("search --state", "ready building built to build up to\nyes no 0 0 20")
	h.all([]prints{{"search --rebuild", "yes yes"}})
	h.refused(exitUsage, []prints{
		{"search --rebuild --state", "--rebuild and --state take no other flag"},
		{"search --in-stock --sold-out", "in-stock"},
		{"search --attribute brand", `--attribute "brand" is not like brand=acme`},
	})
}
