package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/stock"
)

// BenchmarkAppend stores groups of reserves: one fresh hold with 60 packed
// bytes each, the items they touch, and a record of 60 bytes per reserve. The
// items are one hot one, or drawn by zipf 1.1 from 10,000. For comparison it
// stores the same bytes as plain multi-row inserts and one update, pipelined in
// one transaction (floor), and, for one command, the single statement that an
// expert would write for it (expert). WAL-B is what one command adds to the log.
//
// Measured on 2 cores (AMD EPYC, KVM) shared with much other work, so only what
// does not depend on that: CPU µs per command, server + this process, groups
// of 64 / 256: one hot item 5.9+2.0 / 3.5+1.2 (floor 7.0+5.3 / 4.9+5.4), 10,000
// items 12.1+2.9 / 8.0+2.1 (floor 21.5+7.2 / 15.0+6.8). WAL bytes 278 hot, 391
// and 348 for 10,000 items (329, 440 and 400 before holds were copied, as the
// floor), 197 more with a key. One command at a
// time, alternating with the expert's: 0.92 to 0.93 of its rate.
func BenchmarkAppend(b *testing.B) {
	for _, spread := range []int{1, 10_000} {
		for _, size := range []int{1, 2, 64, 256, 1024} {
			for _, keys := range []bool{false, true} {
				for name, run := range map[string]func(*testing.B, string, *load) func(*engine.Group) error{
					"engine": benchEngine, "floor": benchFloor, "expert": benchExpert,
				} {
					if name == "expert" && size > 1 {
						continue
					}
					b.Run(fmt.Sprintf("items=%d/group=%d/keys=%t/%s", spread, size, keys, name), func(b *testing.B) {
						benchAppend(b, newLoad(spread, keys), size, run)
					})
				}
			}
		}
	}
}

func benchAppend(b *testing.B, l *load, size int, run func(*testing.B, string, *load) func(*engine.Group) error) {
	dsn := dbtest.Postgres(b)
	e := open(b, dsn)
	defer e.Close()
	if err := e.Append(b.Context(), 0, l.opening()); err != nil {
		b.Fatal(err)
	}
	conn := connect(b, dsn)
	store := run(b, dsn, l)
	for range max(20, 2_000/size) {
		if err := store(l.group(size)); err != nil {
			b.Fatal(err)
		}
	}
	exec(b, conn, "CHECKPOINT") // its full pages are not what is measured
	for range 100 {
		if err := store(l.group(size)); err != nil {
			b.Fatal(err)
		}
	}
	var took time.Duration // making the groups is not the engine's cost
	before := wal(b, conn)
	n := 0
	for b.Loop() {
		g := l.group(size)
		began := time.Now()
		if err := store(g); err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
		n += size
	}
	b.ReportMetric(float64(wal(b, conn)-before)/float64(n), "WAL-B/command")
	b.ReportMetric(float64(took.Nanoseconds())/1e3/float64(n), "µs/command")
	b.ReportMetric(float64(n)/took.Seconds(), "commands/s")
	b.ReportMetric(0, "ns/op")
}

func benchEngine(b *testing.B, dsn string, _ *load) func(*engine.Group) error {
	e := open(b, dsn)
	b.Cleanup(func() { e.Close() })
	return func(g *engine.Group) error { return e.Append(b.Context(), g.Record.Seq-1, g) }
}

// benchFloor writes the rows of a group without asking anything.
func benchFloor(b *testing.B, dsn string, _ *load) func(*engine.Group) error {
	conn := connect(b, dsn)
	return func(g *engine.Group) error {
		var batch pgx.Batch
		batch.Queue("BEGIN")
		r := &g.Record
		batch.Queue("UPDATE holdfast_0.head SET seq = $1", int64(r.Seq))
		batch.Queue("INSERT INTO holdfast_0.log_0 (seq, at, nonce, writer, hash, body) VALUES ($1, $2, $3, $4, $5, $6)",
			int64(r.Seq), int64(r.At), int64(r.Nonce), r.Writer, r.Hash[:], r.Body)
		for from := 0; from < len(g.Holds); from += 256 {
			var args []any
			for _, h := range g.Holds[from:min(from+256, len(g.Holds))] {
				args = append(args, h.Key.Order, h.Key.Tenant, int16(h.Key.Bucket), h.Open, int64(h.Deadline), int64(h.Seq), h.Packed)
			}
			batch.Queue("INSERT INTO holdfast_0.hold (order_id, tenant, bucket, open, deadline, seq, packed) VALUES "+values(len(args), 7), args...)
		}
		for from := 0; from < len(g.Keys); from += 256 {
			var args []any
			for _, k := range g.Keys[from:min(from+256, len(g.Keys))] {
				args = append(args, [16]byte(k.ID), k.Print, int64(k.Seq)<<20|int64(k.Index), int16(k.Bucket))
			}
			batch.Queue("INSERT INTO holdfast_0.key (hash, print, no, bucket) VALUES "+values(len(args), 4), args...)
		}
		for _, it := range g.Items {
			batch.Queue("UPDATE holdfast_0.item SET available = $5, held = $6, version = $7, packed = $8"+
				" WHERE tenant = $1 AND product = $2 AND location = $3 AND lot = $4",
				it.Key.Tenant, it.Key.Product, it.Key.Location, []byte(it.Key.Lot), int64(it.Available), int64(it.Held), int64(it.Version), it.Packed)
		}
		batch.Queue("COMMIT")
		return conn.SendBatch(b.Context(), &batch).Close()
	}
}

// benchExpert is one reserve in one statement: take the units if they are
// there, and note the hold and the event.
func benchExpert(b *testing.B, dsn string, l *load) func(*engine.Group) error {
	conn := connect(b, dsn)
	key := ""
	if l.keys {
		key = ", k AS (INSERT INTO holdfast_0.key (hash, print, no, bucket) SELECT $13, $14, $15, 77 FROM i)"
	}
	sql := "WITH i AS (UPDATE holdfast_0.item SET available = available - 1, held = held + 1, version = version + 1" +
		" WHERE tenant = $1 AND product = $2 AND location = $3 AND lot = $4 AND available >= 1 RETURNING version)," +
		" o AS (INSERT INTO holdfast_0.hold (order_id, tenant, bucket, open, deadline, seq, packed) SELECT $5, $1, 77, true, $6, $7, $8 FROM i)," +
		" l AS (INSERT INTO holdfast_0.log_0 (seq, at, nonce, writer, hash, body) SELECT $7, $9, 1, $10, $11, $12 FROM i)" + key +
		" SELECT version FROM i"
	return func(g *engine.Group) error {
		it, h, r := &g.Items[0], &g.Holds[0], &g.Record
		args := []any{
			it.Key.Tenant, it.Key.Product, it.Key.Location, []byte(it.Key.Lot),
			h.Key.Order, int64(h.Deadline), int64(r.Seq), h.Packed, int64(r.At), r.Writer, r.Hash[:], r.Body,
		}
		if l.keys {
			args = append(args, [16]byte(g.Keys[0].ID), g.Keys[0].Print, int64(r.Seq))
		}
		var version int64
		return conn.QueryRow(b.Context(), sql, args...).Scan(&version)
	}
}

// values is a list of rows of parameters.
func values(params, cols int) string {
	var s strings.Builder
	for i := range params {
		switch {
		case i > 0 && i%cols == 0:
			s.WriteString("), (")
		case i > 0:
			s.WriteString(", ")
		default:
			s.WriteString("(")
		}
		fmt.Fprintf(&s, "$%d", i+1)
	}
	return s.String() + ")"
}

// connect is a connection that is not the engine's.
func connect(tb testing.TB, dsn string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), postgres.DriverDSN(dsn))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { conn.Close(context.WithoutCancel(tb.Context())) })
	return conn
}

func exec(tb testing.TB, conn *pgx.Conn, sql string, args ...any) {
	tb.Helper()
	if _, err := conn.Exec(tb.Context(), sql, args...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

// wal is how many bytes the server has written to its log.
func wal(tb testing.TB, conn *pgx.Conn) (n int64) {
	tb.Helper()
	if err := conn.QueryRow(tb.Context(), "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// load makes groups of reserves.
type load struct {
	seq    engine.Seq
	orders int
	items  []engine.ItemRow
	zipf   *rand.Zipf
	rnd    *rand.Rand
	keys   bool
}

func newLoad(spread int, keys bool) *load {
	rnd := rand.New(rand.NewPCG(1, 2))
	l := &load{rnd: rnd, zipf: rand.NewZipf(rnd, 1.1, 1, uint64(spread-1)), keys: keys}
	for i := range spread {
		l.items = append(l.items, engine.ItemRow{
			Key:   stock.ItemKey{Tenant: "default", Location: "default", Product: fmt.Sprintf("product-%06d", i)},
			Fresh: true, Available: 1 << 40, OnHand: 1 << 40, Tracked: true, OnSale: true, Version: 1,
			UpdatedAt: 1_700_000_000_000, Packed: make([]byte, 60),
		})
	}
	return l
}

// opening is the group that opens the items.
func (l *load) opening() *engine.Group {
	l.seq++
	g := &engine.Group{Record: engine.Record{Seq: l.seq, At: 1, Body: make([]byte, 60)}}
	for i := range l.items {
		g.Items = append(g.Items, l.items[i])
		l.items[i].Fresh = false
	}
	return g
}

func (l *load) group(size int) *engine.Group {
	l.seq++
	g := &engine.Group{Record: engine.Record{Seq: l.seq, At: stock.Time(l.seq), Nonce: uint64(l.seq), Body: make([]byte, 60*size)}}
	touched := map[uint64]bool{}
	for i := range size {
		at := l.zipf.Uint64()
		touched[at] = true
		l.orders++
		g.Holds = append(g.Holds, engine.HoldRow{
			Key:   stock.HoldKey{OrderKey: stock.OrderKey{Tenant: "default", Order: fmt.Sprintf("order-%012d", l.orders)}, Bucket: 77},
			Fresh: true, Open: true, Deadline: 1_800_000_000_000 + stock.Time(l.orders), Seq: l.seq, Packed: make([]byte, 60),
		})
		if l.keys {
			k := engine.KeyRow{Bucket: 77, Seq: l.seq, Index: uint32(i)}
			for j := range k.ID {
				k.ID[j], k.Print[j] = byte(l.rnd.Uint32()), byte(l.rnd.Uint32())
			}
			g.Keys = append(g.Keys, k)
		}
	}
	for at := range touched {
		it := &l.items[at]
		it.Version++
		it.Available--
		it.Held++
		g.Items = append(g.Items, *it)
	}
	return g
}
