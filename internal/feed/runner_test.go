package feed

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestARunnerKeepsEachReaderByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		r := NewRunner(slog.New(slog.NewTextHandler(&log, nil)), "reader", 100*time.Millisecond, 5*time.Second)
		var fails atomic.Bool
		fails.Store(true)
		var tries, steps [2]atomic.Int64
		reader := func(n int) Reader {
			return func(ctx context.Context, done func()) error {
				tries[n].Add(1)
				for ctx.Err() == nil {
					if n == 0 && fails.Load() {
						return errors.New("no answer")
					}
					steps[n].Add(1)
					done()
					pauseFor(ctx, time.Second, nil)
				}
				return ctx.Err()
			}
		}
		r.Add(reader(0))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		<-time.After(time.Second)
		r.Add(reader(1))
		<-time.After(time.Minute)
		if n := tries[0].Load(); n < 10 || n > 40 {
			t.Errorf("the reader that fails was tried %d times in a minute", n)
		}
		if tries[1].Load() != 1 || steps[1].Load() < 60 {
			t.Errorf("the other was tried %d times and made %d steps", tries[1].Load(), steps[1].Load())
		}
		fails.Store(false)
		<-time.After(10 * time.Second)
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		for line, want := range map[string]int{
			`msg="reader fails, trying again" slot=0 err="no answer"`: 1, `msg="reader goes on" slot=0`: 1, "slot=1": 0,
		} {
			if got := strings.Count(log.String(), line); got != want {
				t.Errorf("%q was logged %d times:\n%s", line, got, &log)
			}
		}
	})
}
