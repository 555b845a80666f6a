package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func mustDetails(t *testing.T, c *Catalog, set ...Details) []Details {
	t.Helper()
	kept, err := c.Details.Set(t.Context(), "demo", set)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func TestDetailsAreSetChangedAndTakenAway(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mug := Details{Product: "mug", Title: "Blue mug", Attributes: map[string]string{"brand": "acme"}, Tags: []string{"kitchen"}}
		kept := mustDetails(t, c, mug, Details{Product: "cup", Title: "Cup"})
		if kept[0].Version != 1 || kept[0].Number != 1 || kept[1].Number != 2 || kept[0].Changed.IsZero() {
			t.Errorf("kept %+v", kept)
		}
		if _, err := c.Product(t.Context(), "demo", "mug"); err != nil {
			t.Errorf("the product did not become known: %v", err)
		}
		head := mustHead(t, c)
		if again := mustDetails(t, c, mug); again[0].Version != 1 {
			t.Errorf("the same again: %+v", again)
		}
		if now := mustHead(t, c); now != head {
			t.Errorf("the same again was written: the log went from %d to %d", head, now)
		}
		mug.Text = "round"
		if changed := mustDetails(t, c, mug, Details{Product: "pot", Title: "Pot"}); changed[0].Version != 2 || changed[0].Number != 1 || changed[1].Number != 3 {
			t.Errorf("changed %+v", changed)
		}
		for range 2 {
			if err := c.Details.Drop(t.Context(), "demo", "mug"); err != nil {
				t.Error(err)
			}
		}
		if of, err := c.Details.Of(t.Context(), "demo", []string{"pot", "mug", "lid", "cup"}); err != nil || len(of) != 2 || of[0].Title != "Cup" || of[1].Title != "Pot" {
			t.Errorf("of four products two have details: %+v, %v", of, err)
		}
		if d, err := c.Details.Get(t.Context(), "demo", "mug"); !errors.Is(err, ErrUnknown) {
			t.Errorf("taken away: %+v, %v", d, err)
		}
		if err := c.Details.Drop(t.Context(), "demo", "lid"); !errors.Is(err, ErrUnknown) {
			t.Errorf("what never was is dropped: %v", err)
		}
		if back := mustDetails(t, c, mug); back[0].Version != 4 || back[0].Number != 1 {
			t.Errorf("set again: %+v", back)
		}
		if all, err := c.Details.List(t.Context(), "demo", "cup", 10); err != nil || len(all) != 2 || all[0].Product != "mug" || all[1].Product != "pot" {
			t.Errorf("listed %+v, %v", all, err)
		}
		if _, err := c.Details.Set(t.Context(), "nobody", []Details{{Product: "mug", Title: "Mug"}}); !errors.Is(err, ErrUnknown) {
			t.Errorf("a tenant that is not there: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestHostileTextIsKeptByteForByteOrRefused(t *testing.T) {
	c, _ := opened(t, onSQLite)
	long := strings.Repeat("x", 64<<10)
	for _, tc := range []struct {
		name    string
		d       Details
		refused string // the field
	}{
		{"markup", Details{Title: `<script>alert("1")</script> & 'x'`}, ""},
		{"marks from right to left", Details{Title: "\u202eabc\u202c \u200fאבג"}, ""},
		{"lines and tabs in the text", Details{Title: "x", Text: "a\tb\r\nc\n\u2028d"}, ""},
		{"Chinese and emoji", Details{Title: "苹果手机 📱", Tags: []string{"手机", "👩‍👩‍👧"}, Attributes: map[string]string{"品牌": "苹果"}}, ""},
		{"a zero byte in the title", Details{Title: "a\x00b"}, "title"},
		{"a line break in the title", Details{Title: "a\nb"}, "title"},
		{"blanks alone", Details{Title: " \u3000 "}, "title"},
		{"no title", Details{}, "title"},
		{"64 KB of title", Details{Title: long}, "title"},
		{"bytes that are no UTF-8", Details{Title: "a\xff"}, "title"},
		{"a zero byte in the text", Details{Title: "x", Text: "a\x00b"}, "text"},
		{"64 KB of text", Details{Title: "x", Text: long}, "text"},
		{"a seller with a slash", Details{Title: "x", Seller: "a/b"}, "seller_id"},
		{"a name with a colon", Details{Title: "x", Attributes: map[string]string{"a:b": "c"}}, "attributes"},
		{"an empty value", Details{Title: "x", Attributes: map[string]string{"a": ""}}, "attributes[a]"},
		{"a long value", Details{Title: "x", Attributes: map[string]string{"a": long}}, "attributes[a]"},
		{"51 attributes", Details{Title: "x", Attributes: many(51)}, "attributes"},
		{"a tag twice", Details{Title: "x", Tags: []string{"a", "a"}}, "tags[1]"},
		{"an empty tag", Details{Title: "x", Tags: []string{""}}, "tags[0]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.d.Product = "p"
			kept, err := c.Details.Set(t.Context(), "demo", []Details{tc.d})
			var bad *InvalidError
			switch {
			case tc.refused == "" && err != nil:
				t.Fatal(err)
			case tc.refused != "" && (!errors.As(err, &bad) || bad.Field != tc.refused):
				t.Fatalf("got %+v, %v, want it refused for %s", kept, err, tc.refused)
			case tc.refused != "":
				return
			}
			if is, err := c.Details.Get(t.Context(), "demo", "p"); err != nil || !is.sameAs(&tc.d) {
				t.Errorf("kept as %+v, %v", is, err)
			}
		})
	}
}

func many(n int) map[string]string {
	all := map[string]string{}
	for i := range n {
		all[fmt.Sprint("a", i)] = "x"
	}
	return all
}
