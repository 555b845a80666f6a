package view

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func (all slots) reservations(now func() stock.Time) *Reservations {
	return NewReservations(all.engines(), now)
}

// heldBy lists the reservations of the query in the books of the slots, in the order of a
// page, with NULs between the fields that it is ordered by.
func (all slots) heldBy(q ReservationQuery, now stock.Time) []string {
	var found []Reservation
	for _, s := range all {
		for key, holds := range s.holds {
			for _, h := range holds {
				for _, l := range h.Lines {
					if l := l.At(now); key.Tenant == q.Tenant && q.selects(key.Order, &l) && !s.hidden[h.Key.Bucket] {
						found = append(found, Reservation{key.Order, l})
					}
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b Reservation) int { return strings.Compare(sortable(&a), sortable(&b)) })
	return linesTold(found)
}

func sortable(r *Reservation) string {
	deadline := fmt.Sprintf("%020d", r.Deadline)
	if r.Deadline == 0 {
		deadline = "never"
	}
	return strings.Join([]string{deadline, r.Order, r.Item.Product, r.Item.Location, r.Item.Lot}, "\x00")
}

func linesTold(all []Reservation) (out []string) {
	for i := range all {
		r := &all[i]
		out = append(out, fmt.Sprintf("%s %d %d %s", strings.ReplaceAll(sortable(r), "\x00", " "), r.Quantity(), r.Requested, r.State()))
	}
	return out
}

// reservationsOf reads the list page by page.
func reservationsOf(t *rapid.T, r *Reservations, q ReservationQuery) (out []string) {
	for {
		page, err := r.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, linesTold(page.Items)...)
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return out
		}
		if len(page.Items) != q.PageSize {
			t.Fatalf("a page of %d has %d and is not the last", q.PageSize, len(page.Items))
		}
	}
}

func TestReservationsAreWhatTheBooksHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := newSlots(t, rapid.IntRange(1, 3).Draw(rt, "slots"), inMemory)
		defer all.close()
		var now stock.Time
		r := all.reservations(func() stock.Time { return now })
		for range rapid.IntRange(1, 6).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 12).Draw(rt, "commands") {
				location := someLocation.Draw(rt, "at")
				all.of(location).do(someCommandOn(rt, func(rt *rapid.T) stock.ItemKey { return item(location, someProduct.Draw(rt, "product")) }))
			}
			now = all[0].now + stock.Time(rapid.IntRange(0, 40*60_000).Draw(rt, "later"))
			q := ReservationQuery{
				Tenant: tenant, PageSize: rapid.IntRange(1, 4).Draw(rt, "page size"),
				State:       rapid.SampledFrom([]string{stock.StateActive, stock.StateActive, stock.StateConfirmed, stock.StateCancelled, stock.StateExpired}).Draw(rt, "state"),
				Product:     rapid.SampledFrom([]string{"", "", "tea"}).Draw(rt, "product"),
				Location:    rapid.SampledFrom([]string{"", "", "b"}).Draw(rt, "location"),
				OrderPrefix: rapid.SampledFrom([]string{"", "", "o", "o3", "p"}).Draw(rt, "prefix"),
			}
			if rapid.Bool().Draw(rt, "with bounds") {
				q.ExpiresBefore, q.CreatedBefore = now+10*60_000, now-1000
			}
			if diff := cmp.Diff(all.heldBy(q, now), reservationsOf(rt, r, q)); diff != "" {
				rt.Fatalf("%+v (-books +list):\n%s", q, diff)
			}
		}
	})
}

// Whatever steps buckets take between two pages, each line is listed once.
func TestReservationsOfWhatMovesAreWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := newSlots(t, 2, inMemory)
		defer all.close()
		for n := range 6 {
			k := item(string(rune('a'+n%2)), "tea")
			all[n%2].do(stock.Restock{Item: k, Bucket: bucket(k), Qty: 3, Open: &stock.Opening{}}, reserve(fmt.Sprint("o", n), 2, k))
		}
		now := all[0].now
		r := all.reservations(func() stock.Time { return now })
		q := ReservationQuery{Tenant: tenant, State: stock.StateActive, PageSize: rapid.IntRange(1, 7).Draw(rt, "page size")}
		want := all.heldBy(q, now)
		from := 0
		for range rapid.IntRange(1, 3).Draw(rt, "moves") {
			c := all.carriage("a", from, 1-from)
			from = 1 - from
			for _, step := range c.steps() {
				step()
				if rapid.Bool().Draw(rt, "look") {
					if diff := cmp.Diff(want, reservationsOf(rt, r, q)); diff != "" {
						rt.Fatalf("(-books +list):\n%s", diff)
					}
				}
			}
		}
	})
}

func TestATokenOfReservationsIsForItsQuery(t *testing.T) {
	t.Parallel()
	all := newSlots(t, 1, inMemory)
	k := item("a", "tea")
	all[0].do(open(k, 9), reserve("o1", 1, k), reserve("o2", 1, k))
	r := all.reservations(func() stock.Time { return all[0].now })
	page, err := r.Page(t.Context(), ReservationQuery{Tenant: tenant, PageSize: 1})
	if err != nil || page.NextPageToken == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, q := range []ReservationQuery{
		{Tenant: "other", PageToken: page.NextPageToken},
		{Tenant: tenant, Product: "tea", PageToken: page.NextPageToken},
		{Tenant: tenant, State: stock.StateExpired, PageToken: page.NextPageToken},
		{Tenant: tenant, PageToken: page.NextPageToken[1:]},
		{Tenant: tenant, PageToken: page.NextPageToken + "AAAA"},
	} {
		if _, err := r.Page(t.Context(), q); !errors.Is(err, ErrPageToken) {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if _, err := r.Page(t.Context(), ReservationQuery{Tenant: tenant, PageSize: MaxPageSize + 1}); !errors.Is(err, ErrPageSize) {
		t.Error(err)
	}
}

// Books that were restored have other lines than those that were read before.
func TestReservationsOfRestoredBooks(t *testing.T) {
	t.Parallel()
	k := item("a", "tea")
	before, after := newScript(t, memory.New()), newScript(t, memory.New())
	before.do(open(k, 9))
	before.do(reserve("o1", 1, k))
	after.do(open(k, 9))
	after.do(reserve("other", 1, k))
	r := slots{before}.reservations(func() stock.Time { return before.now })
	for _, s := range []*script{before, after} {
		r.slots[0].engine = s.eng
		page, err := r.Page(t.Context(), ReservationQuery{Tenant: tenant})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff((slots{s}).heldBy(ReservationQuery{Tenant: tenant, State: stock.StateActive}, s.now), linesTold(page.Items)); diff != "" {
			t.Error(diff)
		}
	}
}

// Nothing is kept of the lines when nobody has asked for a while.
func TestOpenLinesAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := item("a", "tea")
		all := newSlots(t, 1, inMemory)
		all[0].do(open(k, 9), reserve("o1", 1, k))
		r := all.reservations(func() stock.Time { return all[0].now })
		ask := func() int {
			page, err := r.Page(t.Context(), ReservationQuery{Tenant: tenant})
			if err != nil {
				t.Fatal(err)
			}
			return len(page.Items)
		}
		keeps := func() bool {
			synctest.Wait()
			r.slots[0].turn <- struct{}{}
			defer r.slots[0].endTurn()
			return r.slots[0].lines != nil
		}
		if ask() != 1 || !keeps() {
			t.Error("not listed, or not kept")
		}
		<-time.After(2 * openLinesIdle)
		if keeps() {
			t.Error("kept for ever")
		}
		if ask() != 1 {
			t.Error("not listed again")
		}
	})
}

// stalledReader holds a caller that reads the rows of holds until it is released, and
// counts the callers that ask for the head.
type stalledReader struct {
	holdReader
	goOn  chan struct{}
	asked *atomic.Int64
}

func (s stalledReader) Head(ctx context.Context) (engine.Seq, error) {
	s.asked.Add(1)
	return s.holdReader.Head(ctx)
}

func (s stalledReader) ScanHolds(ctx context.Context, scan engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	<-s.goOn
	return s.holdReader.ScanHolds(ctx, scan, fn)
}

// A caller that waits while another call reads the store waits no longer than its own
// context lasts.
func TestACallThatEndsDoesNotWaitForOpenLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := item("a", "tea")
		all := newSlots(t, 1, inMemory)
		all[0].do(open(k, 9), reserve("o1", 1, k))
		stalled := stalledReader{all[0].eng, make(chan struct{}), &atomic.Int64{}}
		lines := newOpenLines(0, stalled)
		ask := func(ctx context.Context) <-chan error {
			answer := make(chan error, 1)
			go func() {
				count := 0
				_, err := lines.forEachLine(ctx, func(stock.HoldKey, *stock.Line) { count++ })
				if err == nil && count != 1 {
					err = fmt.Errorf("%d lines are listed", count)
				}
				answer <- err
			}()
			synctest.Wait()
			return answer
		}
		ctx, end := context.WithCancel(t.Context())
		first, second := ask(t.Context()), ask(ctx)
		end()
		synctest.Wait()
		select {
		case err := <-second:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the call that was cut off: %v", err)
			}
		default:
			t.Error("the call that was cut off waits for the other one")
		}
		close(stalled.goOn)
		if err := <-first; err != nil {
			t.Error(err)
		}
		asked := stalled.asked.Load()
		for range 50 {
			if err := <-ask(ctx); !errors.Is(err, context.Canceled) || stalled.asked.Load() != asked {
				t.Fatalf("a call that was cut off before asks the store: %v", err)
			}
		}
	})
}
