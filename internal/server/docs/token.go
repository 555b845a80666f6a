package docs

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a word of a text in the form in which it is searched, and where it is in the text, in bytes.
type token struct {
	term     string
	from, to int
	part     bool // of a compound such as insufficient_stock, which is a token itself
}

// tokens cuts a text into words. A word is letters and digits, in its stem. A compound with an underscore or an
// inner capital is found whole and by its parts. Chinese has no blanks: each pair of neighbouring characters is a
// token, and a character that stands alone.
func tokens(text string) []token {
	var all []token
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case isIdeograph(r):
			end := at + runLength(text[at:], isIdeograph)
			all = appendPairs(all, text, at, end)
			at = end
		case isLetter(r):
			end := at + runLength(text[at:], isLetter)
			all = appendWord(all, text, at, end)
			at = end
		default:
			at += size
		}
	}
	return all
}

func isIdeograph(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func isLetter(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') && !isIdeograph(r)
}

func runLength(text string, is func(rune) bool) int {
	for i, r := range text {
		if !is(r) {
			return i
		}
	}
	return len(text)
}

func appendPairs(all []token, text string, from, to int) []token {
	_, size := utf8.DecodeRuneInString(text[from:to])
	if from+size == to {
		return append(all, token{term: text[from:to], from: from, to: to})
	}
	for second := from + size; second < to; {
		_, next := utf8.DecodeRuneInString(text[second:to])
		all = append(all, token{term: text[from : second+next], from: from, to: second + next})
		from, second = second, second+next
	}
	return all
}

func appendWord(all []token, text string, from, to int) []token {
	whole := text[from:to]
	var parts []token
	begin, before := from, ' '
	cut := func(end int) {
		if begin < end {
			parts = append(parts, token{term: stem(strings.ToLower(text[begin:end])), from: begin, to: end, part: true})
		}
	}
	for i, r := range whole {
		switch {
		case r == '_':
			cut(from + i)
			begin = from + i + 1
		case unicode.IsUpper(r) && unicode.IsLower(before):
			cut(from + i)
			begin = from + i
		}
		before = r
	}
	if begin == from {
		return append(all, token{term: stem(strings.ToLower(whole)), from: from, to: to})
	}
	cut(to)
	return append(append(all, token{term: strings.ToLower(whole), from: from, to: to}), parts...)
}

// irregular are forms that have another stem than their verb.
var irregular = map[string]string{
	"bought": "buy", "died": "die", "held": "hold", "lost": "lose", "paid": "pay", "sent": "send", "sold": "sell",
	"chosen": "choose", "dies": "die", "kept": "keep", "taken": "take", "written": "write",
}

// stem takes the usual endings from an English word in lower case, so that reserve, reserved, reserving and
// reservations are one term. Words that are not longer than three letters, or have a digit, stay.
func stem(word string) string {
	if verb := irregular[word]; verb != "" {
		word = verb
	}
	if len(word) <= 3 || strings.ContainsAny(word, "0123456789_") {
		return word
	}
	word = singular(word)
	for _, ending := range []string{"ing", "ed", "ion", "ment", "ly"} {
		rest, ok := strings.CutSuffix(word, ending)
		if !ok || len(rest) < 3 || !strings.ContainsAny(rest, "aeiouy") {
			continue
		}
		if n := len(rest); rest[n-1] == rest[n-2] && !strings.ContainsRune("lsz", rune(rest[n-1])) {
			rest = rest[:n-1] // shipped, ship
		}
		word = rest
		break
	}
	if len(word) > 3 {
		word = strings.TrimSuffix(word, "e")
	}
	if rest, ok := strings.CutSuffix(word, "at"); ok && len(rest) >= 4 {
		word = rest // reservation, allocate
	}
	return word
}

func singular(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "sses"), strings.HasSuffix(word, "xes"), strings.HasSuffix(word, "ches"), strings.HasSuffix(word, "shes"):
		return word[:len(word)-2]
	case strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") && !strings.HasSuffix(word, "us") && !strings.HasSuffix(word, "is"):
		return word[:len(word)-1]
	}
	return word
}
