package items

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
	"holdfast.dev/holdfast/internal/server/kit"
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
	chapter *List
	c       *kit.Call
	from    *kit.Source
	text    string
	folded  string
	limit   int
	places  []catalog.Place
	found   []*holdfastv1.Suggestion
}

func (s *List) suggest(ctx context.Context, c *kit.Call, r *holdfastv1.SuggestRequest) (*holdfastv1.SuggestResponse, error) {
	var f kit.Form
	if kit.CheckSought(&f, "q", r.GetQ()); strings.TrimSpace(r.GetQ()) == "" {
		f.Refuse("q", "must be given")
	}
	a := &suggesting{chapter: s, c: c, text: strings.TrimSpace(r.GetQ()), limit: usualSuggestions}
	a.folded = search.Fold(a.text)
	if r.Limit != nil {
		f.RequireRange("limit", int64(r.GetLimit()), 1, maxSuggestions)
		a.limit = int(r.GetLimit())
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	var err error
	if a.from, err = s.Core.Source(ctx, c, ""); err != nil {
		return nil, err
	}
	if a.places, err = s.Core.Directory.Places(ctx, c.Tenant); err != nil {
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

// product looks for the product with the id. A product without items is only shown to a
// caller without bounds.
func (a *suggesting) product(ctx context.Context) error {
	if kit.BadID(a.text, kit.MaxProduct, false) != "" || !a.chapter.may(a.c, "GetProduct") {
		return nil
	}
	known, err := a.chapter.Core.Directory.KnownAll(ctx, []catalog.Ref{{Tenant: a.c.Tenant, Product: a.text}})
	if err != nil || !known[0].Product {
		return err
	}
	if a.c.Bounds != nil {
		levels, _, err := a.from.Product(ctx, engine.ProductKey{Tenant: a.c.Tenant, Product: a.text})
		if err != nil || !slices.ContainsFunc(levels, func(l ledger.Level) bool { return l.Item != nil }) {
			return err
		}
	}
	a.add(kindProduct, a.text, "")
	return nil
}

func (a *suggesting) location(context.Context) error {
	if at := catalog.FindPlace(a.places, a.text); at != nil && a.c.Bounds.Location(at.ID) {
		a.add(kindLocation, at.ID, at.Name)
	}
	return nil
}

func (a *suggesting) order(ctx context.Context) error {
	if kit.BadID(a.text, kit.MaxOrder, false) != "" || !a.chapter.may(a.c, "GetOrder") {
		return nil
	}
	holds, _, err := a.from.Order(ctx, a.c.Order(a.text))
	if err == nil && len(a.c.KeepInside(holds)) > 0 {
		a.add(kindOrder, a.text, "")
	}
	return err
}

func (a *suggesting) transfer(ctx context.Context) error {
	if a.chapter.transfers == nil || kit.BadID(a.text, kit.MaxTransfer, false) != "" || !a.chapter.may(a.c, "GetTransfer") {
		return nil
	}
	t, err := a.chapter.transfers.Transfer(ctx, a.c.Tenant, a.text)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil
	case err == nil && (a.c.Bounds.Location(t.From) || a.c.Bounds.Location(t.To)):
		a.add(kindTransfer, t.ID, t.State)
	}
	return err
}

func (a *suggesting) aCase(ctx context.Context) error {
	if a.chapter.Core.Cases == nil || kit.BadID(a.text, kit.MaxCase, false) != "" || !a.chapter.may(a.c, "GetCase") {
		return nil
	}
	k, err := a.chapter.Core.Cases.Get(ctx, a.c.Tenant, a.text)
	switch {
	case errors.Is(err, catalog.ErrUnknown):
		return nil
	case err == nil && a.c.Bounds.Location(k.Location):
		a.add(kindCase, k.ID, k.Kind)
	}
	return err
}

func (a *suggesting) entry(ctx context.Context) error {
	if !a.chapter.may(a.c, "ListAllLogs") {
		return nil
	}
	e, err := a.chapter.Core.Journal.Entry(ctx, a.c.Tenant, a.text, a.c.Bounds)
	if err == nil && e != nil {
		a.add(kindEntry, e.ID, e.Operation.String())
	}
	return err
}

// parts looks for names that contain the text: products, then locations and channels.
func (a *suggesting) parts(ctx context.Context) error {
	var of itemlist.Suggestions
	if a.chapter.items != nil && len(a.found) < a.limit && a.chapter.may(a.c, "ListItems") {
		var err error
		of, err = a.chapter.items.Suggest(ctx, a.c.Tenant, a.text, a.c.Bounds, a.limit)
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
		if a.c.Bounds.Location(p.ID) && (strings.Contains(search.Fold(p.ID), a.folded) || strings.Contains(search.Fold(p.Name), a.folded)) {
			a.add(kindLocation, p.ID, p.Name)
		}
		channels = append(channels, p.Channels...)
	}
	slices.Sort(channels)
	for _, id := range channels {
		if a.c.Bounds.Channel(id) && strings.Contains(search.Fold(id), a.folded) {
			a.add(kindChannel, id, "")
		}
	}
	return nil
}
