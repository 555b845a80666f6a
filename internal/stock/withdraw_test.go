package stock

import (
	"slices"
	"testing"
)

func TestWithdraw(t *testing.T) {
	t.Parallel()
	gone := slices.Clip(and(held(), Confirm{Target: line("o", "A")}))
	runCases(t, []ruleCase{
		{
			name:  "what has left is held again",
			given: gone,
			when:  Withdraw{Target: line("o", "A")},
			want:  []string{"A v5: 5 ext/customer>held, 3 available, 5 held, 8 on hand", "A: 5 of 5 held, active until 1800 s"},
		},
		{
			name:  "a release afterwards gives it back to where it was drawn",
			given: and(gone, Withdraw{Target: whole("o")}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"A v6: 2 held>pool/shared, 3 held>quota/web, 8 available, 0 held, 8 on hand", "A: 0 of 5 held, 5 released, cancelled"},
		},
		{
			name:  "a part comes back under a key, the last that left first",
			given: and(gone, Withdraw{Target: line("o", "A").n(3).keyed()}),
			when:  Release{Target: line("o", "A")},
			want:  []string{"A v6: 2 held>pool/shared, 1 held>quota/web, 6 available, 0 held, 6 on hand", "A: 0 of 5 held, 2 deducted, 3 released, confirmed"},
		},
		{
			name:  "a part without a key is refused",
			given: gone,
			when:  Withdraw{Target: line("o", "A").n(4)},
			want:  []string{"refused INVALID_ARGUMENT quantity"},
		},
		{
			name:  "more than has left is refused",
			given: gone,
			when:  Withdraw{Target: line("o", "A").n(6).keyed()},
			want:  []string{"refused INVALID_STATE confirmed"},
		},
		{
			name:  "all that has left may be named without a key",
			given: and(held(), Confirm{Target: line("o", "A").n(2).keyed()}),
			when:  Withdraw{Target: line("o", "A").n(2)},
			want:  []string{"A v5: 2 ext/customer>held, 3 available, 5 held, 8 on hand", "A: 5 of 5 held, active until 1800 s"},
		},
		{
			name:  "a repeat changes nothing",
			given: and(gone, Withdraw{Target: whole("o")}),
			when:  Withdraw{Target: whole("o")},
			want:  []string{"A: 5 of 5 held, active until 1800 s (as it was)"},
		},
		{
			name:  "and then a deduct of as many as the first is not taken for that one",
			given: and(gone, Withdraw{Target: whole("o")}, Release{Target: whole("o")}),
			when:  Confirm{Target: line("o", "A").n(5).keyed()},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
		{
			name:  "of an order of which nothing has left or is held nothing comes back",
			given: and(held(), Release{Target: whole("o")}),
			when:  Withdraw{Target: whole("o")},
			want:  []string{"refused INVALID_STATE cancelled"},
		},
	})
}

func TestWhatComesBackJoinsWhatIsStillHeld(t *testing.T) {
	t.Parallel()
	s := newShelf()
	for _, cmd := range []Command{open("A", 9), place("o", want("A", 3)), Confirm{Target: line("o", "A").n(1).keyed()}, Withdraw{Target: line("o", "A").n(1).keyed()}} {
		if _, err := s.do(cmd, start); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	if is, want := s.Order(OrderKey{"t", "o"})[0].Lines[0].Drawn, []Balance{{Shared, 3}}; !slices.Equal(is, want) {
		t.Errorf("drawn %v, want %v", is, want)
	}
}

func TestWhatComesBackKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given []Command
		ttl   Time
		want  Time
	}{
		{"that of a new reservation", nil, 0, start + 5*minute + newTTL},
		{"its own, when that is later", []Command{Extend{Target: whole("o"), TTL: 60 * minute}}, 0, start + 60*minute},
		{"none, when it was committed", []Command{Commit{Target: whole("o")}}, 0, 0},
		{"the one that is asked for", []Command{Commit{Target: whole("o")}}, minute, start + 6*minute},
	} {
		b := newShelf()
		for _, cmd := range and(held(), c.given...) {
			if _, err := b.do(cmd, start); err != nil {
				t.Fatal(c.name, err)
			}
		}
		if _, err := b.do(Confirm{Target: whole("o")}, start); err != nil {
			t.Fatal(c.name, err)
		}
		e, err := b.do(Withdraw{Target: whole("o"), TTL: c.ttl}, start+5*minute)
		if err != nil || e.Lines[0].Line.Deadline != c.want {
			t.Errorf("%s: %+v, %v", c.name, e, err)
		}
	}
}

func TestWhatHasExpiredInPartStaysOut(t *testing.T) {
	t.Parallel()
	for _, swept := range []bool{false, true} {
		b := newShelf()
		for _, cmd := range and(held(), Confirm{Target: line("o", "A").n(2).keyed()}) {
			if _, err := b.do(cmd, start); err != nil {
				t.Fatal(err)
			}
		}
		later := start + 2*newTTL
		if swept {
			if _, err := b.do(expire("o"), later); err != nil {
				t.Fatal(err)
			}
		}
		_, err := b.do(Withdraw{Target: whole("o")}, later)
		if r, is := err.(*Refusal); !is || r.Code != Expired { //nolint:errorlint // Decide returns it itself
			t.Errorf("swept %t: %v", swept, err)
		}
	}
}

// A home takes units back that are in another slot, and counts them; its leg follows that
// count: a message that comes twice, or late, changes nothing more.
func TestALegTakesBackWhatItsHomeHas(t *testing.T) {
	t.Parallel()
	home, away := newShelf(), newShelf()
	for _, b := range []*shelf{home, away} {
		for _, cmd := range held() {
			if _, err := b.do(cmd, start); err != nil {
				t.Fatal(err)
			}
		}
	}
	copied, leg := &home.holds[OrderKey{"t", "o"}][0].Lines[0], &away.holds[OrderKey{"t", "o"}][0].Lines[0]
	copied.Leg, leg.Leg = &Leg{Copy: true}, &Leg{}
	copied.Tallied = false
	tell := func(c Line) {
		t.Helper()
		for _, what := range []Op{OpWithdraw, OpConfirm, OpRelease} {
			if _, err := away.do(Settle{
				Order: OrderKey{"t", "o"}, Item: c.Item, What: what, Confirmed: c.Confirmed, Released: c.Released, Withdrawn: c.Withdrawn, Deadline: c.Deadline,
			}, start); err != nil {
				t.Fatal(err)
			}
		}
	}
	var told []Line
	for _, cmd := range []Command{
		Confirm{Target: line("o", "A").n(4).keyed()},
		Withdraw{Target: line("o", "A").n(3).keyed()},
		Confirm{Target: whole("o")},
		Withdraw{Target: whole("o")},
		Release{Target: line("o", "A").n(2).keyed()},
		Confirm{Target: whole("o")},
		Withdraw{Target: line("o", "A").n(1).keyed()},
	} {
		if _, err := home.do(cmd, start); err != nil {
			t.Fatalf("%s: %v", cmd.Op(), err)
		}
		copied = &home.holds[OrderKey{"t", "o"}][0].Lines[0]
		told = append(told, *copied)
		if len(told) == 2 {
			continue // it is lost
		}
		for range 2 {
			tell(*copied)
		}
		for _, late := range told {
			tell(late)
		}
		leg = &away.holds[OrderKey{"t", "o"}][0].Lines[0]
		if leg.Confirmed != copied.Confirmed || leg.Released != copied.Released || leg.Withdrawn != copied.Withdrawn || leg.Quantity() != copied.Quantity() || leg.End != copied.End {
			t.Fatalf("after %s the leg is %+v, its home %+v", cmd.Op(), *leg, *copied)
		}
	}
}
