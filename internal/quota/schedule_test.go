package quota_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/catalog/catalogtest"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/stock"
)

const tenant = "t"

var (
	oil    = stock.ItemKey{Tenant: tenant, Location: "shop", Product: "oil"}
	bucket = stock.BucketOf(tenant, "shop")
)

type house struct {
	directory *catalog.Catalog
	books     *ledger.Ledger
}

// build opens books with 100 units of oil, 20 of them web's.
func build(t *testing.T, opts ...catalog.Option) house {
	t.Helper()
	ctx := t.Context()
	directory, err := catalog.Open(ctx, catalogtest.File(t), opts...)
	if err != nil {
		t.Fatal(err)
	}
	store := memory.New()
	books, err := ledger.Open(ctx, store)
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- books.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-done, directory.Close(), store.Close()); err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	if _, err := directory.CreateTenant(ctx, tenant); err != nil {
		t.Fatal(err)
	}
	if _, err := directory.Know(ctx, catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: "oil"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := directory.Know(ctx, catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Location: "shop"}, Spread: new(false)}); err != nil {
		t.Fatal(err)
	}
	h := house{directory, books}
	twenty, one := stock.Qty(20), uint32(1)
	h.submit(t, stock.Restock{Item: oil, Bucket: bucket, Qty: 100, Open: &stock.Opening{}})
	h.submit(t, stock.SetQuotas{Item: oil, Bucket: bucket, Set: []stock.QuotaSetting{{Channel: "web", Quota: &twenty, Weight: &one}}})
	return h
}

func (h house) submit(t *testing.T, c stock.Command) {
	t.Helper()
	if err := h.books.Submit(t.Context(), ledger.Request{Command: c})[0].Err; err != nil {
		t.Fatal(err)
	}
}

func (h house) schedule(t *testing.T, q catalog.QuotaSchedule) catalog.QuotaSchedule {
	t.Helper()
	q.Tenant, q.Location, q.Product, q.Every, q.Active = tenant, "shop", "oil", catalog.Period(time.Hour), true
	kept, err := h.directory.QuotaSchedules.Set(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// web is what remains of the quota, and what is left in the pool.
func (h house) web(t *testing.T) (remaining, pool stock.Qty, since stock.Time) {
	t.Helper()
	levels, _, err := h.books.Items(t.Context(), []stock.ItemKey{oil})
	if err != nil {
		t.Fatal(err)
	}
	it := levels[0].Item
	return it.Of(stock.Quota("web")), it.Of(stock.Shared), it.Channel("web").Since
}

// server carries out what is due at the time, and returns how much that was.
func (h house) server(at time.Time, books ledger.Submitter) (int, error) {
	s := quota.NewSchedules(intake.New(books, h.directory, nil), h.directory.QuotaSchedules, quota.WithClock(func() time.Time { return at }))
	return duty.New(slog.New(slog.DiscardHandler), s.Duty()).Look(context.Background())
}

func TestAScheduleIsCarriedOutOncePerPeriodInAFleet(t *testing.T) {
	t.Parallel()
	h := build(t)
	q := h.schedule(t, catalog.QuotaSchedule{Mode: catalog.AllotPool, Keep: 40, ResetSold: true})
	_, _, before := h.web(t)
	if n, _ := h.server(q.Due.Add(-time.Millisecond), h.books); n != 0 {
		t.Errorf("%d were carried out before their time", n)
	}
	var fleet sync.WaitGroup
	for range 8 {
		fleet.Go(func() { _, _ = h.server(q.Due, h.books) })
	}
	fleet.Wait()
	remaining, pool, since := h.web(t)
	if remaining != 60 || pool != 40 || since < before {
		t.Errorf("web has %d, the pool %d; want 60 and 40", remaining, pool)
	}
	if n, _ := h.server(q.Due.Add(90*time.Hour), h.books); n != 1 {
		t.Errorf("after a long stop it was carried out %d times, want 1", n)
	}
}

// dying is books whose process dies when they have answered.
type dying struct{ *ledger.Ledger }

func (d dying) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	results := d.Ledger.Submit(ctx, requests...)
	for i := range results {
		results[i] = ledger.Result{Err: ledger.ErrUnknown}
	}
	return results
}

func TestAScheduleThatIsCutOffIsCarriedOutOnce(t *testing.T) {
	t.Parallel()
	h := build(t)
	q := h.schedule(t, catalog.QuotaSchedule{Mode: catalog.AllotPool, Keep: 40})
	if n, _ := h.server(q.Due, dying{h.books}); n != 0 {
		t.Errorf("%d were carried out by a server that died", n)
	}
	// Units that come in between are not allotted by the repeat: they are the next
	// period's.
	h.submit(t, stock.Restock{Item: oil, Bucket: bucket, Qty: 7})
	if n, _ := h.server(q.Due.Add(time.Minute), h.books); n != 1 {
		t.Errorf("%d went on", n)
	}
	if remaining, pool, _ := h.web(t); remaining != 60 || pool != 47 {
		t.Errorf("web has %d, the pool %d; want 60 and 47", remaining, pool)
	}
}

func TestAScheduleThatIsRefusedWaitsForItsNextTime(t *testing.T) {
	t.Parallel()
	h := build(t)
	if _, err := h.directory.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: "tea"}}); err != nil {
		t.Fatal(err)
	}
	q, err := h.directory.QuotaSchedules.Set(t.Context(), catalog.QuotaSchedule{
		Tenant: tenant, Location: "shop", Product: "tea", Every: catalog.Period(time.Hour), Mode: catalog.AllotPool, Active: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := h.server(q.Due, h.books); n != 1 || err == nil {
		t.Errorf("of a product without stock there %d were carried out, and reported is %v", n, err)
	}
	next, err := h.directory.QuotaSchedules.Get(t.Context(), tenant, catalog.ScheduleID("shop", "tea"))
	if err != nil || !next.Due.After(q.Due) {
		t.Errorf("it is due at %v, %v", next.Due, err)
	}
}

func TestAScheduleAllotsAsItSays(t *testing.T) {
	t.Parallel()
	for mode, want := range map[catalog.AllotMode]stock.Qty{
		catalog.AllotPool: 95, catalog.AllotRebalance: 95, catalog.AllotUnderLevel: 50, catalog.AllotNone: 20,
	} {
		h := build(t)
		fifty := stock.Qty(50)
		h.submit(t, stock.SetQuotas{Item: oil, Bucket: bucket, Set: []stock.QuotaSetting{{Channel: "web", Level: &fifty}}})
		q := h.schedule(t, catalog.QuotaSchedule{Mode: mode, Keep: 5, ResetSold: true})
		if _, err := h.server(q.Due, h.books); err != nil {
			t.Error(err)
		}
		if remaining, _, _ := h.web(t); remaining != want {
			t.Errorf("%s: web has %d, want %d", mode, remaining, want)
		}
	}
}

// A server runs through the days around the change of the clocks. Its clock is the test's, and
// moves by five minutes.
func TestAServerCarriesADailyScheduleOutOnceADayThroughTheNightsInWhichClocksAreSet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		zone, from string
		daily      time.Duration
		want       []string
	}{
		{"America/New_York", "2026-03-07T00:00:00-05:00", 150 * time.Minute, []string{"07 02:30 EST", "08 03:30 EDT", "09 02:30 EDT"}},
		{"America/New_York", "2026-10-31T00:00:00-04:00", 90 * time.Minute, []string{"31 01:30 EDT", "01 01:30 EDT", "02 01:30 EST"}},
		{"America/Santiago", "2026-09-05T00:00:00-04:00", 30 * time.Minute, []string{"05 00:30 -04", "06 01:30 -03", "07 00:30 -03"}},
		{"Europe/Berlin", "2026-03-28T00:00:00+01:00", 150 * time.Minute, []string{"28 02:30 CET", "29 03:30 CEST", "30 02:30 CEST"}},
		{"Europe/Berlin", "2026-10-24T00:00:00+02:00", 150 * time.Minute, []string{"24 02:30 CEST", "25 02:30 CEST", "26 02:30 CET"}},
	} {
		t.Run(tc.zone+" "+tc.from, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tc.from)
			if err != nil {
				t.Fatal(err)
			}
			zone, err := time.LoadLocation(tc.zone)
			if err != nil {
				t.Fatal(err)
			}
			clock := at
			h := build(t, catalog.WithClock(func() time.Time { return clock }))
			if _, err := h.directory.QuotaSchedules.Set(t.Context(), catalog.QuotaSchedule{
				Tenant: tenant, Location: "shop", Product: "oil", DailyAt: catalog.Period(tc.daily), Zone: tc.zone,
				Mode: catalog.AllotPool, Keep: 40, Active: true,
			}); err != nil {
				t.Fatal(err)
			}
			var ran []string
			for ; clock.Before(at.Add(70 * time.Hour)); clock = clock.Add(5 * time.Minute) {
				n, err := h.server(clock, h.books)
				if err != nil {
					t.Fatal(err)
				}
				for range n {
					ran = append(ran, clock.In(zone).Format("02 15:04 MST"))
				}
			}
			if !slices.Equal(ran, tc.want) {
				t.Errorf("carried out at %q, want %q", ran, tc.want)
			}
		})
	}
}
