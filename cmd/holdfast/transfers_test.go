package main

import (
	"fmt"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestLinesOfTransfersAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arg  string
		want any
	}{
		{"bulb=40", client.TransferReceipt{ProductID: "bulb", Quantity: 40}},
		{"bulb=26,lost=4,surplus=1", client.TransferReceipt{ProductID: "bulb", Quantity: 26, Lost: 4, Surplus: 1}},
		{"bulb=lost=4", client.TransferReceipt{ProductID: "bulb", Lost: 4}},
		{"tea=1.25", client.TransferReceipt{ProductID: "tea", Decimal: "1.25"}},
		{"bulb", `"bulb" is not like bulb=40 or bulb=26,lost=4`},
		{"=4", `"=4" is not like bulb=40 or bulb=26,lost=4`},
		{"bulb=", `"bulb=" is not like bulb=40 or bulb=26,lost=4`},
		{"bulb=1,found=2", `"bulb=1,found=2": there is no "found": a number, lost=N or surplus=N is`},
		{"bulb=1,1", `"bulb=1,1" says its quantity twice`},
		{"bulb=some", `"bulb=some": "some" is no number`},
	} {
		if got := spelled(transferReceipt(test.arg)); got != fmt.Sprintf("%+v", test.want) {
			t.Errorf("%s: got %s, want %+v", test.arg, got, test.want)
		}
	}
}

func TestRulesOfReplenishmentAreRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		arg  string
		want any
	}{
		{"bulb=50..120", client.ReplenishRule{ProductID: "bulb", Min: 50, Target: 120}},
		{"tea=0.5..1.5", client.ReplenishRule{ProductID: "tea", MinDecimal: "0.5", TargetDecimal: "1.5"}},
		{"bulb=50", `"bulb=50" is not like bulb=50..120`},
		{"=1..2", `"=1..2" is not like bulb=50..120`},
		{"bulb=1..", `"bulb=1..": "" is no number`},
	} {
		if got := spelled(replenishRule(test.arg)); got != fmt.Sprintf("%+v", test.want) {
			t.Errorf("%s: got %s, want %+v", test.arg, got, test.want)
		}
	}
}

// spelled is what was read, or why it was not.
func spelled(made any, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%+v", made)
}
