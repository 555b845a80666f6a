package mysql_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// waysToRead are the calls that say how far the log has come, each by itself.
var waysToRead = map[string]func(context.Context, *mysql.Engine, engine.Seq) (engine.Seq, error){
	"head": func(ctx context.Context, e *mysql.Engine, _ engine.Seq) (engine.Seq, error) { return e.Head(ctx) },
	"read": func(ctx context.Context, e *mysql.Engine, after engine.Seq) (engine.Seq, error) {
		recs, err := e.Read(ctx, after, 100)
		return after + engine.Seq(len(recs)), err
	},
	"load": func(ctx context.Context, e *mysql.Engine, _ engine.Seq) (engine.Seq, error) {
		l, err := e.Load(ctx, engine.Want{})
		if err != nil {
			return 0, err
		}
		return l.Head, nil
	},
	"scan": func(ctx context.Context, e *mysql.Engine, _ engine.Seq) (engine.Seq, error) {
		return e.ScanItems(ctx, engine.ItemScan{All: true, Limit: 1}, func(*engine.ItemRow) error { return nil })
	},
	"buckets": func(ctx context.Context, e *mysql.Engine, _ engine.Seq) (engine.Seq, error) {
		_, at, err := e.Buckets(ctx)
		return at, err
	},
	"lock": func(ctx context.Context, e *mysql.Engine, after engine.Seq) (engine.Seq, error) {
		w, err := e.Lock(ctx)
		if err != nil {
			return 0, err
		}
		defer w.Unlock()
		recs, err := w.Read(ctx, after, 100)
		return after + engine.Seq(len(recs)), err
	},
}

// TestWhatWasReadIsNeverGone kills a server again and again while one engine
// appends to it and others read. Others keep its log busy, so that commits
// wait for their turn at the disk, where everybody could see them.
func TestWhatWasReadIsNeverGone(t *testing.T) {
	t.Parallel()
	for name, setting := range map[string]string{
		"without a binary log":                           "skip-log-bin",
		"with a binary log":                              "sync-binlog=1",
		"with a binary log that leaves the database out": "binlog-do-db=another",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dbtest.StartMySQL(t, setting)
			slowDisk(t, s, 20*time.Millisecond)
			readWhileKilled(t, s)
		})
	}
}

func readWhileKilled(t *testing.T, s *dbtest.Server) {
	kills := 2
	if os.Getenv("SOAK") != "" {
		kills = 50
	}
	dsn := s.DSN(t)
	writer := open(t, dsn)
	defer writer.Close()
	readers := map[string]*reader{}
	for way, ask := range waysToRead {
		e := open(t, dsn)
		defer e.Close()
		readers[way] = &reader{Engine: e, ask: ask}
	}
	ways := slices.Sorted(maps.Keys(readers))
	head := engine.Seq(0)
	for kill := range kills {
		others := busyLog(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			for h := head; writer.Append(ctx, h, enginetest.Nth(h+1)) == nil; h++ {
			}
		})
		seen := make(chan struct{})
		for _, r := range readers {
			enough := func() {}
			if r == readers[ways[kill%len(ways)]] {
				enough = sync.OnceFunc(func() { close(seen) })
			}
			all.Go(func() { r.follow(ctx, head+20, enough) })
		}
		select {
		case <-seen:
		case <-time.After(10 * time.Minute):
			t.Error("the writer does not get on")
		}
		s.Kill()
		cancel()
		all.Wait()
		others()
		s.Start()
		var err error
		if head, err = enginetest.Check(t.Context(), writer); err != nil {
			t.Fatal(err)
		}
		for way, r := range readers {
			if r.err != nil {
				t.Errorf("by %s: %v", way, r.err)
			}
			if r.at > head {
				t.Errorf("by %s record %d was read, and then the log ended with %d", way, r.at, head)
			}
			if at, err := r.Head(t.Context()); err != nil || at != head {
				t.Errorf("whoever read by %s finds the head at %d, want %d: %v", way, at, head, err)
			}
		}
	}
}

// reader is an engine that reads in one way only.
type reader struct {
	*mysql.Engine
	ask func(context.Context, *mysql.Engine, engine.Seq) (engine.Seq, error)
	// at is the newest record it has seen, err why it had to stop.
	at  engine.Seq
	err error
}

// follow reads until ctx ends, and calls enough when it has seen more than to.
func (r *reader) follow(ctx context.Context, to engine.Seq, enough func()) {
	for ctx.Err() == nil {
		at, err := r.ask(ctx, r.Engine, r.at)
		switch {
		case errors.Is(err, engine.ErrBroken):
			r.err = err
			return
		case err != nil:
			continue // the server has been killed
		}
		if r.at = max(r.at, at); r.at > to {
			enough()
		}
	}
}

// slowDisk starts the server again with a disk that takes that long to sync.
func slowDisk(t *testing.T, s *dbtest.Server, sync time.Duration) {
	t.Helper()
	shim := filepath.Join(s.Dir(), "slowsync.so")
	gcc := exec.CommandContext(t.Context(), "gcc", "-O2", "-shared", "-fPIC", "-o", shim, "../../../test/slowsync/slowsync.c", "-ldl")
	if out, err := gcc.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.Stop()
	s.Environment("LD_PRELOAD="+shim, fmt.Sprintf("SLOWSYNC_MICROSECONDS=%d", sync.Microseconds()))
	s.Start()
}

// busyLog lets others write to the server's log, until it is killed.
func busyLog(t *testing.T, s *dbtest.Server) (wait func()) {
	t.Helper()
	const script = `mariadb -e 'CREATE DATABASE IF NOT EXISTS busy; CREATE TABLE IF NOT EXISTS busy.t (id INT PRIMARY KEY, n INT)'
for i in 1 2 3; do
	yes "INSERT INTO busy.t VALUES ($i, 0) ON DUPLICATE KEY UPDATE n = n + 1;" | mariadb &
done
wait`
	cmd := s.Shell(script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() { _ = cmd.Wait() } // it ends with an error, since its server does
}
