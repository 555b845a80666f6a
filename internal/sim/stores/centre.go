package stores

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// centre is the machine with the books of the store.
type centre struct {
	r       *run
	disk    *disk
	clock   *clock
	file    string // of its catalog
	catalog *catalog.Catalog
	lives   int
	life    *life
	books   *ledger.Ledger
	logs    *feed.Logs
	desk    *outpost.Desk
	cases   *cases.Desk
	orders  orders
	// restored are the last records of the log at each restore of an older state.
	restored []uint64
	codes    map[string]string // by till: those that nobody has used yet
}

// furnish opens a centre that was never open.
func (c *centre) furnish() error {
	c.orders, c.codes = orders{}, map[string]string{}
	c.file = filepath.Join(c.r.cfg.Dir, "centre.db")
	empty, err := os.ReadFile(c.r.cfg.Catalog)
	if err == nil {
		err = os.WriteFile(c.file, empty, 0o600)
	}
	if err == nil {
		err = c.start()
	}
	if err == nil {
		_, err = c.catalog.CreateTenant(c.r.ctx, tenant)
	}
	if err == nil {
		_, err = c.catalog.SetPlaces(c.r.ctx, tenant, []catalog.Place{catalog.DefaultPlace(tenant, shop)})
	}
	for _, p := range c.r.products {
		if err != nil {
			break
		}
		c.catalog.KnowAll(c.r.ctx, []catalog.Introduction{{Ref: catalog.Ref{Tenant: tenant, Location: shop, Product: p}}})
		err = submit(c.r.ctx, c.books, stock.OpenItem{Item: key(p), Bucket: bucket(), Qty: stock.Qty(20 + c.r.rnd.IntN(80)), Tracked: true})
		if err == nil && hasChannels(c.r) {
			pos, web := stock.Qty(12), stock.Qty(5)
			err = submit(c.r.ctx, c.books, stock.SetQuotas{Item: key(p), Bucket: bucket(), Set: []stock.QuotaSetting{{Channel: "pos", Quota: &pos}, {Channel: "web", Quota: &web}}})
		}
	}
	return err
}

// Each follower of the log polls at moments of its own: nothing decides which of two at one moment
// is first.
const (
	journalPoll = 211*time.Millisecond + 37*time.Microsecond
	runnerPoll  = 103*time.Millisecond + 11*time.Microsecond
)

// start begins a life of the centre.
func (c *centre) start() error {
	if err := c.rest(); err != nil {
		return err
	}
	c.lives++
	l := c.r.newLife(fmt.Sprintf("centre.%d", c.lives), func() {})
	var err error
	if c.catalog, err = catalog.Open(c.r.ctx, c.file); err != nil {
		return fmt.Errorf("open the centre's catalog: %w", err)
	}
	books, eng, err := l.openBooks(c.disk, c.clock)
	if err != nil {
		return fmt.Errorf("open the centre's books: %w", err)
	}
	logs := feed.NewLogs([]engine.Engine{eng}, feed.WithHistories(feed.NewHistories(&c.catalog.Epochs)))
	log := slog.New(&ear{c.r})
	spread := func(n time.Duration) time.Duration { return n / 2 }
	journal := view.NewJournal(logs, log, view.WithRandom(spread), view.WithPoll(journalPoll))
	levels := view.NewLevels([]engine.Engine{eng}, c.clock.Wall)
	opts := []outpost.Option{outpost.WithLog(log)}
	if c.r.weather.decides {
		opts = append(opts, outpost.WithCases(c.catalog.Cases))
	}
	desk := outpost.NewDesk(books, c.catalog.Tills, c.catalog, &c.catalog.Epochs, levels, journal, func() []engine.Engine { return []engine.Engine{eng} }, opts...)
	plantDesk(desk, c.r.cfg.Planted)
	granter := outpost.NewGranter(desk)
	runner := feed.NewRunner(log, "tills", runnerPoll, time.Second)
	runner.SetRandom(spread)
	granter.Project(runner, logs)
	c.cases = cases.New(c.catalog.Cases, intake.New(books, c.catalog, nil), books, cases.WithTills(desk))
	c.cases.Project(runner, logs)
	l.all.Go(func() { _ = journal.Run(l.ctx) }) // all of them end with the life
	l.all.Go(func() { _ = runner.Run(l.ctx) })
	l.all.Go(func() { _ = granter.Run(l.ctx) })
	c.life, c.books, c.logs, c.desk = l, books, logs, desk
	return nil
}

// rest waits until nothing of the last life is left.
func (c *centre) rest() error {
	if c.life == nil {
		return nil
	}
	c.life.kill()
	c.life.all.Wait()
	c.life = nil
	return c.catalog.Close()
}

func (c *centre) end() error { return c.rest() }

func (c *centre) alive() bool { return c.life != nil && !c.life.isDead() }

// head is the last record of the centre's log.
func (c *centre) head() uint64 { return uint64(len(c.disk.stored())) }

// serve answers a call while the centre lives.
func serve[T any](ctx context.Context, c *centre, call func(ctx context.Context, d *outpost.Desk) (T, error)) (answer T, err error) {
	l, desk := c.life, c.desk
	if l == nil || l.isDead() {
		return answer, errDown
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(l.ctx, stop)()
	answer, err = call(ctx, desk)
	if l.isDead() {
		return answer, errDown
	}
	return answer, err
}

// hasChannels reports whether items of the run have quotas, and tills a channel: half of the
// runs do.
func hasChannels(r *run) bool { return r.cfg.Seed%2 == 0 }

// channelOf is the channel that the order names, "" for none.
func channelOf(r *run, o order) string {
	if !hasChannels(r) {
		return ""
	}
	return [...]string{"", "pos", "web", "kiosk"}[o.qty%4]
}

// setTill makes a till known, or changes its policy.
func (c *centre) setTill(id string) error {
	t := catalog.Till{Tenant: tenant, ID: id, Location: shop, Percent: 10 * int64(c.r.rnd.IntN(6)), Floor: int64(c.r.rnd.IntN(4))}
	if hasChannels(c.r) {
		t.Channel = "pos"
	}
	if c.r.rnd.IntN(3) == 0 {
		t.Ceiling = 4 + int64(c.r.rnd.IntN(20))
	}
	if t.AtRisk = c.r.weather.risky && c.r.rnd.IntN(2) == 0; t.AtRisk {
		c.r.lastRisk[id] = true
	}
	_, err := c.catalog.Tills.Set(c.r.ctx, t)
	return err
}

// backup is what the centre can be put back to.
type backup struct {
	groups  int
	catalog map[string][]byte // by what follows the file's name
	orders  orders
	codes   map[string]string
	epochs  map[string]bool
}

// backUp copies the centre's files.
func (c *centre) backUp() *backup {
	b := &backup{groups: len(c.disk.stored()), catalog: map[string][]byte{}, orders: c.orders.clone(), codes: maps.Clone(c.codes), epochs: map[string]bool{}}
	for _, m := range c.r.machines {
		b.epochs[m.epoch] = true
	}
	for _, end := range []string{"", "-wal"} {
		if text, err := os.ReadFile(c.file + end); err == nil {
			b.catalog[end] = text
		}
	}
	return b
}

// restore puts the back-up in the place of the centre's files, as the operations guide says.
func (c *centre) restore(b *backup) error {
	if err := c.rest(); err != nil {
		return err
	}
	var err error
	if c.disk, err = c.disk.asOf(c.r.ctx, b.groups); err != nil {
		return err
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(c.file + end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		if text, ok := b.catalog[end]; ok {
			if err := os.WriteFile(c.file+end, text, 0o600); err != nil {
				return err
			}
		}
	}
	c.orders, c.codes = b.orders.clone(), maps.Clone(b.codes)
	c.restored = append(c.restored, uint64(b.groups))
	if c.catalog, err = catalog.Open(c.r.ctx, c.file); err != nil {
		return fmt.Errorf("open the catalog that was put back: %w", err)
	}
	head := catalog.SlotHead{Seq: uint64(b.groups)}
	if b.groups > 0 {
		head.Hash = c.disk.stored()[b.groups-1].Record.Hash
	}
	_, err = c.catalog.Epochs.BeginEpoch(c.r.ctx, []catalog.SlotHead{head})
	if err = errors.Join(err, c.catalog.Close()); err != nil {
		return fmt.Errorf("say that the centre was put back: %w", err)
	}
	return c.start()
}

// ear receives the centre's log lines: the centre must never meet a log that it cannot carry out.
type ear struct{ r *run }

func (e *ear) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (e *ear) Handle(_ context.Context, rec slog.Record) error {
	if rec.Message != "a till's log cannot be carried out" {
		return nil
	}
	text := rec.Message
	rec.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	e.r.violate("%s", text)
	return nil
}

func (e *ear) WithAttrs([]slog.Attr) slog.Handler { return e }
func (e *ear) WithGroup(string) slog.Handler      { return e }
