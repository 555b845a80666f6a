package search

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// Query says which products are sought. Each product found meets all
// conditions.
type Query struct {
	Tenant string
	// Text is words that a product must have; of the last one the beginning is enough.
	Text   string
	Seller string
	// Location selects the products that are kept there. The stock shown is
	// that of this location alone.
	Location string
	// Channel is the one that stock is for, "": orders that name none.
	Channel string
	InStock *bool
	// Attributes are those that a product must have.
	Attributes map[string]string
	Tags       []string
	// Facets are attributes of which the values are counted, or FacetSeller.
	Facets []string
	// Size is how many products a page has, After the place where the page before it ended.
	Size  int
	After string
}

// FacetSeller counts sellers.
const FacetSeller = "seller_id"

const (
	// maxValues is how many values a facet has at most.
	maxValues = 50
	// maxShown is how many locations are shown of a product.
	maxShown = 20
)

// Result is a page of what was found.
type Result struct {
	Items  []Item
	Total  int
	Facets []Facet
	// Next is the place where the page ends, "": it is the last one.
	Next string
	// AsOf is up to when all changes are shown; zero: nobody knows.
	AsOf time.Time
}

// Item is a product that was found.
type Item struct {
	catalog.Details
	InStock   bool
	Available int64
	// At are locations where it is in stock.
	At []string
}

// Facet is the values of an attribute, the most frequent first.
type Facet struct {
	Name   string
	Values []Value
}

// Value is a value, and how many of the products that were found have it.
type Value struct {
	Value string
	Count int
}

// Search finds products.
func (x *Index) Search(ctx context.Context, q Query) (*Result, error) {
	at := x.shown.shownUntil()
	var found *Result
	err := x.store.View(ctx, q.Tenant, func(v *catalog.SearchView) (err error) {
		found = &Result{}
		if v != nil {
			found, err = q.run(v)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	found.AsOf = at
	return found, nil
}

// match is the products that fit, and those of them that have all words in their titles.
type match struct{ all, titled catalog.SearchSets }

func (q *Query) run(v *catalog.SearchView) (*Result, error) {
	m, err := q.match(v)
	if err != nil {
		return nil, err
	}
	out := &Result{}
	for _, set := range m.all {
		out.Total += set.Len()
	}
	for _, name := range q.Facets {
		facet, err := count(v, name, m.all)
		if err != nil {
			return nil, err
		}
		out.Facets = append(out.Facets, facet)
	}
	numbers, next := m.page(q.After, q.Size)
	out.Next = next
	out.Items, err = q.items(v, numbers)
	return out, err
}

// match finds what fits.
func (q *Query) match(v *catalog.SearchView) (match, error) {
	all, err := v.Term(termAny)
	if err != nil {
		return match{}, err
	}
	for _, term := range q.terms() {
		if len(all) == 0 {
			return match{}, nil
		}
		has, err := v.Term(term)
		if err != nil {
			return match{}, err
		}
		keep(all, has)
	}
	if q.InStock != nil && len(all) > 0 {
		has, err := q.stocked(v)
		if err != nil {
			return match{}, err
		}
		if *q.InStock {
			keep(all, has)
		} else {
			drop(all, has)
		}
	}
	return q.worded(v, all)
}

// terms are those that a product must have besides its words.
func (q *Query) terms() (all []string) {
	if q.Seller != "" {
		all = append(all, termSeller+q.Seller)
	}
	for _, name := range slices.Sorted(maps.Keys(q.Attributes)) {
		all = append(all, termAttribute+name+"/"+q.Attributes[name])
	}
	for _, tag := range q.Tags {
		all = append(all, termTag+tag)
	}
	if q.Location != "" {
		all = append(all, termKept+q.Location)
	}
	return all
}

// stocked finds what is in stock.
func (q *Query) stocked(v *catalog.SearchView) (catalog.SearchSets, error) {
	has, err := v.Term(termInStock + q.Location + "/" + q.Channel)
	if err != nil || q.Channel == "" {
		return has, err
	}
	rest, err := v.Term(termUnnamed + q.Location)
	if err != nil {
		return nil, err
	}
	named, err := v.Term(termNamed + q.Location + "/" + q.Channel)
	if err != nil {
		return nil, err
	}
	drop(rest, named)
	for block, set := range rest {
		if has[block] == nil {
			has[block] = &catalog.SearchSet{}
		}
		has[block].Or(set)
	}
	return has, nil
}

// worded keeps what has all words.
func (q *Query) worded(v *catalog.SearchView, all catalog.SearchSets) (match, error) {
	m := match{all: all}
	for i, s := range query(q.Text) {
		find := v.Term
		if s.begins {
			find = v.Prefix
		}
		has, err := find(termWord + s.word)
		if err != nil {
			return match{}, err
		}
		if keep(m.all, has); len(m.all) == 0 {
			return match{}, nil
		}
		titled, err := find(termTitle + s.word)
		if err != nil {
			return match{}, err
		}
		if i == 0 {
			m.titled = titled
		} else {
			keep(m.titled, titled)
		}
	}
	keep(m.titled, m.all)
	return m, nil
}

// keep keeps what is in both.
func keep(all, has catalog.SearchSets) {
	for block, set := range all {
		if has[block] == nil {
			delete(all, block)
			continue
		}
		if set.And(has[block]); set.Len() == 0 {
			delete(all, block)
		}
	}
}

// drop takes out what is in the other.
func drop(all, has catalog.SearchSets) {
	for block, set := range all {
		if has[block] == nil {
			continue
		}
		if set.Without(has[block]); set.Len() == 0 {
			delete(all, block)
		}
	}
}

// page returns the numbers of a page, those with all words in their titles first, and
// where it ends.
func (m match) page(after string, size int) (numbers []int64, next string) {
	tier, last := place(after)
	for ; tier < 2; tier, last = tier+1, -1 {
		of := m.titled
		if tier == 1 {
			of = m.all
		}
		for _, block := range slices.Sorted(maps.Keys(of)) {
			if (block+1)*catalog.SearchBlock <= last {
				continue
			}
			set := *of[block]
			if titled := m.titled[block]; tier == 1 && titled != nil {
				set.Without(titled)
			}
			for at := range set.All() {
				n := block*catalog.SearchBlock + int64(at)
				if n <= last {
					continue
				}
				if len(numbers) == size {
					return numbers, next
				}
				numbers = append(numbers, n)
				next = strconv.Itoa(tier) + "/" + strconv.FormatInt(n, 10)
			}
		}
	}
	return numbers, ""
}

// place reads where a page ended.
func place(after string) (tier int, last int64) {
	first, rest, ok := strings.Cut(after, "/")
	n, err := strconv.ParseInt(rest, 10, 64)
	if !ok || err != nil {
		return 0, -1
	}
	if first == "1" {
		tier = 1
	}
	return tier, n
}

// items are the products with the numbers, as the index has them. One whose details were
// taken away a moment ago is left out.
func (q *Query) items(v *catalog.SearchView, numbers []int64) ([]Item, error) {
	details, err := v.Details(numbers)
	if err != nil {
		return nil, err
	}
	entries, err := v.Entries(numbers)
	if err != nil {
		return nil, err
	}
	var items []Item
	for _, n := range numbers {
		d, ok := details[n]
		if !ok {
			continue
		}
		e := entries[n]
		var f figures
		if len(e.Body) > 0 {
			if err := json.Unmarshal(e.Body, &f); err != nil {
				return nil, fmt.Errorf("stock of product %q: %w", d.Product, err)
			}
		}
		it := Item{Details: d, InStock: inStock(&e, q.Location, q.Channel), Available: f.Available}
		if q.Location != "" {
			it.Available = 0
		}
		for _, at := range f.At {
			here := q.Location == at.Location
			if here {
				it.Available = at.Available
			}
			if (here || q.Location == "") && len(it.At) < maxShown && inStock(&e, at.Location, q.Channel) {
				it.At = append(it.At, at.Location)
			}
		}
		items = append(items, it)
	}
	return items, nil
}

// count counts the values of an attribute.
func count(v *catalog.SearchView, name string, of catalog.SearchSets) (Facet, error) {
	prefix := termAttribute + name + "/"
	if name == FacetSeller {
		prefix = termSeller
	}
	f := Facet{Name: name}
	var is Value
	take := func() {
		if is.Count == 0 {
			return
		}
		f.Values = append(f.Values, is)
		if len(f.Values) >= 2*maxValues {
			f.sort()
		}
	}
	err := v.EachTerm(prefix, func(term string, block int64, set *catalog.SearchSet) {
		if value := term[len(prefix):]; value != is.Value {
			take()
			is = Value{Value: value}
		}
		if of[block] != nil {
			is.Count += set.Shared(of[block])
		}
	})
	take()
	f.sort()
	return f, err
}

// sort keeps the most frequent values.
func (f *Facet) sort() {
	slices.SortFunc(f.Values, func(a, b Value) int { return cmp.Or(b.Count-a.Count, cmp.Compare(a.Value, b.Value)) })
	f.Values = f.Values[:min(len(f.Values), maxValues)]
}
