package test

import (
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// A bucket is moved back and forth between two databases while 5,000 orders a
// second come in, or as many as the machine takes. A fifth of them are for items
// of that bucket. Each call is sent once, and is granted, or refused because there
// are too few units. The books have every order that was granted.
func TestABucketMovesUnderLoadAndNoCallFails(t *testing.T) {
	t.Parallel()
	moves := 2 // there and back
	if rounds(1) > 1 {
		moves = 50
	}
	databases := "a=" + dbtest.Postgres(t) + ",b=" + dbtest.Postgres(t)
	s := offServer(t, "")
	s.db = dbtest.Postgres(t)
	s.under = []string{"env", "HOLDFAST_DATABASES=" + databases}
	s.start()
	h := newHaul(t, s)
	bucket := bucketOf(h.sites[0])
	var pauses, takes []time.Duration
	var said []string
	h.run()
	h.settled()
	begun, before := time.Now(), h.orders()
	for n := range moves {
		from := time.Now()
		o := runWith(t, nil, "shards", "move", fmt.Sprint(bucket), "--to", fmt.Sprint((bucket+n+1)%2), "--yes", "--rate", "0", "--keep", "5s", "--db", s.db, "--databases", databases)
		if o.code != 0 || !strings.Contains(o.stdout, "1 of 1 buckets moved") {
			t.Errorf("move %d: exit code %d: %s%s", n, o.code, o.stdout, o.stderr)
			break
		}
		to := time.Now()
		takes = append(takes, to.Sub(from))
		pauses = append(pauses, h.pause(from, to))
		said = append(said, strings.TrimSpace(o.stdout))
		t.Logf("move %d: longest gap %v; %s", n+1, pauses[n].Round(100*time.Microsecond), said[n])
	}
	rate := float64(h.orders()-before) / time.Since(begun).Seconds()
	h.end()
	t.Logf("%d processors, %d moves under %.0f orders a second (%d were wanted): %d granted, %d short, %d failed; between moves the longest gap was %v in half a second",
		runtime.NumCPU(), len(said), rate, haulRate, h.orders()-h.short, h.short, h.failed, h.usual.Round(100*time.Microsecond))
	t.Logf("the longest gap between answers to the bucket's callers, per move: %s", spreadOf(pauses))
	t.Logf("the mover itself says its writes waited for: %s", spreadOf(waits(t, said)))
	t.Logf("a move took: %s", spreadOf(takes))
	h.audit(s)
	s.stop()
	if out, code := holdfast(t, "verify", "--db", s.db, "--databases", databases); code != 0 {
		t.Errorf("verify found:\n%s", out)
	}
}

// waited matches the output of `holdfast shards move` when it has moved a bucket.
var waited = regexp.MustCompile(`a bucket's writes waited for at most (\S+)`)

func waits(t *testing.T, said []string) (all []time.Duration) {
	t.Helper()
	for _, text := range said {
		found := waited.FindStringSubmatch(text)
		if found == nil {
			t.Errorf("the mover does not say how long writes waited: %s", text)
			continue
		}
		d, err := time.ParseDuration(found[1])
		if err != nil {
			t.Error(err)
		}
		all = append(all, d)
	}
	return all
}

// spreadOf is the median, the 99th percentile and the maximum, in words.
func spreadOf(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	all = slices.Sorted(slices.Values(all))
	at := func(share float64) time.Duration {
		return all[int(share*float64(len(all)-1)+0.5)].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("p50 %v, p99 %v, max %v", at(0.5), at(0.99), at(1))
}
