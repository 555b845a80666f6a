package relay

import (
	"context"
	"iter"
	"strings"

	"holdfast.dev/holdfast/client"
)

// event is the content of a message: a change of stock or, if change is set, one of the
// catalog. Then Position, After and At are the change's.
type event struct {
	client.Event
	change *client.CatalogChange
}

// keyOf is the key whose events stay in order: the product at the location, or the
// document. It is the subject of the event.
func keyOf(e *event) string {
	if c := e.change; c != nil {
		return c.Kind + "/" + c.ID
	}
	return e.LocationID + "/" + e.ProductID
}

// typeOf is the public type of the event.
func typeOf(e *event) string {
	c := e.change
	switch {
	case c == nil:
		return "dev.holdfast.stock." + e.Type + ".v1"
	case c.Deleted:
		return "dev.holdfast.catalog." + c.Kind + ".deleted.v1"
	}
	return "dev.holdfast.catalog." + c.Kind + ".changed.v1"
}

// dataOf is the event in the form of the API.
func dataOf(e *event) []byte {
	if e.change != nil {
		return e.change.AppendJSON(make([]byte, 0, 128))
	}
	return e.AppendJSON(make([]byte, 0, 512))
}

// newParked is the event in the form in which the books keep it while it is parked.
func newParked(key string, e *entry, cause string, waiting int64) client.NewParked {
	p := client.NewParked{Key: key, Position: e.before, Tries: e.tries, Cause: cause, Waiting: waiting, Change: e.event.change}
	if p.Change == nil {
		p.Event = e.event.Event
	}
	return p
}

// TypesOfCatalog begins the types of a filter that wants changes of the catalog.
const TypesOfCatalog = "catalog"

// watch selects a part of the log: of the stock or, if changes is set, of the catalog.
type watch struct {
	stock   client.Watch
	changes *client.WatchCatalog
}

// watchOf is the watch that leaves out as much as a watch can. passes leaves out the
// rest.
func watchOf(f *client.SinkFilter, after string) watch {
	if len(f.Types) > 0 && strings.HasPrefix(f.Types[0], TypesOfCatalog) {
		w := watch{changes: &client.WatchCatalog{After: after, Idle: true}}
		for _, name := range f.Types {
			kind, one := strings.CutPrefix(name, TypesOfCatalog+".")
			if !one { // all of them
				w.changes.Kinds = nil
				break
			}
			w.changes.Kinds = append(w.changes.Kinds, kind)
		}
		return w
	}
	only := func(list []string) string {
		if len(list) == 1 {
			return list[0]
		}
		return ""
	}
	return watch{stock: client.Watch{
		Types: f.Types, ProductID: only(f.ProductIDs), LocationID: only(f.LocationIDs), ChannelID: only(f.ChannelIDs), After: after, Idle: true,
	}}
}

// narrow narrows the watch to the key.
func (w *watch) narrow(key string) {
	first, second := splitKey(key)
	if w.changes != nil {
		w.changes.Kinds, w.changes.ID = []string{first}, second
		return
	}
	w.stock.LocationID, w.stock.ProductID = first, second
}

// moveTo moves the watch to a position.
func (w *watch) moveTo(position string) {
	if w.changes != nil {
		w.changes.After = position
	}
	w.stock.After = position
}

// events yields the events of the watch until ctx ends. An error is its last yield.
func (w *watch) events(ctx context.Context, books Books) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		if w.changes == nil {
			for e, err := range books.Watch(ctx, w.stock) {
				if !yield(event{Event: e}, err) {
					return
				}
			}
			return
		}
		for c, err := range books.WatchCatalog(ctx, *w.changes) {
			e := event{Event: client.Event{Position: c.Position, After: c.After, At: c.At}}
			if c.Position != "" {
				e.change = &c
			}
			if !yield(e, err) {
				return
			}
		}
	}
}
