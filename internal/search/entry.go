package search

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// The terms of an index. Each begins with what it is, and has its text last, which alone
// may have a slash.
const (
	termAny       = "d"  // a product that has details
	termWord      = "w/" // a word of it
	termTitle     = "t/" // a word of its title
	termSeller    = "s/"
	termAttribute = "a/" // name/value
	termTag       = "g/"
	termKept      = "l/" // location
	// The next are location/channel, location "": anywhere, channel "": none is named.
	termInStock = "i/"
	termNamed   = "n/" // the channel is listed by name, and not in stock
	termUnnamed = "o/" // location: in stock for channels that are not listed by name
)

// maxWords is how many different words of a product count: those of its title first, then
// its tags, its attributes, its id, and its text.
const maxWords = 1000

// figures are the figures that are shown of the stock of a product.
type figures struct {
	Available int64 `json:"available"`
	// At is what is available at each location that keeps it, by location.
	At []figure `json:"at,omitempty"`
}

type figure struct {
	Location  string `json:"l"`
	Available int64  `json:"a"`
}

// termSet gathers terms.
type termSet map[string]struct{}

func (s termSet) add(parts ...string) { s[strings.Join(parts, "")] = struct{}{} }

// entryOf is the entry that an index should have for a product.
func entryOf(of *catalog.SearchSubject, offers map[string][]offer) (catalog.SearchEntry, error) {
	if of.Gone {
		return catalog.SearchEntry{}, nil
	}
	terms := termSet{}
	terms.add(termAny)
	terms.addDetails(&of.Details)
	body, err := json.Marshal(terms.addStock(offers))
	if err != nil {
		return catalog.SearchEntry{}, fmt.Errorf("pack the stock of product %q: %w", of.Product, err)
	}
	return catalog.SearchEntry{Terms: slices.Sorted(maps.Keys(terms)), Body: body}, nil
}

func (s termSet) addDetails(d *catalog.Details) {
	if d.Seller != "" {
		s.add(termSeller, d.Seller)
	}
	texts := append([]string{d.Title}, d.Tags...)
	for _, tag := range d.Tags {
		s.add(termTag, tag)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Attributes)) {
		s.add(termAttribute, name, "/", d.Attributes[name])
		texts = append(texts, d.Attributes[name])
	}
	for word := range words(d.Title) {
		s.add(termTitle, word)
	}
	seen := map[string]struct{}{}
	for _, text := range append(texts, d.Product, d.Text) {
		for word := range words(text) {
			if _, has := seen[word]; !has && len(seen) == maxWords {
				return
			}
			seen[word] = struct{}{}
			s.add(termWord, word)
		}
	}
}

func (s termSet) addStock(offers map[string][]offer) (f figures) {
	var all []offer
	for _, location := range slices.Sorted(maps.Keys(offers)) {
		here := offers[location]
		s.add(termKept, location)
		s.addOffers(location, here)
		n := int64(0)
		for i := range here {
			n += int64(here[i].item.Figures().Available)
		}
		f.Available += n
		f.At = append(f.At, figure{location, n})
		all = append(all, here...)
	}
	s.addOffers("", all)
	return f
}

// addOffers adds for which channels one of the offers sells.
func (s termSet) addOffers(location string, offers []offer) {
	sells := func(channel string) bool {
		return slices.ContainsFunc(offers, func(o offer) bool { return o.sells(channel) })
	}
	if sells("") {
		s.add(termInStock, location, "/")
	}
	if sells(unnamed) {
		s.add(termUnnamed, location)
	}
	for i := range offers {
		for _, channel := range offers[i].channels() {
			if sells(channel) {
				s.add(termInStock, location, "/", channel)
			} else {
				s.add(termNamed, location, "/", channel)
			}
		}
	}
}

// inStock reports whether an entry says that a product is in stock at a location, "":
// anywhere, for a channel, "": none is named.
func inStock(e *catalog.SearchEntry, location, channel string) bool {
	has := func(term string) bool {
		_, found := slices.BinarySearch(e.Terms, term)
		return found
	}
	return has(termInStock+location+"/"+channel) ||
		channel != "" && has(termUnnamed+location) && !has(termNamed+location+"/"+channel)
}
