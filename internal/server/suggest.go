package server

import (
	"context"
	"errors"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/itemlist"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/search"
)

// The kinds of suggestions.
const (
	kindProduct  = "product"
	kindLocation = "location"
	kindChannel  = "channel"
	kindOrder    = "order"
	kindTransfer = "transfer"
	kindCase     = "case"
	kindEntry    = "entry"
)

const (
	maxSuggestions   = 50
	usualSuggestions = 10
)

// suggesting is a call that asks for the possible meanings of a text.
type suggesting struct {
	*itemChapter
	c      *call
	from   *readSource
	text   string
	folded string
	limit  int
	places []catalog.Place
	found  []*holdfastv1.Suggestion
}

func (s *itemChapter) suggest(ctx context.Context, c *call, r *holdfastv1.SuggestRequest) (*holdfastv1.SuggestResponse, error) {
	var f requestForm
	if checkSought(&f, "q", r.GetQ()); strings.TrimSpace(r.GetQ()) == "" {
		f.refuse("q", "must be given")
	}
	a := &suggesting{itemChapter: s, c: c, text: strings.TrimSpace(r.GetQ()), limit: usualSuggestions}
	a.folded = search.Fold(a.text)
	if r.Limit != nil {
		f.requireRange("limit", int64(r.GetLimit()), 1, maxSuggestions)
		a.limit = int(r.GetLimit())
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	var err error
	if a.from, err = s.source(ctx, c, ""); err != nil {
		return nil, err
	}
	if a.places, err = s.directory.Places(ctx, c.tenant); err != nil {
		return nil, err
	}
	for _, look := range []func(context.Context) error{a.product, a.location, a.order, a.transfer, a.aCase, a.entry, a.parts} {
		if err := look(ctx); err != nil {
			return nil, err
		}
	}
	return &holdfastv1.SuggestResponse{Suggestions: a.found}, nil
}

// add adds a suggestion, once and while there is room.
func (a *suggesting) add(kind, id, title string) {
	known := func(s *holdfastv1.Suggestion) bool { return s.GetKind() == kind && s.GetId() == id }
	if len(a.found) < a.limit && !slices.ContainsFunc(a.found, known) {
		a.found = append(a.found, &holdfastv1.Suggestion{Kind: kind, Id: id, Title: title})
	}
}

// may reports whether the caller may use a method at all.
func (a *suggesting) may(name string) bool {
	m := a.methods[name]
	need, _ := m.need()
	return a.c.scopes.Allow(need) && a.c.bind(m, nil) == nil
}

// product looks for the product with the id. A product without items is only shown to a
// caller without bounds.
func (a *suggesting) product(ctx context.Context) error {
	if badID(a.text, maxProduct, false) != "" || !a.may("GetProduct") {
		return nil
	}
	known, err := a.directory.KnownAll(ctx, []catalog.Ref{{Tenant: a.c.tenant, Product: a.text}})
	if err != nil || !known[0].Product {
		return err
	}
	if a.c.bounds != nil {
		levels, _, err := a.from.product(ctx, engine.ProductKey{Tenant: a.c.tenant, Product: a.text})
		if err != nil || !slices.ContainsFunc(levels, func(l ledger.Level) bool { return l.Item != nil }) {
			return err
		}
	}
	a.add(kindProduct, a.text, "")
	return nil
}

func (a *suggesting) location(context.Context) error {
	if at := catalog.FindPlace(a.places, a.text); at != nil && a.c.bounds.Location(at.ID) {
		a.add(kindLocation, at.ID, at.Name)
	}
	return nil
}

func (a *suggesting) order(ctx context.Context) error {
	if badID(a.text, maxOrder, false) != "" || !a.may("GetOrder") {
		return nil
	}
	holds, _, err := a.from.order(ctx, a.c.order(a.text))
	if err == nil && len(a.c.keepInside(holds)) > 0 {
		a.add(kindOrder, a.text, "")
	}
	return err
}

func (a *suggesting) transfer(ctx context.Context) error {
	if a.transfers == nil || badID(a.text, maxTransfer, false) != "" || !a.may("GetTransfer") {
		return nil
	}
	t, err := a.transfers.Transfer(ctx, a.c.tenant, a.text)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil
	case err == nil && (a.c.bounds.Location(t.From) || a.c.bounds.Location(t.To)):
		a.add(kindTransfer, t.ID, t.State)
	}
	return err
}

func (a *suggesting) aCase(ctx context.Context) error {
	if a.cases == nil || badID(a.text, maxCase, false) != "" || !a.may("GetCase") {
		return nil
	}
	k, err := a.cases.Get(ctx, a.c.tenant, a.text)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil
	case err == nil && a.c.bounds.Location(k.Location):
		a.add(kindCase, k.ID, k.Kind)
	}
	return err
}

func (a *suggesting) entry(ctx context.Context) error {
	if !a.may("ListAllLogs") {
		return nil
	}
	e, err := a.journal.Entry(ctx, a.c.tenant, a.text, a.c.bounds)
	if err == nil && e != nil {
		a.add(kindEntry, e.ID, e.Operation.String())
	}
	return err
}

// parts looks for names that contain the text: products, then locations and channels.
func (a *suggesting) parts(ctx context.Context) error {
	var of itemlist.Suggestions
	if a.items != nil && len(a.found) < a.limit && a.may("ListItems") {
		var err error
		of, err = a.items.Suggest(ctx, a.c.tenant, a.text, a.c.bounds, a.limit)
		if err != nil && !errors.Is(err, itemlist.ErrTooMany) {
			return itemError(err)
		}
	}
	for i := range of.Products {
		p := &of.Products[i]
		if p.Key.Product == a.text && len(a.found) > 0 && a.found[0].GetKind() == kindProduct {
			a.found[0].Title = p.Title
		}
		a.add(kindProduct, p.Key.Product, p.Title)
	}
	channels := slices.Clone(of.Channels)
	for i := range a.places {
		p := &a.places[i]
		if a.c.bounds.Location(p.ID) && (strings.Contains(search.Fold(p.ID), a.folded) || strings.Contains(search.Fold(p.Name), a.folded)) {
			a.add(kindLocation, p.ID, p.Name)
		}
		channels = append(channels, p.Channels...)
	}
	slices.Sort(channels)
	for _, id := range channels {
		if a.c.bounds.Channel(id) && strings.Contains(search.Fold(id), a.folded) {
			a.add(kindChannel, id, "")
		}
	}
	return nil
}
