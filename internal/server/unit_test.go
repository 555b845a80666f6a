package server

import (
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

func TestVisitorsMemoryIsBounded(t *testing.T) {
	t.Parallel()
	v := newVisitors(0.001, 10)
	if !v.allow("10.0.0.1:1000") || v.allow("10.0.0.1:2000") {
		t.Fatal("one address has one call, whatever its port")
	}
	if !v.allow("[2001:db8::1]:1") || v.allow("[2001:db8::ffff]:1") {
		t.Error("addresses of one /64 count as one")
	}
	if !v.allow("[2001:db8:0:1::1]:1") {
		t.Error("another /64 is another client")
	}
	if v.allow("[::ffff:10.0.0.1]:1") {
		t.Error("an IPv4 address in IPv6 clothes is the same client")
	}
	for i := range 1000 {
		v.allow(fmt.Sprintf("10.1.%d.%d:1", i/256, i%256))
	}
	if len(v.young) > 10 || len(v.old) > 10 {
		t.Errorf("%d and %d addresses are remembered, at most 10 each", len(v.young), len(v.old))
	}
	if off := newVisitors(0, 10); !off.allow("x") || len(off.young) != 0 {
		t.Error("a rate of 0 switches the limit off")
	}
}

func TestEveryCodeHasAPlace(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range kit.Table {
		if seen[c.Name] || c.HTTP < 400 || c.Title == "" {
			t.Errorf("a code: %+v", c)
		}
		seen[c.Name] = true
	}
	for _, c := range kit.OfStock {
		if !seen[c.Name] {
			t.Errorf("%s is not in the table", c.Name)
		}
	}
}

func TestAMethodWithoutAFunctionOrAScopeIsNotServed(t *testing.T) {
	t.Parallel()
	s, err := New(Rooms{})
	if err != nil {
		t.Fatal(err)
	}
	some := functionsOf(chaptersOf(s, &Rooms{}, &options{}))
	delete(some, "Restock")
	if _, err := kit.Methods(s.services, some); err == nil {
		t.Error("a method without a function was accepted")
	}
	more := functionsOf(chaptersOf(s, &Rooms{}, &options{}))
	more["Steal"] = more["Restock"]
	if _, err := kit.Methods(s.services, more); err == nil {
		t.Error("a function without a method was accepted")
	}
	if _, known := (&kit.Method{}).Need(); known {
		t.Error("a method without a rule needs no scope")
	}
}

// FuzzID: whatever passes is text that can be seen.
func FuzzID(f *testing.F) {
	for _, seed := range []string{"p", "a b", "\u200b", "..", "a/b", "\xff", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		if kit.BadID(id, 64, false) != "" {
			return
		}
		if len(id) < 1 || len(id) > 64 || kit.IsBadText(id) || strings.Contains(id, "/") || id == "." || id == ".." || !strings.ContainsFunc(id, stock.Visible) {
			t.Fatalf("%q passed", id)
		}
	})
}

func TestASealedLocationIsToBeTriedAgain(t *testing.T) {
	t.Parallel()
	p := kit.ProblemOf(fmt.Errorf("write: %w", ledger.ErrSealed))
	if p.Code != kit.CodeUnavailable || p.RetryAfter == 0 || !strings.Contains(p.Detail, "sealed while its items are moved") {
		t.Errorf("it is answered with %+v", p)
	}
}
