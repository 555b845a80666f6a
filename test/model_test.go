package test

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/anishathalye/porcupine"
)

// The model of one product: what is free, and what each open order holds. An
// operation's outcome must be explained by some order of all operations that
// respects when each began and ended.

type input struct {
	op    string // reserve, release, deduct, check
	order string
	qty   int64
}

type output struct {
	ok        bool
	code      string
	available int64 // of a check
}

// shelf is the state: free units, and the orders as sorted "order=quantity"
// entries; an order that has ended keeps "order=released" or "order=deducted".
type shelf struct {
	free   int64
	orders string
}

func (s shelf) find(order string) (string, bool) {
	for e := range strings.SplitSeq(s.orders, ";") {
		if k, v, _ := strings.Cut(e, "="); k == order && order != "" {
			return v, true
		}
	}
	return "", false
}

func (s shelf) with(order, value string, free int64) shelf {
	var entries []string
	for e := range strings.SplitSeq(s.orders, ";") {
		if k, _, _ := strings.Cut(e, "="); k != order && e != "" {
			entries = append(entries, e)
		}
	}
	entries = append(entries, order+"="+value)
	sort.Strings(entries)
	return shelf{free: free, orders: strings.Join(entries, ";")}
}

// step says whether out is a right answer to in at the state, and returns the state after it.
func step(s shelf, in input, out output) (bool, shelf) {
	value, known := s.find(in.order)
	var held int64
	active := known && value != "released" && value != "deducted"
	if active {
		fmt.Sscan(value, &held) //nolint:errcheck // written by with
	}
	switch in.op {
	case "check":
		return out.ok && out.available == s.free, s
	case "reserve":
		switch {
		case active:
			return out.ok && held == in.qty || out.code == "ALREADY_EXISTS" && held != in.qty, s
		case known:
			return out.code == "INVALID_STATE", s
		case s.free < in.qty:
			return out.code == "INSUFFICIENT_STOCK", s
		}
		return out.ok, s.with(in.order, fmt.Sprint(in.qty), s.free-in.qty)
	case "release":
		switch {
		case !known:
			return out.code == "NOT_FOUND", s
		case active:
			return out.ok, s.with(in.order, "released", s.free+held)
		case value == "released":
			return out.ok, s
		}
		return out.code == "INVALID_STATE", s
	case "deduct":
		switch {
		case !known:
			return out.code == "NOT_FOUND", s
		case active:
			return out.ok, s.with(in.order, "deducted", s.free)
		case value == "deducted":
			return out.ok, s
		}
		return out.code == "INVALID_STATE", s
	}
	return false, s
}

// shelfModel starts with that many free units.
func shelfModel(free int64) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return shelf{free: free} },
		Step: func(state, in, out any) (bool, any) {
			ok, next := step(state.(shelf), in.(input), out.(output))
			return ok, next
		},
		DescribeOperation: func(in, out any) string {
			i, o := in.(input), out.(output)
			return fmt.Sprintf("%s %s %d -> ok %v %s %d", i.op, i.order, i.qty, o.ok, o.code, o.available)
		},
	}
}

// tell lists operations in the order of their calls, with the seconds at which they began and ended.
func tell(ops []porcupine.Operation) string {
	ops = slices.SortedFunc(slices.Values(ops), func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	var text strings.Builder
	for _, o := range ops {
		fmt.Fprintf(&text, "%8.4f to %8.4f, caller %d: %s\n", float64(o.Call)/1e9, float64(o.Return)/1e9, o.ClientId, shelfModel(0).DescribeOperation(o.Input, o.Output))
	}
	return text.String()
}
