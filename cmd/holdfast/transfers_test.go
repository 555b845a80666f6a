package main

import (
	"encoding/json"
	"testing"
)

func TestLinesOfTransfersAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arg, want string }{
		{"bulb=40", `{"product_id":"bulb","quantity":40}`},
		{"bulb=26,lost=4,surplus=1", `{"lost":4,"product_id":"bulb","quantity":26,"surplus":1}`},
		{"bulb=lost=4", `{"lost":4,"product_id":"bulb"}`},
		{"tea=1.25", `{"product_id":"tea","quantity":"1.25"}`},
		{"bulb", `"bulb" is not like bulb=40 or bulb=26,lost=4`},
		{"=4", `"=4" is not like bulb=40 or bulb=26,lost=4`},
		{"bulb=", `"bulb=" is not like bulb=40 or bulb=26,lost=4`},
		{"bulb=1,found=2", `"bulb=1,found=2": there is no "found": a number, lost=N or surplus=N is`},
		{"bulb=1,1", `"bulb=1,1" says its quantity twice`},
		{"bulb=some", `"bulb=some": "some" is no number`},
	} {
		if got := spelled(t, transferLine, test.arg); got != test.want {
			t.Errorf("%s: got %s, want %s", test.arg, got, test.want)
		}
	}
}

func TestRulesOfReplenishmentAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ arg, want string }{
		{"bulb=50..120", `{"min":50,"product_id":"bulb","target":120}`},
		{"tea=0.5..1.5", `{"min":"0.5","product_id":"tea","target":"1.5"}`},
		{"bulb=50", `"bulb=50" is not like bulb=50..120`},
		{"=1..2", `"=1..2" is not like bulb=50..120`},
		{"bulb=1..", `"bulb=1..": "" is no number`},
	} {
		if got := spelled(t, replenishRule, test.arg); got != test.want {
			t.Errorf("%s: got %s, want %s", test.arg, got, test.want)
		}
	}
}

// spelled is what was read of the argument as JSON, or why it was not.
func spelled(t *testing.T, read func(string) (map[string]any, error), arg string) string {
	t.Helper()
	made, err := read(arg)
	if err != nil {
		return err.Error()
	}
	b, err := json.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
