package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkTillColdStart measures the start of a till with 50,000 products and 10,000 open orders of
// three lines after a kill: the time until it is ready, and its memory then:
//
//	go test -run '^$' -bench TillColdStart -benchtime 10x ./test
func BenchmarkTillColdStart(b *testing.B) {
	const products, orders, batch = 50_000, 10_000, 100
	centre := newServer(b)
	levels := []byte("product_id,location_id,on_hand\n")
	for p := range products {
		levels = fmt.Appendf(levels, "%s,%s,100\n", product(p), shop)
	}
	file := filepath.Join(b.TempDir(), "levels.csv")
	if err := os.WriteFile(file, levels, 0o600); err != nil {
		b.Fatal(err)
	}
	if o := runWith(b, []string{"HOLDFAST_URL=" + centre.url(""), "HOLDFAST_KEY=" + adminKey}, "import", "levels", file, "--new", "allow"); o.code != 0 {
		b.Fatal(o.stderr)
	}
	m := benchTill(b, centre, object{"percent": 50})
	await(b, "the till has its units", func() bool { return !soldOut(b, m.server, product(products-1)) && !soldOut(b, m.server, product(0)) })
	for o := 0; o < orders; o += batch {
		var commands []object
		for n := range batch {
			var lines []object
			for l := range 3 {
				lines = append(lines, object{"product_id": product(((o+n)*3 + l) % products), "location_id": shop, "quantity": 1})
			}
			id := fmt.Sprint("open-", o+n)
			commands = append(commands, object{"reserve": object{"order_id": id, "items": lines, "ttl_seconds": 86_400}, "idempotency_key": id})
		}
		r, err := clerk.ask(b, "POST", m.url("/v1/commands:batch"), "", object{"commands": commands})
		if err != nil || r.status != 200 || strings.Contains(string(r.body), `"problem"`) {
			b.Fatalf("%v: %.500s", err, r.body)
		}
	}
	var took []time.Duration
	b.ResetTimer()
	for range b.N {
		m.kill()
		took = append(took, m.start())
	}
	b.ReportMetric(0, "ns/op")
	reportTimes(b, "ready", took)
	b.ReportMetric(float64(residentMiB(b, m.server)), "MiB")
	reportSync(b)
}

// residentMiB is how much memory the server's process has.
func residentMiB(b *testing.B, s *server) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib int
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib >> 10
}
