package search

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxWord is how many bytes of a word count.
const maxWord = 64

// Text in Chinese, Japanese, Korean, Thai and similar languages has no spaces between
// words. There each pair of adjacent characters is a word, and the last character of a
// run is a word by itself. So every character begins a word.
var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// Fold returns the text in the form in which it is compared: without case, width and
// accents of Latin, Greek and Cyrillic letters.
func Fold(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return strings.ToLower(text)
	}
	decomposed := norm.NFKD.String(cases.Fold().String(text))
	plain := make([]rune, 0, len(decomposed))
	for _, r := range decomposed {
		switch {
		case r >= 0x300 && r <= 0x36f: // an accent
		case unicode.Is(unicode.Cf, r): // says in which direction to write, or the like
		default:
			plain = append(plain, r)
		}
	}
	return norm.NFC.String(string(plain))
}

// characterRun is adjacent characters, either from a script with spaces between words or from one
// without.
type characterRun struct {
	text     string
	unspaced bool
}

// runs returns the runs of letters and digits of folded text.
func runs(text string) iter.Seq[characterRun] {
	return func(yield func(characterRun) bool) {
		begin, is := -1, false
		for i, r := range text {
			inside := unicode.IsLetter(r) || unicode.IsNumber(r) || begin >= 0 && unicode.Is(unicode.M, r)
			dense := inside && (unicode.In(r, unspaced...) || is && unicode.Is(unicode.M, r) || r == 'ー')
			if begin >= 0 && (!inside || dense != is) {
				if !yield(characterRun{text[begin:i], is}) {
					return
				}
				begin = -1
			}
			if inside && begin < 0 {
				begin, is = i, dense
			}
			if !inside {
				is = false
			}
		}
		if begin >= 0 {
			yield(characterRun{text[begin:], is})
		}
	}
}

// words returns the words of a text that products are found by.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for r := range runs(Fold(text)) {
			if !r.unspaced {
				if !yield(cut(r.text)) {
					return
				}
				continue
			}
			for rest := r.text; rest != ""; {
				_, one := utf8.DecodeRuneInString(rest)
				_, two := utf8.DecodeRuneInString(rest[one:])
				if !yield(rest[:one+two]) {
					return
				}
				rest = rest[one:]
			}
		}
	}
}

// sought is a word of a query.
type sought struct {
	word string
	// begins says that words which begin so are meant too.
	begins bool
}

// leastPrefix is how many bytes a word must have of which the beginning is enough: of
// Latin letters two, of other scripts one.
const leastPrefix = 2

// query returns the words that a product must have, each once.
func query(text string) (all []sought) {
	seen := map[string]bool{}
	add := func(s sought) {
		if !seen[s.word] {
			seen[s.word] = true
			all = append(all, s)
		}
	}
	var parts []characterRun
	for r := range runs(Fold(text)) {
		parts = append(parts, r)
	}
	for i, r := range parts {
		switch {
		case !r.unspaced:
			add(sought{cut(r.text), i == len(parts)-1 && len(r.text) >= leastPrefix})
		case utf8.RuneCountInString(r.text) == 1:
			add(sought{r.text, true}) // alone, or before any other
		default:
			for rest := r.text; ; {
				_, one := utf8.DecodeRuneInString(rest)
				_, two := utf8.DecodeRuneInString(rest[one:])
				add(sought{rest[:one+two], false})
				if rest = rest[one:]; len(rest) == two {
					break
				}
			}
		}
	}
	return all
}

// cut is the first bytes of a word, whole characters.
func cut(word string) string {
	if len(word) <= maxWord {
		return word
	}
	n := maxWord
	for !utf8.RuneStart(word[n]) {
		n--
	}
	return word[:n]
}
