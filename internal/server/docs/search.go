package docs

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// Bounds of a search. They keep searches cheap, because anybody may search.
const (
	longestQuery = 200 // characters
	mostFound    = 20  // pages
	mostOthers   = 3   // more passages of a page
)

// finding is a page in the list of results: its best passage, and others.
type finding struct {
	passage
	excerpt []excerptPart
	others  []passage
}

// search answers GET /docs/search?q=question.
func (all *rendered) search(w http.ResponseWriter, r *http.Request) {
	query := strings.Join(strings.Fields(strings.ToValidUTF8(r.URL.Query().Get("q"), "")), " ")
	cut := utf8.RuneCountInString(query) > longestQuery
	if cut {
		query = string([]rune(query)[:longestQuery])
	}
	lang := language(r.URL.Path)
	all.show(w, frame{Title: wordsOfFrames[lang].Search, At: r.URL.Path, Query: query, Body: listed(query, cut, all.index.find(query), lang)})
}

// find lists the pages that answer a query, best first.
func (x *index) find(query string) []finding {
	wishes := x.wishes(query)
	var found []finding
	at := map[string]int{}
	for _, r := range x.rate(wishes, strings.ContainsFunc(query, isIdeograph)) {
		p := x.passages[r.passage]
		i, more := at[p.page()]
		switch {
		case more && len(found[i].others) < mostOthers:
			found[i].others = append(found[i].others, p)
		case !more && len(found) < mostFound:
			at[p.page()] = len(found)
			found = append(found, finding{passage: p, excerpt: excerpt(p.Text, wishes)})
		}
	}
	return found
}

// listed is the page of the results.
func listed(query string, cut bool, found []finding, lang string) HTML {
	words := wordsOfSearches[lang]
	var b builder
	b.add("<h1>%s</h1>\n", wordsOfFrames[lang].Search)
	say := func(sentence HTML, values ...any) { b.add("<p>%s</p>\n", Markup(sentence, values...)) }
	if cut {
		say(words.cut, longestQuery)
	}
	switch {
	case query == "":
		say(words.empty)
		say(words.whereElse)
	case len(found) == 0:
		say(words.none, query)
		say(words.whereElse)
	case len(found) == 1:
		say(words.one, query)
	case len(found) == mostFound:
		say(words.best, mostFound, query)
	default:
		say(words.many, len(found), query)
	}
	for _, f := range found {
		b.finding(f)
	}
	return b.html()
}

func (b *builder) finding(f finding) {
	b.add(`<section class="found">`+"\n"+`<h2><a href="%s">%s</a></h2>`+"\n"+`<p class="scope">%s</p>`+"\n<p>", f.At, f.Heading, f.Page)
	for _, p := range f.excerpt {
		if p.Hit {
			b.add("<mark>%s</mark>", p.Text)
			continue
		}
		b.add("%s", p.Text)
	}
	b.add("</p>\n")
	for i, o := range f.others {
		var before HTML = " · "
		if i == 0 {
			before = `<p class="scope">`
		}
		b.add(`%s<a href="%s">%s</a>`, before, o.At, o.Heading)
	}
	if len(f.others) > 0 {
		b.add("</p>\n")
	}
	b.add("</section>\n")
}
