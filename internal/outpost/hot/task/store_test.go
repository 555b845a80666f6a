package task_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

var noon = time.UnixMilli(1_732_708_800_000).UTC()

// TestStore checks what both databases promise (hot.Store).
func TestStore(t *testing.T) {
	t.Parallel()
	for _, database := range []struct {
		name string
		dsn  func(testing.TB) string
	}{{"postgres", dbtest.Postgres}, {"mysql", dbtest.MySQL}} {
		t.Run(database.name, func(t *testing.T) {
			t.Parallel()
			dsn := database.dsn(t)
			for _, c := range []struct {
				name string
				run  func(*testing.T, task.Store)
			}{
				{"an item moves only from where it is", moves},
				{"items move together, each only from where it is", movesAll},
				{"it is known which items have tasks that are not finished", unfinished},
				{"of two choices at the same time one counts", chooses},
				{"a mend counts once, of an item that is open", mends},
				{"a taking lands once, and only in an open epoch", lands},
				{"takings never take more than there is", takesWhatThereIs},
				{"a void and its taking never both land", voids},
				{"an order has one taking of an item", oneTaking},
				{"a step joins until its taking is sent", joins},
				{"tasks are numbered in order, without gaps", claims},
				{"a seal and takings that land at the same time agree", seals},
				{"a key is used once", keys},
				{"a refusal is kept under its key", denies},
				{"ids are kept byte for byte", bytesOfIDs},
				{"a tenant is dropped with its tasks, and no other", dropsTenant},
				{"old orders are dropped when all of their tasks are finished", prunes},
			} {
				t.Run(c.name, func(t *testing.T) {
					s, err := task.Open(t.Context(), dsn)
					if err != nil {
						t.Fatal(err)
					}
					defer s.Close()
					c.run(t, s)
				})
			}
		})
	}
}

func TestSQLiteIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := task.Open(t.Context(), "sqlite:stock.db"); err == nil || !strings.Contains(err.Error(), "PostgreSQL") {
		t.Error(err)
	}
}

// open returns an item that is open in epoch 1.
func open(t *testing.T, s task.Store) hot.Listed {
	t.Helper()
	return openAs(t, s, t.Name())
}

func openAs(t *testing.T, s task.Store, product string) hot.Listed {
	t.Helper()
	l, err := s.Add(t.Context(), stock.ItemKey{Tenant: "t", Product: product, Location: "shop"})
	if err != nil || l.ID == 0 || l.State != hot.Off {
		t.Fatal(l, err)
	}
	to := l
	to.Epoch, to.State, to.Holder, to.Floor = 1, hot.Open, 1<<63+5, 3
	to.Counted = false // Move opens it without units
	if moved, err := s.Move(t.Context(), l, to); err != nil || !moved {
		t.Fatal(moved, err)
	}
	return to
}

func take(l hot.Listed, n int64, order string) hot.Take {
	return hot.Take{Kind: stock.Taken, Item: l.ID, Epoch: l.Epoch, N: n, Order: order, Qty: 4, At: noon, Body: []byte(order)}
}

func insert(t *testing.T, s task.Store, all ...hot.Take) []hot.Landing {
	t.Helper()
	landed, err := s.Insert(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return landed
}

func moves(t *testing.T, s task.Store) {
	l := open(t, s)
	if got, err := s.Find(t.Context(), l.Key); err != nil || got == nil || *got != l {
		t.Fatalf("%+v %v, want %+v", got, err, l)
	}
	if got, err := s.Find(t.Context(), stock.ItemKey{Tenant: "t", Product: "none", Location: "shop"}); err != nil || got != nil {
		t.Fatal(got, err)
	}
	all, err := s.All(t.Context())
	if err != nil || !slices.Contains(all, l) {
		t.Fatal(all, err)
	}
	late := l
	late.Epoch = 7
	if moved, err := s.Move(t.Context(), late, l); err != nil || moved {
		t.Fatal("it moved from where it is not", err)
	}
	if again, err := s.Add(t.Context(), l.Key); err != nil || again != l {
		t.Fatal(again, err)
	}
}

func lands(t *testing.T, s task.Store) {
	l := open(t, s)
	other := l
	other.Epoch = 2
	got := insert(t, s, take(l, 1, "a"), take(other, 1, "b"), take(l, 2, "c"))
	if want := []hot.Landing{hot.Landed, hot.TooLate, hot.Landed}; !slices.Equal(got, want) {
		t.Fatalf("%v, want %v", got, want)
	}
	if got := insert(t, s, take(l, 1, "a")); got[0] != hot.Landed {
		t.Errorf("a repeat: %v", got)
	}
	if got := insert(t, s, take(l, 1, "z")); got[0] != hot.TooLate {
		t.Errorf("another order with the name of a taking: %v", got)
	}
	tasks, err := s.Of(t.Context(), l.ID, "a")
	if err != nil || len(tasks) != 1 || tasks[0].Qty != 4 || tasks[0].N != 1 || string(tasks[0].Body) != "a" || tasks[0].State != hot.New {
		t.Errorf("%+v %v", tasks, err)
	}
}

func voids(t *testing.T, s task.Store) {
	l := open(t, s)
	insert(t, s, take(l, 1, "a"))
	if voided, err := s.Void(t.Context(), l.ID, 1, 1); err != nil || voided {
		t.Fatal("a taking that has landed was voided", err)
	}
	if voided, err := s.Void(t.Context(), l.ID, 1, 2); err != nil || !voided {
		t.Fatal(voided, err)
	}
	if voided, err := s.Void(t.Context(), l.ID, 1, 2); err != nil || !voided {
		t.Fatal("a repeat:", voided, err)
	}
	if got := insert(t, s, take(l, 2, "b"), take(l, 3, "c")); got[0] != hot.Voided || got[1] != hot.Landed {
		t.Fatal(got)
	}
	known, err := s.Which(t.Context(), l.ID, 1, []int64{1, 2, 3, 4})
	if _, is := known[4]; err != nil || !known[1] || known[2] || !known[3] || is || len(known) != 3 {
		t.Error(known, err)
	}
}

func oneTaking(t *testing.T, s task.Store) {
	l := open(t, s)
	insert(t, s, take(l, 1, "a"))
	if got := insert(t, s, take(l, 2, "a")); got[0] != hot.Before {
		t.Fatal(got)
	}
	if voided, err := s.Void(t.Context(), l.ID, 1, 2); err != nil || !voided {
		t.Fatal(voided, err)
	}
}

func joins(t *testing.T, s task.Store) {
	l := open(t, s)
	insert(t, s, take(l, 1, "a"))
	step := func(kind stock.WriteBackKind, n stock.Qty, key string, want error, number int64) {
		t.Helper()
		got, err := s.Join(t.Context(), l.ID, hot.Step{Order: "a", Kind: kind, Qty: n, Key: key, At: noon})
		if !errors.Is(err, want) || err == nil && (got.Step != number || got.N != 1 || got.Epoch != 1) {
			t.Fatalf("%+v %v, want step %d, %v", got, err, number, want)
		}
	}
	step(stock.GivenBack, 1, "k1", nil, 1)
	step(stock.GivenBack, 1, "k1", nil, 1)
	step(stock.SoldFromIt, 1, "k1", hot.ErrKeyReused, 0)
	step(stock.SoldFromIt, 4, "k2", hot.ErrTooMany, 0)
	for key, want := range map[string]error{"k1": nil, "k3": hot.ErrSent} { // a repeat is answered, what is new is the ledger's
		if got, err := s.Join(t.Context(), l.ID, hot.Step{Order: "a", Kind: stock.GivenBack, Qty: 1, Key: key, At: noon, RepeatOnly: true}); !errors.Is(err, want) || err == nil && got.Step != 1 {
			t.Fatalf("only a repeat, key %s: %+v %v", key, got, err)
		}
	}
	step(stock.SoldFromIt, 0, "", nil, 2)
	step(stock.SoldFromIt, 0, "", nil, 2)
	step(stock.GivenBack, 0, "", hot.ErrTooMany, 0)
	if _, err := s.Join(t.Context(), l.ID, hot.Step{Order: "b", Kind: stock.GivenBack, At: noon}); !errors.Is(err, hot.ErrSent) {
		t.Fatal("an order without a taking:", err)
	}
	insert(t, s, take(l, 2, "c"))
	if _, err := s.Claim(t.Context(), l.ID, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Join(t.Context(), l.ID, hot.Step{Order: "c", Kind: stock.GivenBack, At: noon}); !errors.Is(err, hot.ErrSent) {
		t.Fatal("a taking that was sent:", err)
	}
	step(stock.GivenBack, 1, "k1", nil, 1)
}

func claims(t *testing.T, s task.Store) {
	l := open(t, s)
	insert(t, s, take(l, 1, "a"), take(l, 2, "b"), take(l, 3, "c"))
	if _, err := s.Join(t.Context(), l.ID, hot.Step{Order: "a", Kind: stock.GivenBack, Qty: 1, Key: "k", At: noon}); err != nil {
		t.Fatal(err)
	}
	claim := func(most int, want string) (last hot.Task) {
		t.Helper()
		all, err := s.Claim(t.Context(), l.ID, most)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, task := range all {
			last = task
			got = append(got, fmt.Sprintf("%d:%s%d:%v", task.Seq, task.Order, task.Step, task.Last))
		}
		if strings.Join(got, " ") != want {
			t.Fatalf("%q, want %q", got, want)
		}
		return last
	}
	finish := func(last hot.Task) {
		t.Helper()
		if err := s.Finish(t.Context(), l.ID, last); err != nil {
			t.Fatal(err)
		}
	}
	if voided, err := s.Void(t.Context(), l.ID, 1, 4); err != nil || !voided {
		t.Fatal(voided, err)
	}
	insert(t, s, take(l, 5, "d"))
	claim(2, "1:a0:false 2:b0:true")
	early := claim(9, "1:a0:false 2:b0:true") // not finished: the same again
	finish(claim(1, "1:a0:false"))
	finish(claim(9, "2:b0:true"))
	finish(claim(9, "3:c0:true 4:a1:true 5:d0:true"))
	finish(early)
	claim(9, "")
	to := l // as it was before it was read
	to.Epoch = 2
	if moved, err := s.Move(t.Context(), l, to); err != nil || !moved {
		t.Fatal(moved, err)
	}
	insert(t, s, take(to, 1, "e"))
	finish(claim(9, "6:e0:true"))
	again := to
	again.Holder++
	if moved, err := s.Move(t.Context(), to, again); err != nil || !moved {
		t.Fatal(moved, err)
	}
	insert(t, s, take(again, 2, "f"))
	claim(9, "1:f0:true")
}

// While takings land the item is sealed. Takings that landed stay, the rest never
// lands.
func seals(t *testing.T, s task.Store) {
	l := open(t, s)
	const many = 200
	landed := make([]hot.Landing, many+1)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := w + 1; n <= many; n += 4 {
				got, err := s.Insert(t.Context(), []hot.Take{take(l, int64(n), fmt.Sprint("o", n))})
				if err != nil {
					t.Error(err)
					return
				}
				landed[n] = got[0]
			}
		})
	}
	for {
		known, err := s.Which(t.Context(), l.ID, 1, []int64{1, 2, 3, 4})
		if err != nil {
			t.Fatal(err)
		}
		if len(known) == 4 {
			break
		}
	}
	to := l
	to.Epoch, to.State = 2, hot.Sealed
	if moved, err := s.Move(t.Context(), l, to); err != nil || !moved {
		t.Fatal(moved, err)
	}
	at := map[int64]bool{}
	for n := int64(1); n <= many; n += 50 {
		known, err := s.Which(t.Context(), l.ID, 1, seq(n, n+49))
		if err != nil {
			t.Fatal(err)
		}
		for n := range known {
			at[n] = true
		}
	}
	wg.Wait()
	for n := int64(1); n <= many; n++ {
		if at[n] != (landed[n] == hot.Landed) {
			t.Fatalf("taking %d: in the table at the seal %v, its caller heard %v", n, at[n], landed[n])
		}
	}
}

func seq(from, to int64) (all []int64) {
	for n := from; n <= to; n++ {
		all = append(all, n)
	}
	return all
}

func bytesOfIDs(t *testing.T, s task.Store) {
	l := open(t, s)
	got := insert(t, s, take(l, 1, "a"), take(l, 2, "A"), take(l, 3, "a "), take(l, 4, "ä"))
	if slices.ContainsFunc(got, func(x hot.Landing) bool { return x != hot.Landed }) {
		t.Fatal(got)
	}
}
