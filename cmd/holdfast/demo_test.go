package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Twenty mugs are asked for and there are six tenths of them, 12. The first
// order gets its ten, the second nothing; three come back.
const tinyOrders = `seq,kind,invoice,sku,qty,ts,unit_price,customer,country,description
1,sale,100001,10001,10,2010-12-01 08:26:00,2.55,17850,United Kingdom,MUG
2,sale,100002,10001,10,2010-12-01 08:28:00,2.55,17851,United Kingdom,MUG
3,cancel,C100003,10001,-3,2010-12-01 08:34:00,2.55,17850,United Kingdom,MUG
`

// tinyData writes a data set of three lines with the answers to them.
func tinyData(t *testing.T) string {
	t.Helper()
	sum := func(text string) string {
		h := sha256.Sum256([]byte(text))
		return hex.EncodeToString(h[:])
	}
	expected := fmt.Sprintf(`{"input_sha256": %q, "runs": {"scarce/order": {
		"sale_lines": 2, "cancel_lines": 1, "orders": 2, "orders_granted": 1, "orders_short": 1,
		"lines_granted": 1, "lines_short": 1, "opening_total": 12, "units_asked": 20, "units_granted": 10,
		"units_short": 10, "units_returned": 3, "onhand_total": 5, "skus_at_zero": 0,
		"opening_sha256": %q, "onhand_sha256": %q, "top_short": [["10001", 10]]}}}`,
		sum(tinyOrders), sum("10001\t12\n"), sum("10001\t5\n"))
	dir := t.TempDir()
	d := demo{data: dir}
	var orders bytes.Buffer
	zip := gzip.NewWriter(&orders)
	if _, err := zip.Write([]byte(tinyOrders)); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{d.orders(): orders.String(), d.expected(): expected} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// demoRun is one "holdfast demo" under way.
type demoRun struct {
	url  string
	stop context.CancelFunc
	done chan error

	mu      sync.Mutex
	text    bytes.Buffer
	serving chan struct{} // closed once the last line is written
}

func (r *demoRun) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := strings.Contains(r.text.String(), "Ctrl-C stops it")
	r.text.Write(p)
	if !before && strings.Contains(r.text.String(), "Ctrl-C stops it") {
		close(r.serving)
	}
	return len(p), nil
}

func (r *demoRun) printed() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func startDemo(t *testing.T, dir, data string) *demoRun {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	address := freeAddress(t)
	r := &demoRun{url: "http://" + address, stop: stop, done: make(chan error, 1), serving: make(chan struct{})}
	args := []string{"demo", "--dir", dir, "--data", data, "--http", address, "--grpc", freeAddress(t), "--ops", freeAddress(t)}
	go func() { r.done <- execute(ctx, args, nil, r, r) }()
	t.Cleanup(stop)
	return r
}

// waitServing returns when the replay is over and the demo only serves.
func (r *demoRun) waitServing(t *testing.T) {
	t.Helper()
	select {
	case <-r.serving:
	case err := <-r.done:
		t.Fatalf("the demo ended: %v; printed:\n%s", err, r.printed())
	case <-time.After(10 * time.Minute):
		t.Fatalf("the demo does not get done; printed:\n%s", r.printed())
	}
}

func (r *demoRun) stopped(t *testing.T) {
	t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		t.Fatalf("stopped by the user the demo ends with %v; printed:\n%s", err, r.printed())
	}
}

// ask calls the API with the key that was printed, as somebody who tries it does.
func (r *demoRun) ask(t *testing.T, method, path, body string) string {
	t.Helper()
	key := regexp.MustCompile(`KEY=(\S+)`).FindStringSubmatch(r.printed())
	if key == nil {
		t.Fatalf("no key in what it printed:\n%s", r.printed())
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key[1])
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s with the printed key: %s %s %v", method, path, resp.Status, answer, err)
	}
	return string(answer)
}

// waitFigures waits until the figures of all days say what the replay did, and no more. Refused
// calls are those of no location, and the chain has none.
func (r *demoRun) waitFigures(t *testing.T) {
	t.Helper()
	for {
		sums, all := r.figures(t, "&location_id=default"), r.figures(t, "")
		if sums["received"] == 15 && sums["reserved"] == 10 && sums["sold"] == 10 && sums["lines_reserved"] == 1 && all["refused"] == 1 {
			return
		}
		if sums["sold"] > 10 || sums["received"] > 15 {
			t.Fatalf("the figures say %v", sums)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// figures are the sums over all days.
func (r *demoRun) figures(t *testing.T, filter string) map[string]int64 {
	t.Helper()
	sums, rows := map[string]int64{}, struct{ Items []map[string]any }{}
	if err := json.Unmarshal([]byte(r.ask(t, http.MethodGet, "/v1/figures?by=day"+filter, "")), &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows.Items {
		for name, n := range row {
			if n, ok := n.(float64); ok {
				sums[name] += int64(n)
			}
		}
	}
	return sums
}

func TestDemoReplaysOnceAndGoesOn(t *testing.T) {
	t.Parallel()
	dir, data := filepath.Join(t.TempDir(), "var", "demo"), tinyData(t)

	first := startDemo(t, dir, data)
	first.waitServing(t)
	if !strings.Contains(first.printed(), "every figure equals") {
		t.Errorf("the first run does not say that the figures are right:\n%s", first.printed())
	}
	first.stopped(t)

	second := startDemo(t, dir, data)
	second.waitServing(t)
	if !strings.Contains(second.printed(), "every figure equals") {
		t.Errorf("the second run repeats instead of going on:\n%s", second.printed())
	}
	second.waitFigures(t)
	second.ask(t, http.MethodPost, "/inventory/restock", `{"product_id": "10001", "quantity": 1}`)
	second.stopped(t)

	third := startDemo(t, dir, data)
	third.waitServing(t)
	if !strings.Contains(third.printed(), "changed by hand since") {
		t.Errorf("stock changed by hand is not told from a wrong replay:\n%s", third.printed())
	}
	third.stopped(t)
}

func TestDemoSaysWhyItCannotStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	data := tinyData(t)
	free := func() []string {
		return []string{"--http", freeAddress(t), "--grpc", freeAddress(t), "--ops", freeAddress(t)}
	}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{
			"somebody listens on the port",
			[]string{"--dir", t.TempDir(), "--data", data, "--http", taken.Addr().String()},
			"address already in use; stop what listens there, or choose another address with --http or HOLDFAST_HTTP",
		},
		{"the folder cannot be made", append(free(), "--dir", filepath.Join(file, "demo"), "--data", data), "needs a folder it can write to (--dir)"},
		{"the data set is somewhere else", append(free(), "--dir", t.TempDir(), "--data", t.TempDir()), "not where it should be (--data)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var errOut bytes.Buffer
			err := execute(t.Context(), append([]string{"demo"}, test.args...), nil, &errOut, &errOut)
			if code := report(&errOut, err); code != exitFailed {
				t.Errorf("exit code %d, want %d", code, exitFailed)
			}
			if got := errOut.String(); !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("printed %q, want one line with %q in it", got, test.want)
			}
		})
	}
}
