package main

import (
	"strings"
	"testing"
)

func TestItemsAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.all([]prints{
		{"open mug 5 --location berlin", ""},
		{"open mug 0 --location lyon", ""},
		{"open cup 9 --location berlin", ""},
		{"details set mug --title Blue-mug --seller s-1", ""},
	})
	// The list follows.
	h.until("items --seller s-1 --location berlin", "product title location status on hand reserved available in transit changed\nmug Blue-mug berlin in_stock 5 0 5 0 20")
	h.all([]prints{
		{"items --sort -available --most 1", "cup berlin in_stock 9 0 9 0"},
		{"items --sort -available --most 1", "1 of 3 items"},
		{"items BLUE --status sold_out,low", "mug Blue-mug lyon sold_out 0 0 0 0"},
		{"items zebra --json", `"total":0`},
		{"items --suggest mug", "kind id title\nproduct mug Blue-mug"},
		{"items --suggest ber", "location berlin"},
	})
	h.refused(exitUsage, []prints{
		{"items --suggest", "--suggest needs a TEXT"},
	})
	h.refused(exitFailed, []prints{
		{"items --status gone", "status[0]: must be off_sale"},
		{"items --sort price", "sort: must be product"},
	})
}

func TestTheNumberOfListedItemsIsBounded(t *testing.T) {
	t.Parallel()
	for most, right := range map[int]bool{0: true, 5_000_000: true, mostItems: true, -1: false, mostItems + 1: false} {
		c := booksConfig{db: "sqlite:a.db", sets: 1, itemsMax: most}
		if err := c.check(); (err == nil) != right || err != nil && !strings.Contains(err.Error(), "--items-max") {
			t.Errorf("%d: %v", most, err)
		}
	}
}
