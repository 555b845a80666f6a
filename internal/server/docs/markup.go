package docs

import (
	"fmt"
	"html"
	"strings"
)

// HTML is text that a page may contain unescaped.
type HTML string

// Markup fills the places (%s) of a form in their order. A value that is not HTML is a text: it is escaped, for
// content and for attributes in double quotes.
//
// The templates of the standard library call methods by their names. Because of that the linker keeps every method
// of every type: 6 MB of this program.
func Markup(form HTML, values ...any) HTML {
	for i, v := range values {
		if _, ok := v.(HTML); !ok {
			values[i] = HTML(html.EscapeString(fmt.Sprint(v)))
		}
	}
	return HTML(fmt.Sprintf(string(form), values...))
}

// builder puts a page together.
type builder struct{ b strings.Builder }

func (b *builder) add(form HTML, values ...any) { b.b.WriteString(string(Markup(form, values...))) }

func (b *builder) html() HTML { return HTML(b.b.String()) }
