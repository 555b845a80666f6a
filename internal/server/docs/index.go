package docs

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// index finds the passages that answer a question. It ranks with BM25: a passage counts more for each word of the
// question that it has, most for rare words, and for words of its headings.
type index struct {
	passages []passage
	postings map[string][]posting
	sorted   []string // the terms, for those that begin alike
	synonyms *synonyms
}

// posting says how much a passage has of a term.
type posting struct {
	passage int
	amount  float64 // its number in the text, more when it is in a heading
}

// Weights of the ranking.
const (
	saturation    = 1.2 // k1 of BM25
	usualLength   = 400 // tokens; a longer passage has each word somewhere
	inHeading     = 4.0
	inTitle       = 3.0
	bySynonym     = 0.6
	byBeginning   = 0.5
	byOneLetter   = 0.4
	ofCompound    = 0.3 // a part of a name that was written in full
	ofPair        = 0.5 // two words that follow each other in a heading too
	ofItsPage     = 0.4 // what the other passages of its page add to a passage
	mostWords     = 32  // of a query
	mostBeginning = 20  // terms that begin with a word of the query
	shortestStart = 3   // bytes of a word whose continuations count
	shortestTypo  = 5   // bytes of a word in which one letter may be wrong
)

func newIndex(passages []passage, s *synonyms) *index {
	x := &index{passages: passages, postings: map[string][]posting{}, synonyms: s}
	for i, p := range passages {
		text := tokens(p.Text)
		amount := map[string]float64{}
		for _, t := range text {
			amount[t.term]++
		}
		for term := range amount {
			amount[term] /= 1 + float64(len(text))/usualLength
		}
		add := func(heading string, n float64) {
			words := tokens(heading)
			for _, t := range words {
				amount[t.term] += n
			}
			for _, pair := range pairs(words) {
				amount[pair] += n
			}
		}
		add(p.Heading, inHeading)
		if p.Page != p.Heading {
			add(p.Page, inTitle)
		}
		for term, n := range amount {
			x.postings[term] = append(x.postings[term], posting{passage: i, amount: n})
		}
	}
	for term := range x.postings {
		if strings.Contains(term, " ") {
			continue
		}
		x.sorted = append(x.sorted, term)
	}
	slices.Sort(x.sorted)
	return x
}

// pairs are each two words that follow each other, unless both say nothing.
func pairs(words []token) []string {
	var all []string
	before := ""
	for _, t := range words {
		if t.part {
			continue
		}
		if before != "" && (!stopWords[before] || !stopWords[t.term]) {
			all = append(all, before+" "+t.term)
		}
		before = t.term
	}
	return all
}

// wish is one thing that a question is about: a word, or terms that may stand for it. A passage counts for the best
// of them only.
type wish []choice

// choice is a term of a wish, and what it counts.
type choice struct {
	term   string
	weight float64
}

// wishes are what a query asks for: its words, how they may continue, our words for them, and for a word that no page
// has those that differ in one letter.
func (x *index) wishes(query string) []wish {
	query = stopReplacer.Replace(query)
	words := tokens(query)
	words = words[:min(len(words), mostWords)]
	var all []wish
	at := map[string]int{}
	for _, t := range asked(words) {
		if _, twice := at[t.term]; !twice {
			at[t.term] = len(all)
			all = append(all, x.wish(t))
		}
	}
	for _, m := range x.synonyms.of(words) {
		i, single := at[m.theirs]
		if !single {
			i = len(all)
			all = append(all, nil)
		}
		for _, ours := range m.ours {
			for _, term := range ours {
				all[i] = append(all[i], choice{term, bySynonym / math.Sqrt(float64(len(ours)))})
			}
		}
	}
	for _, pair := range pairs(words) {
		all = append(all, wish{{pair, ofPair}})
	}
	return all
}

func (x *index) wish(t token) wish {
	share := 1.0
	if t.part || utf8.RuneCountInString(t.term) == 1 {
		share = ofCompound // a single character is in many words
	}
	w := wish{{t.term, share}}
	for _, longer := range x.beginningWith(t.term) {
		w = append(w, choice{longer, share * byBeginning})
	}
	if len(w) == 1 && x.postings[t.term] == nil {
		for _, near := range x.near(t.term) {
			w = append(w, choice{near, share * byOneLetter})
		}
	}
	return w
}

// beginningWith lists terms that are longer than the word and begin with it.
func (x *index) beginningWith(word string) []string {
	if len(word) < shortestStart {
		return nil
	}
	from, exact := slices.BinarySearch(x.sorted, word)
	if exact {
		from++
	}
	to := from
	for to < len(x.sorted) && to-from < mostBeginning && strings.HasPrefix(x.sorted[to], word) {
		to++
	}
	return x.sorted[from:to]
}

// near lists terms that differ from the word in one letter: another, one more or one less.
func (x *index) near(word string) []string {
	if len(word) < shortestTypo {
		return nil
	}
	var found []string
	for _, term := range x.sorted {
		if len(term) >= len(word)-1 && len(term) <= len(word)+1 && differInOne(term, word) {
			found = append(found, term)
		}
	}
	return found
}

func differInOne(a, b string) bool {
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	a, b = a[same:], b[same:]
	switch {
	case len(a) == 0 || len(b) == 0:
		return len(a)+len(b) == 1
	case len(a) > 1 && len(b) > 1 && len(a) == len(b) && a[0] == b[1] && a[1] == b[0]:
		return a[2:] == b[2:] // two letters have changed places
	}
	return a[1:] == b[1:] || a[1:] == b || a == b[1:]
}

// rated is a passage and how well it answers.
type rated struct {
	passage int
	score   float64
}

// rate lists the passages that have anything of what is wished, best first. A passage counts more when other passages of its page
// have what it lacks.
func (x *index) rate(wishes []wish, chinese bool) []rated {
	scores, pages := map[int]float64{}, map[string]float64{}
	for _, w := range wishes {
		ofPage := map[string]float64{}
		for passage, score := range x.granted(w) {
			scores[passage] += score
			page := x.passages[passage].page()
			ofPage[page] = max(ofPage[page], score)
		}
		for page, score := range ofPage {
			pages[page] += score
		}
	}
	all := make([]rated, 0, len(scores))
	for i, score := range scores {
		p := &x.passages[i]
		all = append(all, rated{i, p.worth(chinese) * (score + ofItsPage*pages[p.page()])})
	}
	slices.SortFunc(all, func(a, b rated) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.passage, b.passage))
	})
	return all
}

// granted rates the passages by the best term that each has of a wish.
func (x *index) granted(w wish) map[int]float64 {
	best := map[int]float64{}
	rarest := math.Inf(1)
	for i, c := range w {
		list := x.postings[c.term]
		if len(list) == 0 {
			continue
		}
		n, of := float64(len(x.passages)), float64(len(list))
		rarity := math.Log(1 + (n-of+0.5)/(of+0.5))
		if i == 0 {
			rarest = rarity
		}
		rarity = min(rarity, rarest) // a rare continuation says no more than the word itself
		for _, p := range list {
			best[p.passage] = max(best[p.passage], c.weight*rarity*p.amount*(saturation+1)/(p.amount+saturation))
		}
	}
	return best
}
