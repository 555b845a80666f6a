package alert

import "regexp"

// token is a word, a number or a sign of a condition; an empty text is its end.
type token struct {
	kind tokenKind
	text string
	at   int // its first byte
}

type tokenKind int

const (
	sign tokenKind = iota
	word
	numeral
)

// forms are what tokens look like, longer ones first.
var forms = []struct {
	kind tokenKind
	form *regexp.Regexp
}{
	{numeral, regexp.MustCompile(`^(?:[0-9][0-9_]*)?\.?[0-9][0-9_]*(?:[eE][+-]?[0-9]+)?`)},
	{word, regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)},
	{sign, regexp.MustCompile(`^(?:\*\*|<=|>=|==|!=|&&|\|\||[-+*/^<>!?:()])`)},
}

var blank = regexp.MustCompile(`^\s+`)

// scan cuts a condition into tokens. The last one is its end, or, when all is false, the
// place where it can be read no further.
func scan(text string) (tokens []token, all bool) {
	for at := 0; ; {
		at += len(blank.FindString(text[at:]))
		if at == len(text) {
			return append(tokens, token{at: at}), true
		}
		found := token{at: at}
		for _, f := range forms {
			if found.text = f.form.FindString(text[at:]); found.text != "" {
				found.kind = f.kind
				break
			}
		}
		if found.text == "" {
			return append(tokens, token{at: at}), false
		}
		tokens = append(tokens, found)
		at += len(found.text)
	}
}
