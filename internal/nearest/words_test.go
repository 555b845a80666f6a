package nearest_test

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/nearest"
)

func TestOurs(t *testing.T) {
	t.Parallel()
	known := []string{"available_stock", "product_id", "page_size", "page_token", "reserved_stock"}
	for _, c := range []struct{ name, word, want string }{
		{"a field of another service", "initial_stock", "available_stock"},
		{"written in another way", "initialStock", "available_stock"},
		{"in Chinese", "初始库存", "available_stock"},
		{"a header", "operator", "the header X-Holdfast-Operator"},
		{"our word is not known at this place", "warehouse_id", ""},
		{"our word is not a field", "outbox", ""},
		{"a word that the table lacks", "colour", ""},
		{"nothing", "", ""},
		{"no word is that long", strings.Repeat("stock", 30), ""},
	} {
		if got := nearest.Ours(c.word, known); got != c.want {
			t.Errorf("%s: %q is %q here, want %q", c.name, c.word, got, c.want)
		}
	}
}

func TestTheTableOfWordsIsWellFormed(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, w := range nearest.Words() {
		if w.Theirs == "" || w.Ours == "" || w.Where == "" || w.Lang != "en" && w.Lang != "zh" {
			t.Errorf("%+v lacks something", w)
		}
		if w.Note != "" && !strings.HasSuffix(w.Note, ".") && !strings.HasSuffix(w.Note, "。") {
			t.Errorf("%s: the note is no sentence: %q", w.Theirs, w.Note)
		}
		if seen[w.Theirs] {
			t.Errorf("%s is there twice", w.Theirs)
		}
		seen[w.Theirs] = true
		if got := nearest.Ours(w.Theirs, []string{w.Ours}); !strings.HasSuffix(got, w.Ours) {
			t.Errorf("%s is %q here, the table says %q: a row before it has the same letters", w.Theirs, got, w.Ours)
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d words: the table is not read right", len(seen))
	}
}
