package mysql_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/stock"
)

// atTheBounds is a group as large as one may be: 1,024 commands with 8,192
// lines, of as many items if there are so many, 1 MiB of record, ids as long as
// they get.
func atTheBounds(after engine.Seq, items int, fresh bool) *engine.Group {
	random := rand.NewChaCha8([32]byte{byte(after)})
	long := func(n int, id string, i int) string {
		return fmt.Sprintf("%s-%05d-", id, i) + strings.Repeat("长", (n-len(id)-7)/3)
	}
	r := enginetest.Record(after + 1)
	r.Body = make([]byte, 1<<20)
	_, _ = random.Read(r.Body)
	g := &engine.Group{Record: r}
	for i := range items {
		packed := make([]byte, 100)
		_, _ = random.Read(packed)
		g.Items = append(g.Items, engine.ItemRow{
			Key: stock.ItemKey{
				Tenant: strings.Repeat("t", 64), Location: strings.Repeat("l", 64), Product: long(128, "p", i), Lot: long(64, "lot", i),
			},
			Bucket: 1023, Fresh: fresh, Available: stock.MaxQty, Version: uint64(after + 1), Packed: packed,
		})
	}
	for i := range 1024 {
		packed := make([]byte, 8*60)
		_, _ = random.Read(packed)
		g.Holds = append(g.Holds, engine.HoldRow{
			Key: stock.HoldKey{
				OrderKey: stock.OrderKey{Tenant: strings.Repeat("t", 64), Order: long(128, "o", i+int(after)*1024)}, Bucket: 1023,
			},
			Fresh: true, Open: true, Deadline: 1, Seq: after + 1, Packed: packed,
		})
		k := engine.KeyRow{Bucket: 1023, Seq: after + 1, Index: uint32(i)}
		_, _ = random.Read(k.ID[:])
		g.Keys = append(g.Keys, k)
	}
	return g
}

func TestAGroupAtTheBounds(t *testing.T) {
	t.Parallel()
	dsn := dbtest.MySQL(t)
	e := open(t, dsn)
	defer e.Close()
	const items = 8192
	if err := e.Append(t.Context(), 0, atTheBounds(0, items, true)); err != nil {
		t.Fatalf("append: %v", err)
	}
	g := atTheBounds(1, items, false)
	if err := e.Append(t.Context(), 1, g); err != nil {
		t.Fatalf("append over rows that exist: %v", err)
	}
	n := 0
	if _, err := e.ScanItems(t.Context(), engine.ItemScan{All: true}, func(r *engine.ItemRow) error {
		if n++; r.Version != 2 || len(r.Packed) != 100 {
			t.Errorf("item %q has version %d, %d bytes", r.Key, r.Version, len(r.Packed))
		}
		return nil
	}); err != nil || n != items {
		t.Errorf("%d items, %v", n, err)
	}
	// The first of the statements that the items take finds out, and the last.
	wrong := atTheBounds(2, items, false)
	for _, at := range []int{0, items - 1} {
		key := wrong.Items[at].Key
		wrong.Items[at].Key.Product = "unheard of"
		if err := e.Append(t.Context(), 2, wrong); err == nil || errors.Is(err, engine.ErrMoved) || errors.Is(err, engine.ErrBroken) {
			t.Errorf("item %d does not exist: %v, want an error of its own", at, err)
		}
		wrong.Items[at].Key = key
	}
	recs, err := e.Read(t.Context(), 0, 1000)
	if err != nil || len(recs) != 2 || string(recs[1].Body) != string(g.Record.Body) {
		t.Errorf("read %d records, %v", len(recs), err)
	}
}

func TestAPacketLargerThanTheServerTakesIsCut(t *testing.T) {
	t.Parallel()
	e := open(t, dbtest.MySQL(t), mysql.WithIdle(time.Hour), mysql.WithPacket(20_000))
	defer e.Close()
	group := func(n engine.Seq) *engine.Group {
		g := enginetest.Nth(n)
		g.Ask = false
		g.Record.Body, g.Text = g.Record.Body[:20], make([]byte, 8000)
		g.Items[0].Packed, g.Holds[0].Packed = make([]byte, 8000), make([]byte, 8000)
		return g
	}
	for n := engine.Seq(1); n <= 12; n++ {
		if n%3 != 0 {
			if err := e.Append(t.Context(), n-1, group(n)); err != nil {
				t.Fatalf("append %d: %v", n, err)
			}
			continue
		}
		w, err := e.Lock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Append(t.Context(), n-1, group(n)); err != nil {
			t.Fatalf("append %d under the lock: %v", n, err)
		}
	}
	g := group(13)
	g.Text = make([]byte, 10_000)
	if err := e.Append(t.Context(), 12, g); err == nil || !strings.Contains(err.Error(), "max_allowed_packet") {
		t.Errorf("a record larger than a packet: %v", err)
	}
	if err := e.Append(t.Context(), 11, group(12)); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("append at an old head: %v, want ErrMoved", err)
	}
	recs, err := e.Read(t.Context(), 0, 100)
	if err != nil || len(recs) != 12 || len(recs[11].Text) != 8000 {
		t.Errorf("read %d records, %v", len(recs), err)
	}
}

func TestIDsThatAreTooLongAreRefused(t *testing.T) {
	t.Parallel()
	e := open(t, dbtest.MySQL(t))
	defer e.Close()
	g := enginetest.Nth(1)
	g.Holds[0].Key.Order = strings.Repeat("o", 129)
	if err := e.Append(t.Context(), 0, g); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("an order id of 129 bytes: %v", err)
	}
	enginetest.Fill(t, e, 3)
	g = enginetest.Nth(4)
	g.Items[0].Available = stock.MaxQty + 1
	if err := e.Append(t.Context(), 3, g); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("a balance that is too large: %v", err)
	}
	g = enginetest.Nth(4)
	g.Items[0].Held = -1
	if err := e.Append(t.Context(), 3, g); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("a balance below zero: %v", err)
	}
	if at, err := enginetest.Check(t.Context(), e); err != nil || at != 3 {
		t.Errorf("the head is at %d: %v", at, err)
	}
}
