package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func TestTwoProcessesWriteAtOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		nodes := []*Catalog{open(t, path), open(t, path)}
		const goroutines, products, locations, tenants = 8, 60, 5, 3
		var declared [tenants][products]atomic.Int32 // scale + 1 of the caller that declared it
		var work sync.WaitGroup
		for g := range 2 * goroutines {
			c := nodes[g%2]
			work.Go(func() {
				for t1 := range tenants {
					if _, err := c.CreateTenant(t.Context(), fmt.Sprintf("t%d", t1)); err != nil {
						t.Errorf("create tenant: %v", err)
					}
				}
				for i := range products * tenants {
					tenant, product := i%tenants, (i/tenants+7*g)%products
					unit := Unit{"kg", g%6 + 1}
					if i%2 == 0 {
						unit = Unit{}
					}
					k, err := c.Know(t.Context(), Introduction{
						Ref:  Ref{fmt.Sprintf("t%d", tenant), fmt.Sprintf("p%d", product), fmt.Sprintf("l%d", i%locations)},
						Unit: unit,
					})
					fixed := k.Unit
					var refused *UnitFixedError
					if errors.As(err, &refused) {
						fixed = refused.Fixed
					} else if err != nil {
						t.Errorf("know: %v", err)
					}
					if now := int32(fixed.Scale) + 1; fixed.Scale != 0 {
						if was := declared[tenant][product].Swap(now); was != 0 && was != now {
							t.Errorf("t%d p%d was fixed at scale %d and at %d", tenant, product, was-1, now-1)
						}
					}
				}
				if _, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "t0", Scopes: ScopeRead}); err != nil {
					t.Errorf("create key: %v", err)
				}
			})
		}
		work.Wait()
		v := mustVerify(t, nodes[0])
		units := int64(0)
		entries := int64(0)
		for after := int64(0); ; {
			page, err := nodes[1].Log(t.Context(), after, MaxLogPage)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, e := range page {
				if e.Kind == KindProductUnit {
					units++
				}
			}
			entries += int64(len(page))
			after = page[len(page)-1].Seq
		}
		want := int64(tenants+tenants*products+tenants*locations+2*goroutines) + units
		if v.Head != want || entries != want || units > tenants*products {
			t.Errorf("the log has %d entries, %d of them units; want %d", entries, units, want)
		}
	})
}

func TestOneNameIsCreatedAndRotatedOnceByMany(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		nodes := []*Catalog{open(t, path), open(t, path)}
		mustTenant(t, nodes[0], "demo")
		var created, rotated atomic.Int32
		var work sync.WaitGroup
		for g := range 8 {
			work.Go(func() {
				_, _, err := nodes[g%2].CreateKey(t.Context(), KeySpec{Tenant: "demo", Name: "shop", Scopes: ScopeRead})
				if err == nil {
					created.Add(1)
				} else if !errors.Is(err, ErrKeyName) {
					t.Error(err)
				}
				_, _, err = nodes[g%2].RotateKey(t.Context(), "demo", "shop")
				if err == nil {
					rotated.Add(1)
				} else if !errors.Is(err, ErrTwoValid) {
					t.Error(err)
				}
			})
		}
		work.Wait()
		if created.Load() != 1 || rotated.Load() != 1 {
			t.Errorf("created %d times, rotated %d times; want once each", created.Load(), rotated.Load())
		}
		mustVerify(t, nodes[0])
	})
}

// engine opens the file the way the slot's engine does.
func engine(t *testing.T, path string) *sqlite.Conn {
	t.Helper()
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	conn.SetBlockOnBusy()
	for _, statement := range []string{`PRAGMA synchronous = FULL`, `CREATE TABLE IF NOT EXISTS slot (n INTEGER)`} {
		if err := sqlitex.ExecuteTransient(conn, statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func TestABusyEngineDoesNotStarveTheCatalog(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	conn := engine(t, path)
	c := open(t, path)
	mustTenant(t, c, "demo")
	ctx, stop := context.WithCancel(t.Context())
	var commits atomic.Int64
	var writing sync.WaitGroup
	writing.Go(func() {
		for ; ctx.Err() == nil; commits.Add(1) {
			if err := sqlitex.Execute(conn, `INSERT INTO slot VALUES (1)`, nil); err != nil {
				t.Error(err)
			}
		}
	})
	t.Cleanup(writing.Wait) // before the connection is closed, also when a write fails
	t.Cleanup(stop)
	// On a busy machine the engine may begin after many writes of the catalog.
	for i := 0; i < 20 || commits.Load() == 0 && i < 20_000; i++ {
		err := ErrBusy
		// A machine that is slow may miss the lock for as long as one write waits.
		for tries := 0; errors.Is(err, ErrBusy) && tries < 6; tries++ {
			_, err = c.Know(t.Context(), Introduction{Ref: Ref{"demo", fmt.Sprint(i), "shop"}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	stop()
	writing.Wait()
	if commits.Load() == 0 {
		t.Error("the engine did not commit")
	}
	mustVerify(t, c)
}

func TestALockThatStays(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	conn := engine(t, path)
	c := open(t, path)
	mustTenant(t, c, "demo")
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		t.Fatal(err)
	}

	// Reads still work: what they see was stored.
	if _, err := c.Product(t.Context(), "demo", "tea"); !errors.Is(err, ErrUnknown) {
		t.Errorf("a read beside a writer: %v", err)
	}
	if k, err := c.Known(t.Context(), Ref{"demo", "tea", ""}); err != nil || k.Product {
		t.Errorf("a read beside a writer: %+v, %v", k, err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.ChangeSettings(ctx, "demo", func(*Settings) {}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's deadline: got %v", err)
	}
	c.store.wait = 50 * time.Millisecond
	_, err = c.Know(t.Context(), Introduction{Ref: Ref{"demo", "tea", "shop"}})
	if !errors.Is(err, ErrBusy) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("our own bound: got %v, want ErrBusy", err)
	}

	c.store.wait = writeWait
	err = nil
	end(&err)
	mustKnow(t, c, Ref{"demo", "tea", "shop"}, Unit{})
	mustVerify(t, c)
}

func TestAWriteThatWaitsGoesOnWhenTheLockIsFree(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	conn := engine(t, path)
	c := open(t, path)
	mustTenant(t, c, "demo")
	end, err := sqlitex.ImmediateTransaction(conn)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Location: "shop"}})
		done <- err
	}()
	tick := time.NewTicker(2 * lockWait) // longer than one try for the lock
	defer tick.Stop()
	for range 3 {
		select {
		case err := <-done:
			t.Fatalf("the write did not wait: %v", err)
		case <-tick.C:
		}
	}
	end(&err)
	if err := <-done; err != nil {
		t.Errorf("after the lock was free: %v", err)
	}
}

func TestCloseWaitsForWritesOnTheirWay(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		c, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		mustTenant(t, c, "demo")
		const writers = 20
		stored := make(chan string, writers)
		var started sync.WaitGroup
		var ended sync.WaitGroup
		started.Add(writers)
		for i := range writers {
			ended.Go(func() {
				id := fmt.Sprint(i)
				started.Done()
				_, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: id}})
				if err == nil {
					stored <- id
				} else if !errors.Is(err, ErrUnavailable) {
					t.Errorf("a write beside Close: %v", err)
				}
			})
		}
		started.Wait()
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		ended.Wait()
		close(stored)
		again := open(t, path)
		for id := range stored {
			if _, err := again.Product(t.Context(), "demo", id); err != nil {
				t.Errorf("acknowledged and not there: %v", err)
			}
		}
		mustVerify(t, again)
	})
}
