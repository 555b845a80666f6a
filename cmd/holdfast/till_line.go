package main

import (
	"context"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server"
)

// lineTimeout is the longest time of a call to the centre.
const lineTimeout = 5 * time.Second

// openTill makes the till whose state is in the file, and the counter where it sells.
func (h *house) openTill(ctx context.Context, file string, books outpost.Ledger) (*outpost.Counter, error) {
	s, err := outpost.ReadState(file)
	if err != nil {
		return nil, err
	}
	centre, err := client.New(s.Centre, client.WithKey(s.Key), client.WithTimeout(lineTimeout))
	if err != nil {
		return nil, err
	}
	h.onClose(centre.Close)
	line := outpost.NewLine(centre, s.Till, s.Location, s.Epoch)
	if h.till, err = outpost.NewTill(ctx, books, h.engines[0], h.directory, h.directory.Details, line, file, h.log); err != nil {
		return nil, err
	}
	return outpost.NewCounter(books, h.till), nil
}

// runTill keeps the connection of the till until ctx ends.
func (h *house) runTill(ctx context.Context) error {
	if _, err := h.directory.CreateTenant(ctx, catalog.DefaultTenant); err != nil {
		return err
	}
	place := catalog.DefaultPlace(catalog.DefaultTenant, h.till.Status().Location)
	if _, err := h.directory.SetPlaces(ctx, catalog.DefaultTenant, []catalog.Place{place}); err != nil {
		return err
	}
	return h.till.Run(ctx)
}

// atTill is the till for the pages of its store.
type atTill struct{ *outpost.Till }

var _ server.Store = atTill{}

// StoreStatus returns the state of the till.
func (t atTill) StoreStatus(ctx context.Context) (server.StoreStatus, error) {
	s := t.Status()
	records, err := t.Records(ctx)
	return server.StoreStatus{
		Till: s.Till, Location: s.Location, Connected: s.Connected, Records: records, AtCentre: s.Seq, Stale: s.Stale, Refused: s.Refused != "",
		ClockOffset: s.Offset, Skewed: outpost.Skewed(time.Duration(s.Offset) * time.Millisecond),
	}, err
}
