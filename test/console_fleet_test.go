package test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAnAdministratorSeesWhatItRunsOnInTheConsole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	c := shopFor(t, s)
	b := openTab(t, s.url(""), 1280)
	b.signIn("/running?tab=fleet", adminKey)
	b.see("answers this page", "● serving", "main", "sqlite, set 0", "1,024", "No bucket is on its way to another slot.")
	b.until("the strip says what it shows", `document.querySelector('svg.buckets')?.getAttribute('aria-label') === '1,024 of 1,024 buckets are here, 0 are arriving, 0 are leaving.'`)
	b.accessible("nodes and slots")
	b.click("Replicas")
	b.see("No replica is read")
	b.accessible("no replicas")
	b.click("Tenants")
	b.see("default")
	b.accessible("tenants")
	b.click("Doctor")
	b.see("free", "this server says: ready")
	b.until("each finding has its verdict", `document.querySelectorAll('.findings li').length >= 9`)
	b.accessible("checks")
	b.click("Run the checks")
	b.until("they are made again", `!document.querySelector('.ant-btn-loading')`)

	// On a phone, in Chinese.
	b.resize(360)
	b.click("中文")
	b.see("服务器检查自身和账本")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.open("/running?tab=fleet")
	b.see("● 在服务", "sqlite，第 0 组", "没有桶正在迁移。")
	b.accessible("nodes and slots on a phone")
	b.until("nothing is cut off", `document.documentElement.scrollWidth <= innerWidth`)
	b.clean()

	// Whoever may not see it is not led there.
	clerk := openTab(t, s.url(""), 1280)
	clerk.signIn("/running", c.person(t, s, "tom", "clerk", "admin"))
	clerk.see("The books answer.")
	clerk.gone("Nodes & slots")
	clerk.clean()
}

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
