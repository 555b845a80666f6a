package outpost_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A till whose line is down answers a dry run as the command, which is carried out next.
func TestADryRunAtATillAnswersAsTheTill(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.openTillInMemory(t, c.pair(t, catalog.Till{ID: "one", Percent: 25, Floor: 10}))
	until(t, "the till has units", func() bool { return m.item(t, "cup").Of(stock.Shared) >= 10 })
	m.cutOff(t)
	for _, cmd := range []stock.Command{
		by("a", "", "", 4),
		by("a lot", "", "", 99),
		deduct("a"),
		deduct("none"),
		stock.Adjust{Item: key("cup"), Bucket: bucket(), Delta: 1, Note: stock.Note{Reason: "found"}},
		stock.Retire{Item: key("cup"), Bucket: bucket()}, // only the centre does it
	} {
		tried := m.counter.DryRun(m.books).Submit(t.Context(), ledger.Request{Command: cmd})[0]
		done := m.counter.Submit(t.Context(), ledger.Request{Command: cmd})[0]
		if is, want := refusalOf(tried.Err), refusalOf(done.Err); is != want {
			t.Errorf("%T is tried with %q and carried out with %q", cmd, is, want)
		}
	}
}

func refusalOf(err error) string {
	if r, is := errors.AsType[*stock.Refusal](err); is {
		return fmt.Sprint(r.Code, " ", r.Field)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}
