package world

import (
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// The history of one item is judged by what clients saw, and by nothing else.
func TestAHistoryIsJudgedByWhatClientsSaw(t *testing.T) {
	t.Parallel()
	k := itemKey{"p", "l"}
	opens := func(n int64) (*deed, *told) {
		return &deed{cmd: &command{verb: "create", item: k, qty: n, version: -1}, at: 1},
			&told{item: &inventory{Available: n, OnHand: n, OnSale: true, Version: 1}}
	}
	check := func(n, at int64) (*deed, *told) {
		return &deed{cmd: &command{verb: "check", item: k}, at: at}, &told{free: &n}
	}
	reserve := func(order string, n int64) (*deed, *told) {
		return &deed{cmd: &command{verb: "reserve", order: order, ttl: 1, lines: []demand{{k, n}}}, at: 10, most: 10},
			&told{line: &reservation{Product: "p", Location: "l", Requested: n, Quantity: n, State: active, Expires: time.UnixMilli(1010)}}
	}
	short := func(order string, n, has int64) (*deed, *told) {
		d, _ := reserve(order, n)
		return d, &told{code: "INSUFFICIENT_STOCK", short: &shortage{"p", "l", n, has, ""}}
	}
	unheard := func(d *deed, _ *told) (*deed, *told) { return d, nil }
	type op struct {
		begun, ended int64
		in           *deed
		out          *told
	}
	do := func(begun, ended int64) func(*deed, *told) op {
		return func(d *deed, t *told) op { return op{begun, ended, d, t} }
	}
	const never = 1 << 40
	for _, tc := range []struct {
		name string
		ops  []op
		ok   bool
	}{
		{"a reserve is seen by the check after it", []op{do(1, 2)(opens(3)), do(3, 4)(reserve("o", 2)), do(5, 6)(check(1, 20))}, true},
		{"a check after it that does not see it is stale", []op{do(1, 2)(opens(3)), do(3, 4)(reserve("o", 2)), do(5, 6)(check(3, 20))}, false},
		{"a check beside it may see it or not", []op{do(1, 2)(opens(3)), do(3, 6)(reserve("o", 2)), do(4, 5)(check(3, 20)), do(4, 5)(check(1, 20))}, true},
		{"the last unit goes to one", []op{do(1, 2)(opens(1)), do(3, 6)(reserve("a", 1)), do(3, 6)(reserve("b", 1))}, false},
		{"the other comes short", []op{do(1, 2)(opens(1)), do(3, 6)(reserve("a", 1)), do(3, 6)(short("b", 1, 0))}, true},
		{"a refusal after a restart that nobody explains", []op{do(1, 2)(opens(1)), do(3, 4)(short("b", 1, 0))}, false},
		{"one whose outcome nobody heard explains it", []op{do(1, 2)(opens(1)), do(3, never)(unheard(reserve("a", 1))), do(5, 6)(short("b", 1, 0))}, true},
		{"a hold past its deadline counts as free", []op{do(1, 2)(opens(1)), do(3, 4)(reserve("a", 1)), do(5, 6)(check(1, 1010))}, true},
		{"one before it does not", []op{do(1, 2)(opens(1)), do(3, 4)(reserve("a", 1)), do(5, 6)(check(1, 1009))}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var ops []porcupine.Operation
			for i, o := range tc.ops {
				ops = append(ops, porcupine.Operation{ClientId: i, Input: o.in, Call: o.begun, Output: o.out, Return: o.ended})
			}
			if ok := porcupine.CheckOperations(model(k), ops); ok != tc.ok {
				t.Errorf("linearizable: %t, want %t", ok, tc.ok)
			}
		})
	}
}
