package stock

import "testing"

func TestEachLineHasWhatItsRuleSaysInTheReason(t *testing.T) {
	t.Parallel()
	line := func(product string) *Line {
		return &Line{Item: ItemKey{Tenant: "acme", Location: "shop", Product: product}, Channel: "flash"}
	}
	says := func(product string) string {
		return (&Rule{Channel: "flash", MaxOrder: 3}).permits(line(product).Item, 4, 0).Detail
	}
	for _, reason := range []string{"", "by hand"} {
		e := &Event{Note: Note{Reason: noteAgainst(reason, []string{says("cup"), says("tea")})}}
		for _, product := range []string{"cup", "tea"} {
			if got, want := AgainstRule(e, line(product)), says(product); got != want {
				t.Errorf("%s in %q: %q, want %q", product, e.Note.Reason, got, want)
			}
		}
		if got := AgainstRule(e, line("pot")); got != "" {
			t.Errorf("a line that no rule forbids in %q: %q", e.Note.Reason, got)
		}
	}
	if got := noteAgainst("by hand", nil); got != "by hand" {
		t.Errorf("without a rule: %q", got)
	}
}
