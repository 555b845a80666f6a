package test

import (
	"strings"
	"testing"
	"time"
)

// Half a year of a shop goes through a stream and ends as it should, although
// the server is killed in the middle of it.
func TestAReplayOverAStreamOutlivesAKill(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	done := make(chan outcome, 1)
	go func() {
		done <- runProof(t, "replay", orders, "--url", "http://"+s.http, "--grpc", s.grpc, "--key", adminKey, "--transport", "stream",
			"--opening", "scarce", "--mode", "order", "--state", "none", "--expect", expected)
	}()
	<-time.After(1500 * time.Millisecond) // wherever it is by then
	s.kill()
	s.start()
	o := <-done
	if o.code != 0 || !strings.Contains(o.stdout, "every figure equals") {
		t.Errorf("the replay ended with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	s.stop()
	s.verify()
}
