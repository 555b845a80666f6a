package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAServerSaysWhatItRunsOn: a server alone on a file is one node with one slot.
func TestAServerSaysWhatItRunsOn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	var nodes, slots, tenants, checks struct{ Items []object }
	c.must(t, http.MethodGet, s.url("/v1/nodes"), "", nil, &nodes)
	c.must(t, http.MethodGet, s.url("/v1/slots"), "", nil, &slots)
	c.must(t, http.MethodGet, s.url("/v1/tenants"), "", nil, &tenants)
	c.must(t, http.MethodGet, s.url("/v1/checks"), "", nil, &checks)
	if len(nodes.Items) != 1 || len(slots.Items) != 1 || len(tenants.Items) != 1 {
		t.Fatalf("nodes %v, slots %v, tenants %v", nodes, slots, tenants)
	}
	wants(t, nodes.Items[0], "state", "serving")
	wants(t, nodes.Items[0], "slots", "[0]")
	wants(t, slots.Items[0], "home_node_id", nodes.Items[0]["node_id"])
	wants(t, slots.Items[0], "bucket_count", 1024)
	if free, all := nodes.Items[0]["disk_free_bytes"].(float64), nodes.Items[0]["disk_bytes"].(float64); free <= 0 || free > all {
		t.Errorf("%g of %g bytes are free", free, all)
	}
	if head := slots.Items[0]["head_seq"].(float64); head <= 0 {
		t.Errorf("the newest record is %g", head)
	}
	var names []string
	for _, f := range checks.Items {
		names = append(names, f["check"].(string))
		if f["verdict"] == "wrong" {
			t.Errorf("something is wrong: %v", f)
		}
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "file disk schema journal-mode records view keys ") || !strings.HasSuffix(got, " server") {
		t.Errorf("checks: %s", got)
	}
}

// TestTwoServersTellOfThemselves: each shows both, and one rule watches both whichever evaluates it.
// The notice leads to the alert.
func TestTwoServersTellOfThemselves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	links := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Data struct{ Link string }
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		select {
		case links <- body.Data.Link:
		default:
		}
	}))
	t.Cleanup(hook.Close)
	var servers []*server
	var addresses []string
	for range 2 {
		s, address := offServer(t, filepath.Join(dir, "main.db")), freeAddress(t)
		s.under = []string{
			"env", "HOLDFAST_DATABASES=a=sqlite:" + filepath.Join(dir, "a.db") + ",b=sqlite:" + filepath.Join(dir, "b.db"),
			"HOLDFAST_NODE=" + address, "HOLDFAST_NODE_ADDRESS=" + address, "HOLDFAST_NODE_SECRET=0123456789abcdef0123456789abcdef",
			"HOLDFAST_PUBLIC_URL=https://stock.example/inside", "HOLDFAST_WEBHOOK_ALLOW=127.0.0.0/8",
		}
		s.start()
		servers, addresses = append(servers, s), append(addresses, address)
	}
	c := newCaller(adminKey)
	homes := func(s *server) (all string) {
		var nodes struct{ Items []object }
		c.must(t, http.MethodGet, s.url("/v1/nodes"), "", nil, &nodes)
		of := map[string]object{}
		for _, n := range nodes.Items {
			of[fmt.Sprint(n["address"])] = n
		}
		slots := 0
		for _, address := range addresses {
			n := of[address]
			if n["state"] != "serving" || n["version"] == nil || n["disk_bytes"] == nil {
				return fmt.Sprint(nodes)
			}
			home, _ := n["slots"].([]any)
			slots += len(home)
		}
		if len(of) != 2 || slots != 2 || of[addresses[0]]["answers"] == of[addresses[1]]["answers"] {
			return fmt.Sprint(nodes)
		}
		return ""
	}
	for _, s := range servers {
		late := time.Now().Add(time.Minute)
		for got := homes(s); got != ""; got = homes(s) {
			if time.Now().After(late) {
				t.Fatalf("a server shows %s", got)
			}
			wait(100 * time.Millisecond)
		}
		var slots struct{ Items []object }
		c.must(t, http.MethodGet, s.url("/v1/slots"), "", nil, &slots)
		if len(slots.Items) != 2 {
			t.Fatalf("slots: %v", slots)
		}
		wants(t, slots.Items[0], "bucket_count", 512)
		wants(t, slots.Items[1], "database", "b")
	}

	c.must(t, http.MethodPut, servers[0].url("/v1/alert-receivers/team"), "", object{"kind": "webhook", "settings": object{"url": hook.URL}}, nil)
	c.must(t, http.MethodPut, servers[0].url("/v1/alert-rules/disk"), "", object{"rule": object{"metric": "disk_free", "condition": "value <= 1", "clear_seconds": 0, "send_to": []string{"team"}}}, nil)
	link := <-links
	var alerts struct{ Items []object }
	c.must(t, http.MethodGet, servers[1].url("/v1/alerts?rule_id=disk"), "", nil, &alerts)
	if len(alerts.Items) != 2 {
		t.Fatalf("alerts: %v", alerts)
	}
	known := false
	for _, a := range alerts.Items {
		known = known || link == fmt.Sprint("https://stock.example/inside/console/alerts/", a["alert_id"])
		if subject := fmt.Sprint(a["subject"]); subject != addresses[0] && subject != addresses[1] {
			t.Errorf("an alert about %s", subject)
		}
	}
	if !known {
		t.Errorf("the notice leads to %s", link)
	}

	// A stopped server is no longer listed.
	servers[1].stop()
	var nodes struct{ Items []object }
	c.must(t, http.MethodGet, servers[0].url("/v1/nodes"), "", nil, &nodes)
	if len(nodes.Items) != 1 {
		t.Errorf("after a stop: %v", nodes)
	}
}
