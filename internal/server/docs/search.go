package docs

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

const searchPath = Root + "search"

// Bounds of a search. They keep searches cheap, because anybody may search: each reads all passages, about
// 1 MB.
const (
	longestQuery = 100 // characters
	mostWords    = 8
	mostFound    = 40
)

// finding is a passage in the list of results.
type finding struct {
	passage
	Excerpt []excerptPart
	score   int
}

// excerptPart is a part of an excerpt.
type excerptPart struct {
	Text string
	Hit  bool
}

// search answers GET /docs/search?q=words.
func (all *rendered) search(w http.ResponseWriter, r *http.Request) {
	query := strings.ToValidUTF8(strings.TrimSpace(r.URL.Query().Get("q")), "")
	if utf8.RuneCountInString(query) > longestQuery {
		query = string([]rune(query)[:longestQuery])
	}
	all.show(w, frame{Title: "Search", At: searchPath, Query: query, Body: listed(query, all.find(query))})
}

// listed is the page of the results.
func listed(query string, found []finding) HTML {
	var b builder
	b.add("<h1>Search</h1>\n")
	switch {
	case query == "":
		b.add("<p>Write words into the field beside: an endpoint, a field, a flag, a code of a problem. A passage is found when all words are in it.</p>\n")
	case len(found) == 0:
		b.add("<p>Nothing holds “%s”. Fewer or shorter words find more: all of them must stand under one heading.</p>\n", query)
	case len(found) == 1:
		b.add("<p>1 passage with “%s”.</p>\n", query)
	case len(found) > mostFound:
		found = found[:mostFound]
		b.add("<p>The best %s passages with “%s”.</p>\n", mostFound, query)
	default:
		b.add("<p>%s passages with “%s”.</p>\n", len(found), query)
	}
	for _, f := range found {
		b.add(`<section class="found">`+"\n"+`<h2><a href="%s">%s</a></h2>`+"\n"+`<p class="scope">%s</p>`+"\n<p>", f.At, f.Heading, f.Page)
		for _, p := range f.Excerpt {
			if p.Hit {
				b.add("<mark>%s</mark>", p.Text)
				continue
			}
			b.add("%s", p.Text)
		}
		b.add("</p>\n</section>\n")
	}
	return b.html()
}

// find lists the passages that contain all words of the query, best first, and decisions after the
// others.
func (all *rendered) find(query string) []finding {
	wanted := strings.Fields(strings.ToLower(query))
	wanted = wanted[:min(len(wanted), mostWords)]
	if len(wanted) == 0 {
		return nil
	}
	var found []finding
	for _, p := range all.passages {
		if score := p.score(wanted); score > 0 {
			found = append(found, finding{passage: p, score: score})
		}
	}
	slices.SortStableFunc(found, func(a, b finding) int {
		if a.decision != b.decision {
			if a.decision {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.score, a.score)
	})
	for i := range found[:min(len(found), mostFound)] {
		found[i].Excerpt = excerpt(found[i].Text, wanted)
	}
	return found
}

// score rates how well a passage answers: 0 when it lacks a word. A word in the heading counts more than any number
// of them below.
func (p *passage) score(wanted []string) int {
	heading, page := strings.ToLower(p.Heading), strings.ToLower(p.Page)
	score := 0
	for _, word := range wanted {
		n := strings.Count(p.lower, word)
		if n == 0 {
			return 0
		}
		score += min(n, 5)
		if strings.Contains(heading, word) {
			score += 20
		}
		if strings.Contains(page, word) {
			score += 5
		}
	}
	return score
}

// excerptLength is the approximate number of bytes shown of a passage.
const excerptLength = 240

// excerpt is the part of the text around the first hit, cut at blanks, with the hits
// marked.
func excerpt(text string, wanted []string) []excerptPart {
	lower := strings.ToLower(text)
	if len(lower) != len(text) {
		lower = text // a letter whose lower case has another length: hits are shown where they are spelt alike
	}
	first := len(text)
	for _, word := range wanted {
		if i := strings.Index(lower, word); i >= 0 {
			first = min(first, i)
		}
	}
	if first == len(text) {
		first = 0 // it is in the heading only
	}
	from := max(0, first-excerptLength/3)
	if i := strings.IndexByte(text[from:first], ' '); from > 0 && i >= 0 {
		from += i + 1
	}
	from = runeStart(text, from)
	to := runeStart(text, min(len(text), from+excerptLength))
	if i := strings.LastIndexByte(text[from:to], ' '); to < len(text) && i > 0 {
		to = from + i
	}
	var pieces []excerptPart
	if from > 0 {
		pieces = append(pieces, excerptPart{Text: "… "})
	}
	pieces = append(pieces, hits(text[from:to], lower[from:to], wanted)...)
	if to < len(text) {
		pieces = append(pieces, excerptPart{Text: " …"})
	}
	return pieces
}

// runeStart is i, or the nearest place before it where a character begins.
func runeStart(text string, i int) int {
	for i < len(text) && i > 0 && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}

// hits cuts the text into the searched words and the rest.
func hits(text, lower string, wanted []string) []excerptPart {
	var pieces []excerptPart
	for len(text) > 0 {
		at, length := len(text), 0
		for _, word := range wanted {
			if i := strings.Index(lower, word); i >= 0 && (i < at || i == at && len(word) > length) {
				at, length = i, len(word)
			}
		}
		if at > 0 {
			pieces = append(pieces, excerptPart{Text: text[:at]})
		}
		if length > 0 {
			pieces = append(pieces, excerptPart{Text: text[at : at+length], Hit: true})
		}
		text, lower = text[at+length:], lower[at+length:]
	}
	return pieces
}
