package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

func TestADatabaseThatIsAwayIsWaitedFor(t *testing.T) {
	t.Parallel()
	away := fmt.Errorf("open catalog: %w", catalog.ErrAway)
	for _, c := range []struct {
		name  string
		wait  time.Duration
		comes int // at which try the database is there
		err   error
		lines int
		took  time.Duration
		fails bool
	}{
		{"it is there", time.Minute, 1, away, 0, 0, false},
		{"it comes at the fourth try", time.Minute, 4, away, 3, 5 * time.Second, false},
		{"one that keeps the books counts too", time.Minute, 2, engine.ErrAway, 1, time.Second, false},
		{"it does not come", time.Minute, 100, away, 31, time.Minute, true},
		{"nobody wants to wait", 0, 2, away, 0, 0, true},
		{"a wait does not mend it", time.Minute, 2, catalog.ErrUnavailable, 0, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begun, tries, lines := time.Now(), 0, 0
				err := await(c.wait).openPatiently(t.Context(), func(error, time.Duration) { lines++ }, func() error {
					if tries++; tries >= c.comes {
						return nil
					}
					return c.err
				})
				if took := time.Since(begun); (err != nil) != c.fails || err != nil && !errors.Is(err, c.err) || lines != c.lines || took != c.took {
					t.Errorf("%v after %v and %d lines, want %v and %d", err, took, lines, c.took, c.lines)
				}
			})
		})
	}
}

// A server that is asked to stop while it waits for its database has nothing to save. Nobody listens on port 1.
func TestAServerThatWaitsForItsDatabaseEndsWell(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	err := execute(ctx, []string{
		"serve", "--db", "postgres://u:secret@127.0.0.1:1/db?sslmode=disable",
		"--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--ops", "127.0.0.1:0",
	}, nil, io.Discard, stopsAt{"the database is away, waiting for it", stop})
	if err != nil || ctx.Err() == nil {
		t.Errorf("it ended with %v, asked to stop: %v", err, ctx.Err())
	}
}

// stopsAt calls stop when a text is written.
type stopsAt struct {
	text string
	stop func()
}

func (s stopsAt) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(s.text)) {
		s.stop()
	}
	return len(p), nil
}

// Nobody listens on port 1. An error that a wait does not mend is no reason to wait.
func TestWhichDatabasesAreAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dsn  string
		away bool
	}{
		{"postgres://u:secret@127.0.0.1:1/db?sslmode=disable", true},
		{"mysql://u:secret@127.0.0.1:1/db", true},
		{"postgres://u:secret@127.0.0.1:1/db?connect_timeout=soon", false},
		{"sqlite:" + t.TempDir() + "/gone/x.db", false},
	} {
		_, err := catalog.Open(t.Context(), c.dsn)
		if err == nil || isAway(err) != c.away {
			t.Errorf("the catalog in %s: away is %v of: %v", c.dsn, !c.away, err)
		}
		open, end, err := dial(t.Context(), c.dsn, false, nil)
		if err == nil {
			_, err = open(t.Context(), 0)
			err = errors.Join(err, end())
		}
		if err == nil || isAway(err) != c.away {
			t.Errorf("books in %s: away is %v of: %v", c.dsn, !c.away, err)
		}
	}
}
