package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// pollEvery is how often Run looks at the head of the log.
	pollEvery = 500 * time.Millisecond
	// staleAfter is how old that look may be before a call takes one itself:
	// with it, what another process wrote counts within 2 s whether Run is
	// punctual or not.
	staleAfter = 1500 * time.Millisecond
	// maxFollow is how many entries are followed one by one; a memory that is
	// further behind starts anew.
	maxFollow = 10_000
)

// Run keeps memory in step with what other processes write until ctx ends. If
// the database does not answer, Run logs that and asks again. When the disk has
// reported an error, Run returns it: this process writes nothing after that,
// and a new process has what reached the disk.
func (c *Catalog) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := c.store.file.Writable(); err != nil {
			return fmt.Errorf("write the catalog: %w", err)
		}
		err := c.follow(ctx, 0)
		if err != nil && ctx.Err() == nil && !failing {
			c.log.ErrorContext(ctx, "catalog does not answer", "err", err)
		}
		failing = err != nil
		c.Sessions.storeUsed(ctx)
	}
}

// age is how long ago the last successful look at the head began.
func (c *Catalog) age() time.Duration {
	return c.now().Sub(c.start) - time.Duration(c.polled.Load())
}

// recent reports whether memory may be trusted. A clock that was set back
// (age below zero) says nothing.
func (c *Catalog) recent() bool {
	age := c.age()
	return age >= 0 && age <= staleAfter
}

// refresh brings memory up to date.
func (c *Catalog) refresh(ctx context.Context) error {
	if c.recent() {
		return nil
	}
	return c.follow(ctx, staleAfter)
}

// Ready returns why calls with a key are refused, nil when they are not: the database
// does not answer, and what memory knows of keys is too old.
func (c *Catalog) Ready(ctx context.Context) error { return c.refresh(ctx) }

// follow takes over what was written since the last look, unless that look
// is not older than most. Callers that wait for each other share one look,
// and its failure: who had to wait is content with one that began after its
// call.
func (c *Catalog) follow(ctx context.Context, most time.Duration) error {
	asked := c.now().Sub(c.start)
	select {
	case c.following <- struct{}{}:
		defer func() { <-c.following }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if c.failed.err != nil && c.failed.began > asked {
		return c.failed.err
	}
	began := c.now().Sub(c.start)
	polled := time.Duration(c.polled.Load())
	if polled <= began && (polled > asked || began-polled < most) {
		return nil
	}
	next, err := c.store.changes(ctx, c.seen, maxFollow)
	if err != nil {
		err = fmt.Errorf("follow the catalog: %w", err)
		if ctx.Err() == nil { // its caller's end is nobody else's
			c.failed = failure{began, err}
		}
		return err
	}
	c.failed = failure{}
	if next.anew {
		c.products.clear()
		c.locations.clear()
		c.settings.clear()
		c.places.clear()
		c.lanes.clear()
		c.kits.clear()
		c.reasons.clear()
		c.recalls.clear()
	}
	for _, e := range next.entries {
		switch e.Kind {
		case KindProductUnit:
			c.products.drop(rowKey{e.Tenant, e.Subject})
		case KindLocationSpread:
			c.locations.drop(rowKey{e.Tenant, e.Subject})
		case KindTenantSettings:
			c.settings.drop(e.Tenant)
		case KindTenantDeleted:
			c.forget(e.Subject)
		}
	}
	c.outdate(next.entries)
	c.ring.put(next.keys, next.anew)
	if next.anew || slices.ContainsFunc(next.entries, changesAccess) {
		c.access.ring()
	}
	c.goBy(next.layout, next.anew)
	if next.histories != nil {
		c.Epochs.histories.Store(&next.histories)
	}
	c.seen = next.head
	c.polled.Store(int64(began))
	return nil
}

// changesAccess reports whether an entry changes who may call, or how.
func changesAccess(e Entry) bool {
	return slices.Contains(keyKinds, e.Kind) || e.Kind == KindTenantSettings || e.Kind == KindTenantDeleted
}

// forget drops what memory has of a tenant that was deleted.
func (c *Catalog) forget(tenant string) {
	c.ring.drop(tenant)
	c.Sessions.kept.clear()
	c.settings.drop(tenant)
	c.places.drop(tenant)
	c.lanes.drop(tenant)
	c.kits.drop(tenant)
	c.reasons.drop(tenant)
	c.recalls.drop(tenant)
}

// outdate forgets the tables that entries make untrue.
func (c *Catalog) outdate(entries []Entry) {
	type table struct{ kind, tenant string }
	var last table
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.Kind, ".")
		t := table{kind, e.Tenant}
		if t == last { // an import is thousands of one kind
			continue
		}
		last = t
		switch kind {
		case "location", "place":
			c.places.drop(e.Tenant)
		case "lane":
			c.lanes.drop(e.Tenant)
		case "kit":
			c.kits.drop(e.Tenant)
		case reasonsKind.name:
			c.reasons.drop(e.Tenant)
		case recallKind.name:
			c.recalls.drop(e.Tenant)
		}
	}
}

// followOwn follows what this process has just written. The write stands whatever comes
// of this: Run looks again.
func (c *core) followOwn(ctx context.Context, what string) {
	if err := c.follow(context.WithoutCancel(ctx), 0); err != nil {
		c.log.WarnContext(ctx, what+" is not followed yet", "err", err)
	}
}

// CatchUp brings memory up to the current state of the database. Reads after it
// show every write that was acknowledged before the call, on any node.
func (c *Catalog) CatchUp(ctx context.Context) error { return c.follow(ctx, 0) }

// failure is a look that came to nothing.
type failure struct {
	began time.Duration // since start
	err   error
}

// goBy takes over a layout, nil for none of late, or none at all when anew.
func (c *Catalog) goBy(l *Layout, anew bool) {
	before := c.Slots.layout.Load()
	if l == nil {
		if anew {
			c.Slots.layout.Store(nil)
		}
		return
	}
	c.Slots.layout.Store(l)
	if c.moved != nil && (before == nil || before.Version != l.Version) {
		c.moved(*l)
	}
}
