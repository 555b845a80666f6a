package docs

import (
	"strings"
	"unicode/utf8"
)

// excerptPart is a part of an excerpt.
type excerptPart struct {
	Text string
	Hit  bool
}

// excerptLength is the approximate number of bytes shown of a passage.
const excerptLength = 280

// excerpt is the part of the text that has most of what was asked, cut at blanks, with the hits marked.
func excerpt(text string, wishes []wish) []excerptPart {
	hits := hitsIn(text, wishes)
	from := 0
	if len(hits) > 0 {
		from = max(0, bestStart(hits)-excerptLength/6)
	}
	if i := strings.IndexByte(text[from:], ' '); from > 0 && i >= 0 && i < excerptLength/6 {
		from += i + 1
	}
	from = runeStart(text, from)
	to := runeStart(text, min(len(text), from+excerptLength))
	if i := strings.LastIndexByte(text[from:to], ' '); to < len(text) && i > excerptLength/2 {
		to = from + i
	}
	var pieces []excerptPart
	if from > 0 {
		pieces = append(pieces, excerptPart{Text: "… "})
	}
	for _, h := range hits {
		if h.from < from || h.to > to {
			continue
		}
		if from < h.from {
			pieces = append(pieces, excerptPart{Text: text[from:h.from]})
		}
		pieces = append(pieces, excerptPart{Text: text[h.from:h.to], Hit: true})
		from = h.to
	}
	if from < to {
		pieces = append(pieces, excerptPart{Text: text[from:to]})
	}
	if to < len(text) {
		pieces = append(pieces, excerptPart{Text: " …"})
	}
	return pieces
}

// hit is a place in a text that has a wanted term.
type hit struct {
	from, to int
	wish     int
	weight   float64
}

func hitsIn(text string, wishes []wish) []hit {
	of := map[string]hit{}
	for i, w := range wishes {
		for _, c := range w {
			if c.weight > of[c.term].weight {
				of[c.term] = hit{wish: i, weight: c.weight}
			}
		}
	}
	var hits []hit
	for _, t := range tokens(text) {
		h, ok := of[t.term]
		if !ok {
			continue
		}
		h.from, h.to = t.from, t.to
		if n := len(hits); n > 0 && h.from < hits[n-1].to { // pairs of characters overlap, parts are in their compound
			hits[n-1].to = max(hits[n-1].to, h.to)
			continue
		}
		hits = append(hits, h)
	}
	return hits
}

// bestStart is where the excerpt with the most different wishes begins.
func bestStart(hits []hit) int {
	best, most := 0, -1.0
	for i := range hits {
		seen, sum := map[int]float64{}, 0.0
		for _, h := range hits[i:] {
			if h.to > hits[i].from+excerptLength*5/6 {
				break
			}
			if h.weight > seen[h.wish] {
				sum += h.weight - seen[h.wish]
				seen[h.wish] = h.weight
			}
		}
		if sum > most {
			best, most = hits[i].from, sum
		}
	}
	return best
}

// runeStart is i, or the nearest place before it where a character begins.
func runeStart(text string, i int) int {
	for i < len(text) && i > 0 && !utf8.RuneStart(text[i]) {
		i--
	}
	return i
}
