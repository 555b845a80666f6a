package outpost_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// Units that somebody took out of a till's escrow without the till's knowledge
// are found.
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

// planted is an engine whose holds somebody has changed.
type planted struct {
	engine.Engine
	change func(*stock.Hold)
}

func (p planted) ScanHolds(ctx context.Context, scan engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	return p.Engine.ScanHolds(ctx, scan, func(row *engine.HoldRow) error {
		h, err := stock.DecodeHold(row.Key, row.Packed)
		if err != nil {
			return err
		}
		p.change(h)
		changed := *row
		changed.Packed = stock.AppendHold(nil, h)
		return fn(&changed)
	})
}

// An order of the centre that one side keeps, and the other does not, is found.
func TestOrdersThatOneSideDoesNotKeepAreFound(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	m := c.pairedTill(t, "one")
	c.paid(t, "web-1", 3, m)
	c.paid(t, "web-2", 2, m)
	m.accept(t, "web-1")
	m.keeps(t, "web-1")
	c.agree(t, m, "cup")
	s, err := outpost.ReadState(m.file)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*stock.Hold)
		want   []string
	}{
		"nothing changed": {func(*stock.Hold) {}, nil},
		"the centre keeps another number of units": {
			func(h *stock.Hold) {
				if h.Key.Order == "web-1" {
					h.Lines[0].Drawn[0].Qty = 4
				}
			},
			[]string{`order "web-1": the centre keeps 4 of "cup" for the till, and by the till's log it has accepted 3 of "cup"`},
		},
		"the centre keeps what the till has not accepted": {
			func(h *stock.Hold) {
				if h.Key.Order == "web-2" {
					h.Lines[0].Kept = &stock.Kept{Holder: "one"}
				}
			},
			[]string{`order "web-2": the centre keeps 2 of "cup" for the till, and by the till's log it has accepted nothing`},
		},
		"the centre does not keep what the till has accepted": {
			func(h *stock.Hold) { h.Lines[0].Kept = nil },
			[]string{`order "web-1": by the till's log it has accepted 3 of "cup", and the centre offers them to its tills`},
		},
	} {
		faults, err := outpost.VerifyTill(t.Context(), []engine.Engine{planted{c.engine, tc.change}}, &s, m.engine)
		if err != nil || !slices.Equal(faults, tc.want) {
			t.Errorf("%s: %q, %v, want %q", name, faults, err, tc.want)
		}
	}
}

// The books alone show that units are gone which only a till's own log may take. When the till is
// paired anew, its epoch is over, and the books are right again.
func TestTheBooksAloneShowThatATillsUnitsAreGone(t *testing.T) {
	t.Parallel()
	c := openCentre(t, map[string]stock.Qty{"cup": 100})
	file := c.pair(t, catalog.Till{ID: "one", Percent: 60})
	m := c.openTill(t, memory.New(), catalogtest.File(t), file)
	until(t, "the till has its share", func() bool { return m.item(t, "cup").Of(stock.Shared) == 60 })
	if err := m.sell("o-1", "cup", 5); err != nil {
		t.Fatal(err)
	}
	c.agree(t, m, "cup")
	m.line.cut(true)
	c.do(t, stock.Move{
		From: stock.Spot{Item: key("cup"), Bucket: bucket(), Account: stock.Escrow("one", stock.Shared)},
		To:   stock.Spot{Item: key("cup"), Bucket: bucket(), Account: stock.Damaged}, Qty: 3,
	})
	report, err := audit.CheckSlot(t.Context(), c.engine, audit.Options{})
	if err != nil || len(report.Violations) != 1 || !strings.Contains(report.Violations[0].What, `move took units that only the log of outpost "one" may take: it was given 60, handed back 0, and its log carried out 5, so it has 55, and 52 are in escrow`) {
		t.Errorf("the violations are %v, %v", report.Violations, err)
	}
	if err := c.desk.WriteOff(t.Context(), tenant, "one", "ann", "lost", false); err != nil {
		t.Fatal(err)
	}
	c.verify(t)
}
