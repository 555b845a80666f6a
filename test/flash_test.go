package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	orders   = "../data/online-retail/orders-2010-12_2011-05.csv.gz"
	expected = "../data/online-retail/expected.json"
)

// replaying is a `holdfast-proof replay` process under way.
type replaying struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr bytes.Buffer
	end            chan error
}

// replay starts a replay of the orders against the server; more are the flags
// that make the run.
func replay(t *testing.T, s *server, more ...string) *replaying {
	t.Helper()
	return replayFile(t, orders, s, append([]string{"--expect", expected}, more...)...)
}

// replayFile starts a replay of a file against the server.
func replayFile(t *testing.T, path string, s *server, more ...string) *replaying {
	t.Helper()
	program, err := proofBinary()
	if err != nil {
		t.Fatal(err)
	}
	r := &replaying{t: t, end: make(chan error, 1)}
	r.cmd = exec.Command(program, append([]string{"replay", path, "--json", "--url", "http://" + s.http, "--key", adminKey}, more...)...)
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.end <- r.cmd.Wait() }()
	t.Cleanup(r.kill)
	return r
}

// kill ends the process with SIGKILL, if it runs.
func (r *replaying) kill() {
	r.cmd.Process.Kill() //nolint:errcheck // it may have ended
}

// sum is what a replay prints at its end.
type sum struct {
	Flash struct {
		Total struct{ Granted, Refused, OnHand int64 }
	}
	OnHandTotal int64  `json:"onhand_total"`
	Hash        string `json:"onhand_sha256"`
	Oversold    int64
	Retries     int64
	Resumed     bool
}

// wait waits for the end, which must be a success: every figure as expected.
func (r *replaying) wait() sum {
	r.t.Helper()
	long := max(hang, time.Duration(rounds(90))*time.Second)
	select {
	case err := <-r.end:
		if err != nil {
			r.t.Fatalf("replay: %v\n%s%s", err, &r.stdout, &r.stderr)
		}
	case <-time.After(long):
		r.kill()
		r.t.Fatalf("the replay goes on after %v\n%s", long, &r.stderr)
	}
	var s sum
	if err := json.Unmarshal(r.stdout.Bytes(), &s); err != nil {
		r.t.Fatalf("%v in %s", err, &r.stdout)
	}
	return s
}

// left is how many units of the products with the prefix are on hand, and how
// many products there are.
func left(t *testing.T, c *caller, s *server, prefix string) (units int64, products int) {
	t.Helper()
	token := ""
	for {
		var page struct {
			Items []struct {
				Product string `json:"product_id"`
				OnHand  int64  `json:"on_hand"`
			}
			Next string `json:"next_page_token"`
		}
		c.must(t, "GET", s.url("/inventory?page_size=500"+token), "", nil, &page)
		for _, i := range page.Items {
			if len(i.Product) > len(prefix) && i.Product[:len(prefix)] == prefix {
				units, products = units+i.OnHand, products+1
			}
		}
		if page.Next == "" {
			return units, products
		}
		token = "&page_token=" + page.Next
	}
}

// 3,191 buyers, 256 at a time, want 948 units of 20 products: each unit is
// sold once, whatever the order of arrival, also when the server is killed in
// the middle.
func TestAFlashSaleSellsEveryUnitOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := newCaller(adminKey)
	for round := range rounds(2) {
		prefix := fmt.Sprintf("f%d-", round)
		sale := replay(t, s, "--mode", "flash", "--workers", "256", "--prefix", prefix, "--state", "none")
		if round%2 == 1 {
			// The middle is where a good part is sold and a good part is not.
			var units int64
			for begun := time.Now(); ; {
				var products int
				if units, products = left(t, c, s, prefix); products == 20 && units < 800 {
					break
				}
				if time.Since(begun) > hang {
					t.Fatalf("the sale has not begun: %d units left\n%s", units, &sale.stderr)
				}
			}
			s.kill()
			t.Logf("killed with %d of 948 units left", units)
			s.start()
		}
		got := sale.wait()
		if total := got.Flash.Total; total.Granted != 948 || total.Refused != 2243 || total.OnHand != 0 || got.Oversold != 0 {
			t.Fatalf("round %d: %+v, want 948 granted, 2,243 refused, nothing left", round, total)
		}
		if round%2 == 1 {
			t.Logf("%d calls were sent again", got.Retries)
		}
	}
	s.stop()
	s.verify()
}

// A killed replay continues where it stopped when the same command is given again. The books are
// then to the unit those of one run.
func TestAKilledReplayResumesWithoutDoubleEffect(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := newCaller(adminKey)
	for round := range rounds(1) {
		prefix := fmt.Sprintf("r%d-", round)
		run := []string{
			"--mode", "order", "--opening", "scarce", "--transport", "batch", "--prefix", prefix,
			"--state", filepath.Join(t.TempDir(), "state.json"),
		}
		const opening = 1_264_967
		first := replay(t, s, run...)
		// Killed at places that the books show: the stock of the first days is
		// sold, then that of the first weeks.
		for _, below := range []int64{opening - 50_000, opening - 300_000} {
			for begun := time.Now(); ; {
				if units, products := left(t, c, s, prefix); products == 3488 && units < below {
					t.Logf("killed with %d of %d units left", units, int64(opening))
					break
				}
				if time.Since(begun) > hang {
					t.Fatalf("the replay sells nothing\n%s", &first.stderr)
				}
			}
			first.kill()
			<-first.end
			first = replay(t, s, run...)
		}
		got := first.wait()
		if got.OnHandTotal != 412_386 || got.Oversold != 0 {
			t.Fatalf("%d on hand, %d oversold after the resumed replay, want 412,386 and 0", got.OnHandTotal, got.Oversold)
		}
		if !got.Resumed {
			t.Error("the replay does not say that it was resumed")
		}
	}
	s.stop()
	s.verify()
}
