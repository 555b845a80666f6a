package imports

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/nearest"
	"holdfast.dev/holdfast/internal/server/kit"
)

// maxMapped is how many headings a call may map: as many as a file has.
const maxMapped = 100

// parameters reads the query of a call about files.
type parameters struct {
	values url.Values
	f      kit.Form
}

// readParameters refuses unknown and repeated parameters. Only map may be repeated.
func readParameters(r *http.Request, known ...string) (*parameters, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, kit.Invalid("", "the query cannot be read")
	}
	p := &parameters{values: values}
	for name, list := range values {
		switch {
		case !slices.Contains(known, name):
			p.f.Refuse(name, "is no parameter of this path"+nearest.Hint(name, known)+"; the known ones are "+strings.Join(known, ", "))
		case len(list) > 1 && name != "map":
			p.f.Refuse(name, "is there twice")
		}
	}
	return p, p.f.Err()
}

// pick returns one of the allowed words. When none is given and none is required, it
// returns the first of them.
func pick[T ~string](p *parameters, name string, required bool, allowed ...T) T {
	given := p.values.Get(name)
	words := make([]string, len(allowed))
	for i, a := range allowed {
		if words[i] = string(a); given == words[i] {
			return a
		}
	}
	if given != "" || required {
		p.f.Refuse(name, kit.MustBe(given, slices.DeleteFunc(words, func(w string) bool { return w == "" })))
	}
	return allowed[0]
}

// mapping are the columns that headings of the file stand for: each map=HEADING=COLUMN.
func (p *parameters) mapping() map[string]string {
	all := map[string]string{}
	for _, text := range p.values["map"] {
		at := strings.LastIndex(text, "=")
		if at < 1 || at == len(text)-1 || len(all) == maxMapped {
			p.f.Refuse("map", "must be up to "+strconv.Itoa(maxMapped)+" of HEADING=COLUMN, such as SKU=product_id")
			return nil
		}
		all[strings.TrimSpace(text[:at])] = strings.TrimSpace(text[at+1:])
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// moment is a time in RFC 3339; 0 for none.
func (p *parameters) moment(name string) (t time.Time) {
	text := p.values.Get(name)
	if text == "" {
		return t
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		p.f.Refuse(name, "must be a time such as 2026-01-31T12:00:00Z")
	}
	return t
}
