package outpost_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// What somebody took out of a till's escrow behind its back is found.
func TestUnitsThatNobodyMayTakeAreMissed(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	c.agree(t, m, "cup")
	m.line.cut(true)
	c.do(t, stock.Move{
		From: stock.Spot{Item: key("cup"), Bucket: bucket(), Account: stock.Escrow("one", stock.Shared)},
		To:   stock.Spot{Item: key("cup"), Bucket: bucket(), Account: stock.Damaged}, Qty: 3,
	})
	s, err := outpost.ReadState(file)
	if err != nil {
		t.Fatal(err)
	}
	faults, err := outpost.VerifyTill(t.Context(), []engine.Engine{c.engine}, &s, m.engine)
	if len(faults) != 1 || err != nil {
		t.Errorf("the faults are %q, %v", faults, err)
	}
}
