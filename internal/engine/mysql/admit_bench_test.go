package mysql_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

var logKept = map[string]string{"binlog": "sync-binlog=1", "no-binlog": "skip-log-bin"}

// BenchmarkReadBehind loads the head through one engine while another appends
// groups of 16 all the time: what most reads see is new.
func BenchmarkReadBehind(b *testing.B) {
	for name, setting := range logKept {
		dsn := dbtest.StartMySQL(b, setting).DSN(b)
		for _, callers := range []int{1, 16} {
			b.Run(fmt.Sprintf("%s/callers=%d", name, callers), func(b *testing.B) {
				benchReadBehind(b, dsn, callers)
			})
		}
	}
}

func benchReadBehind(b *testing.B, dsn string, callers int) {
	e, reader := open(b, dsn), open(b, dsn)
	defer e.Close()
	defer reader.Close()
	var stored atomic.Int64
	var enough atomic.Bool
	var writing sync.WaitGroup
	writing.Go(func() { fillFrom(b, e, &stored, &enough) })
	b.ResetTimer()
	var reading sync.WaitGroup
	left := atomic.Int64{}
	left.Store(int64(b.N))
	for range callers {
		reading.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := reader.Load(b.Context(), engine.Want{}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	reading.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
	b.ReportMetric(float64(stored.Load())/b.Elapsed().Seconds(), "groups/s")
	enough.Store(true)
	writing.Wait()
}

// fillFrom appends groups until it is enough.
func fillFrom(b *testing.B, e *mysql.Engine, stored *atomic.Int64, enough *atomic.Bool) {
	head, err := e.Head(b.Context())
	if err != nil {
		b.Error(err)
		return
	}
	l := newLoad(1)
	l.seq, l.orders, l.items[0].Fresh = head, int(head)*16, head == 0
	for !enough.Load() {
		g := l.group(16)
		l.items[0].Fresh = false
		if err := e.Append(b.Context(), g.Record.Seq-1, g); err != nil {
			b.Error(err)
			return
		}
		stored.Add(1)
	}
}

// BenchmarkTurns lets two engines take turns at the head, each of which reads
// what the other has stored.
func BenchmarkTurns(b *testing.B) {
	for name, setting := range logKept {
		b.Run(name, func(b *testing.B) {
			dsn := dbtest.StartMySQL(b, setting).DSN(b)
			engines := []*mysql.Engine{open(b, dsn), open(b, dsn)}
			l := newLoad(1)
			if err := engines[0].Append(b.Context(), 0, l.opening()); err != nil {
				b.Fatal(err)
			}
			b.ResetTimer()
			for n := range b.N {
				e := engines[n%2]
				w, err := e.Lock(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				g := l.group(16)
				if _, err := w.Read(b.Context(), g.Record.Seq-2, 16); err != nil {
					b.Fatal(err)
				}
				if err := w.Append(b.Context(), g.Record.Seq-1, g); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			for _, e := range engines {
				if err := e.Close(); err != nil {
					b.Error(err)
				}
			}
		})
	}
}
