package sheet

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"

	"pgregory.net/rapid"
)

func TestAmounts(t *testing.T) {
	t.Parallel()
	kilo, piece := catalog.Unit{Name: "kg", Scale: 3}, catalog.Unit{}
	for _, c := range []struct {
		name string
		text string
		unit catalog.Unit
		want stock.Qty
		why  string // a part of it
	}{
		{name: "pieces are whole", text: "12", want: 12},
		{name: "and may be written with a fraction of nothing", text: "12.00", want: 12},
		{name: "a cell is in the declared unit, whole or not", text: "2", unit: kilo, want: 2000},
		{name: "with as many decimals as the unit has", text: "1.25", unit: kilo, want: 1250},
		{name: "zeros behind them change nothing", text: "1.250000", unit: kilo, want: 1250},
		{name: "the largest quantity fits", text: "9007199254740.991", unit: kilo, want: stock.MaxQty},
		{name: "nothing is nothing in any unit, negative too", text: "-0.0", want: 0},
		{name: "one more does not fit", text: "9007199254740992", why: "too large"},
		{name: "nor do more digits than a number has", text: strings.Repeat("9", 30), why: "too large"},
		{name: "nobody counts with a hundred digits", text: strings.Repeat("1", 100), why: "100 characters"},
		{name: "a text is no number", text: "ten", why: "not a number"},
		{name: "thousands are not separated", text: "1,000", why: "not a number"},
		{name: "nor is there an exponent", text: "1e3", why: "not a number"},
		{name: "nor a point without digits", text: "1.", why: "not a number"},
		{name: "less than nothing is not there", text: "-1", why: "negative"},
		{name: "pieces have no fraction", text: "1.5", unit: piece, why: "no declared unit"},
		{name: "nor has a unit more decimals than it has", text: "1.2345", unit: kilo, why: "more decimals"},
	} {
		got, why := amount{c.text}.inUnit(c.unit)
		if got != c.want || c.why == "" != (why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %q is %d %q, want %d %q", c.name, c.text, got, why, c.want, c.why)
		}
	}
}

func TestAQuantityIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := stock.Qty(rapid.Int64Range(0, int64(stock.MaxQty)).Draw(t, "quantity"))
		u := catalog.Unit{Name: "kg", Scale: rapid.IntRange(0, maxScale).Draw(t, "scale")}
		text := inUnit(n, u.Scale)
		if got, why := (amount{text: text}).inUnit(u); got != n || why != "" {
			t.Fatalf("%d is written %s and read %d %s", n, text, got, why)
		}
	})
}

func TestAnEscapedCellComesBack(t *testing.T) {
	t.Parallel()
	for in, out := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "\rx": "'\rx", "\x00x": "'\x00x",
		"'=x": "''=x", "''": "'''", "'": "'", "'x": "'x", "x=": "x=", "": "",
	} {
		if got := escape(in); got != out {
			t.Errorf("%q is written %q, want %q", in, got, out)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("'=+-@\t\r\x00ab"))).Draw(t, "text")
		if e := escape(s); unescape(e) != s || e != "" && active(e[0]) {
			t.Fatalf("%q is written %q and read %q", s, e, unescape(e))
		}
	})
}
