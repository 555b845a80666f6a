package nearest_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/nearest"
)

func TestTo(t *testing.T) {
	t.Parallel()
	known := []string{"quantity", "product_id", "location_id", "to", "public-rate", "export", "import"}
	for _, c := range []struct{ name, word, want string }{
		{"a letter is missing", "quantiy", "quantity"},
		{"two letters are swapped", "exprot", "export"},
		{"a letter too many", "prodduct_id", "product_id"},
		{"written as elsewhere", "productId", "product_id"},
		{"as in the environment", "PUBLIC_RATE", "public-rate"},
		{"of two that are as near the first", "xport", "export"},
		{"one of two letters may be wrong", "tq", "to"},
		{"too far off", "colour", ""},
		{"nothing", "", ""},
		{"no name is that long", strings.Repeat("quantity", 9), ""},
		{"not ASCII", "quantitý", "quantity"},
	} {
		if got := nearest.To(c.word, known); got != c.want {
			t.Errorf("%s: %q is nearest to %q, want %q", c.name, c.word, got, c.want)
		}
	}
	if got := nearest.Hint("quantiy", known); got != ` (did you mean "quantity"?)` {
		t.Errorf("the hint is %q", got)
	}
	if got := nearest.Hint("colour", known); got != "" {
		t.Errorf("the hint is %q", got)
	}
}
