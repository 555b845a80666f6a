package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// locked is a process that stopped with the lock of the head.
func locked(t *testing.T, dsn string) *sql.Tx {
	t.Helper()
	c := open(t, dsn)
	tx, err := c.store.readers.BeginTx(context.Background(), c.store.change)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	rows, err := tx.Query(c.store.text(`SELECT seq FROM {catalog_head} WHERE one = 1{lock}`))
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	return tx
}

func TestAHeadThatStaysLocked(t *testing.T) {
	onServers(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		c := open(t, dsn)
		mustTenant(t, c, "demo")
		tx := locked(t, dsn)

		// Reads still work: what they see was stored.
		if k, err := c.Known(t.Context(), Ref{"demo", "tea", ""}); err != nil || k.Product {
			t.Errorf("a read beside a writer: %+v, %v", k, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.ChangeSettings(ctx, "demo", func(*Settings) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's deadline: got %v", err)
		}
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, leave)
		if _, err := c.ChangeSettings(ctx, "demo", func(*Settings) {}); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller who leaves: got %v", err)
		}
		c.store.wait = 100 * time.Millisecond
		if _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: "tea"}}); !errors.Is(err, ErrBusy) || !errors.Is(err, ErrUnavailable) {
			t.Errorf("our own bound: got %v, want ErrBusy", err)
		}
		c.store.wait = writeWait
		done := make(chan error)
		go func() {
			_, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: "tea"}})
			done <- err
		}()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for range 3 {
			select {
			case err := <-done:
				t.Fatalf("the write did not wait: %v", err)
			case <-tick.C:
			}
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Errorf("after the lock was free: %v", err)
		}
		mustVerify(t, c)
	})
}

// A process that stops inside a write keeps others from theirs for pauseMost,
// and what it wanted is not stored when it wakes up.
func TestAProcessThatStopsInsideAWrite(t *testing.T) {
	onServers(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		a, b := open(t, dsn), open(t, dsn)
		mustTenant(t, b, "demo")
		inside, wake, woke := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			woke <- a.store.write(context.Background(), time.Now, func(w *write) error {
				close(inside)
				<-wake
				return (&Location{Tenant: "demo", ID: "lost", Created: Moment{w.time()}}).open(w)
			})
		}()
		<-inside
		mustKnow(t, b, Ref{"demo", "tea", "shop"}, Unit{}) // waits no longer than writeWait
		close(wake)
		if err := <-woke; !errors.Is(err, ErrUnavailable) {
			t.Errorf("who woke up was told %v", err)
		}
		if _, err := b.Location(t.Context(), "demo", "lost"); !errors.Is(err, ErrUnknown) {
			t.Errorf("it was stored: %v", err)
		}
		mustKnow(t, a, Ref{"demo", "tea", "found"}, Unit{})
		mustVerify(t, a)
	})
}

func TestADatabaseThatIsKilledComesBack(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) *dbtest.Server{
		"postgres": func(tb testing.TB) *dbtest.Server { return dbtest.StartPostgres(tb) },
		"mysql":    func(tb testing.TB) *dbtest.Server { return dbtest.StartMySQL(tb) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := start(t)
			dsn := server.DSN(t)
			nodes := []*Catalog{open(t, dsn), open(t, dsn)}
			mustTenant(t, nodes[0], "demo")
			k, printed := mustKey(t, nodes[0], "shop", ScopeRead)
			mustLayOut(t, nodes[0], "db0", "db1")

			stop := make(chan struct{})
			stored := make([][]string, len(nodes))
			refused := make([]int, len(nodes))
			begun := make(chan struct{}, 100)
			var work sync.WaitGroup
			for n, c := range nodes {
				work.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-stop:
							return
						default:
						}
						id := fmt.Sprintf("p%d-%d", n, i)
						switch _, err := c.Know(t.Context(), Introduction{Ref: Ref{Tenant: "demo", Product: id}, Unit: Unit{"kg", 3}}); {
						case err == nil:
							stored[n] = append(stored[n], id)
						case errors.Is(err, ErrUnavailable):
							refused[n]++
						default:
							t.Errorf("%s: %v", id, err)
						}
						select {
						case begun <- struct{}{}:
						default:
						}
					}
				})
			}
			for range cap(begun) {
				<-begun
			}
			server.Kill()
			if _, err := nodes[0].Product(t.Context(), "demo", "p0-0"); !errors.Is(err, ErrUnavailable) {
				t.Errorf("a read without a database: %v", err)
			}
			if l, err := nodes[0].Slots.Layout(t.Context()); err != nil || l.Version != 1 {
				t.Errorf("the layout without a database: %v", err)
			}
			server.Start()
			for _, c := range nodes {
				// Connections from before are gone; a caller sees no error for
				// that.
				if _, err := c.Product(t.Context(), "demo", "p0-0"); err != nil {
					t.Errorf("after it came back: %v", err)
				}
			}
			close(stop)
			work.Wait()
			mustOpen(t, nodes[0], printed)
			if _, err := nodes[1].RevokeKey(t.Context(), "demo", k.ID); err != nil {
				t.Error(err)
			}
			for n, ids := range stored {
				t.Logf("node %d: %d stored, %d refused", n, len(ids), refused[n])
				for _, id := range ids {
					if _, err := nodes[0].Product(t.Context(), "demo", id); err != nil {
						t.Errorf("acknowledged and not there: %v", err)
					}
				}
			}
			mustVerify(t, nodes[0])
		})
	}
}

// A server that accepts and says nothing is not waited for without an end.
func TestADatabaseThatHangs(t *testing.T) {
	t.Parallel()
	server := dbtest.StartPostgres(t)
	c := open(t, server.DSN(t))
	mustTenant(t, c, "demo")
	server.Pause()
	defer server.Resume()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Product(ctx, "demo", "tea"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a read: %v", err)
	}
	c.store.wait = 100 * time.Millisecond
	if _, err := c.ChangeSettings(t.Context(), "demo", func(*Settings) {}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a write: %v", err)
	}
	server.Resume()
	c.store.wait = writeWait
	mustKnow(t, c, Ref{"demo", "tea", "shop"}, Unit{})
	mustVerify(t, c)
}

func TestIDsAreComparedByteForByte(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		ids := []string{
			"tea", "Tea", "TEA", "tea ", " tea", "tea  ", "téa", "te\u0301a", "ｔｅａ", "teá", "straße", "strasse",
			"龙井", "龍井", "🍵", "🍶", "a\u200bb", "ab", `a\b`, "a'b", `a"b`, "a%b", "a_b", "?", "{now}", "$1", "0", "00", "-1", "null",
		}
		for _, id := range ids {
			mustTenant(t, c, id)
			mustKnow(t, c, Ref{id, id, id}, Unit{Name: id, Scale: 1})
		}
		for _, id := range ids {
			p, err := c.Product(t.Context(), id, id)
			if err != nil || p.ID != id || p.Unit.Name != id {
				t.Errorf("%q: %+v, %v", id, p, err)
			}
			for _, other := range ids {
				if _, err := c.Product(t.Context(), id, other); (err == nil) != (id == other) {
					t.Errorf("%q in %q: %v", other, id, err)
				}
			}
		}
		for _, id := range ids {
			mustKnow(t, c, Ref{Tenant: "tea", Product: id}, Unit{})
		}
		var listed []string
		for after := ""; ; after = listed[len(listed)-1] {
			page, err := c.Products(t.Context(), "tea", after, 7)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, p := range page {
				if p.ID <= after {
					t.Errorf("%q is listed behind %q", p.ID, after)
				}
				listed = append(listed, p.ID)
			}
		}
		if len(listed) != len(ids) {
			t.Errorf("%d of %d are listed", len(listed), len(ids))
		}
		mustVerify(t, c)
	})
}

// Callers may ask for strings that cannot be ids: they are not found.
func TestWhatCannotBeStoredIsUnknown(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		for _, id := range []string{"", "\xff", "a\x00b", strings.Repeat("x", 100_000), "\xed\xa0\x80"} {
			for what, err := range map[string]error{
				"tenant":             second(c.Tenant(t.Context(), id)),
				"settings":           second(c.Settings(t.Context(), id)),
				"product":            second(c.Product(t.Context(), "demo", id)),
				"product of tenant":  second(c.Product(t.Context(), id, "tea")),
				"location":           second(c.Location(t.Context(), "demo", id)),
				"spread of location": second(c.Spread(t.Context(), "demo", id)),
				"key":                second(c.RevokeKey(t.Context(), "demo", id)),
				"key of tenant":      second(c.RevokeKey(t.Context(), id, "x")),
			} {
				if !errors.Is(err, ErrUnknown) {
					t.Errorf("%s %.10q: %v", what, id, err)
				}
			}
			if k, err := c.KnownAll(t.Context(), []Ref{{"demo", id, id}, {id, "tea", "shop"}}); err != nil || k[0] != k[1] || k[0] != (Knowledge{}) {
				t.Errorf("%.10q is known: %+v, %v", id, k, err)
			}
			if keys, err := c.Keys(t.Context(), id); err != nil || len(keys) != 0 {
				t.Errorf("keys of %.10q: %d, %v", id, len(keys), err)
			}
			if list, err := c.Products(t.Context(), id, "", 10); err != nil || len(list) != 0 {
				t.Errorf("products of %.10q: %d, %v", id, len(list), err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
