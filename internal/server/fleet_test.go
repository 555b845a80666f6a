package server_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/server/fleet"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// installation is what a house says that it runs on. Its tenants are those of the catalog.
type installation struct {
	*catalog.Catalog
	nodes    []fleet.Node
	slots    []fleet.Slot
	moves    []catalog.Move
	replicas []view.ReplicaState
	findings []fleet.Finding
}

func (*installation) Self() string                                     { return "n-1" }
func (f *installation) Nodes(context.Context) ([]fleet.Node, error)    { return f.nodes, nil }
func (f *installation) Slots(context.Context) ([]fleet.Slot, error)    { return f.slots, nil }
func (f *installation) Moves(context.Context) ([]catalog.Move, error)  { return f.moves, nil }
func (f *installation) Replicas() []view.ReplicaState                  { return f.replicas }
func (f *installation) Check(context.Context) ([]fleet.Finding, error) { return f.findings, nil }

// told returns the servers in the form that rules get.
func (f *installation) told(context.Context) ([]catalog.Node, error) {
	all := make([]catalog.Node, len(f.nodes))
	for i := range f.nodes {
		all[i] = f.nodes[i].Node
	}
	return all, nil
}

func TestNodesTellOfThemselves(t *testing.T) {
	t.Parallel()
	h := start(t)
	ends := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	h.fleet.nodes = []fleet.Node{
		{Serving: true, Home: []uint16{0, 2}, Node: catalog.Node{ID: "n-1", Address: "a:8082", Started: ends, Seen: ends, Facts: catalog.NodeFacts{
			Host: "a", Version: "v1", DiskFree: 5, DiskAll: 10, CertificateEnds: ends,
		}}},
		{Node: catalog.Node{ID: "n-2", Started: ends, Seen: ends}},
	}
	h.play(t, step{path: "/v1/nodes", want: []string{
		`items.0 {"address":"a:8082","answers":true,"certificate_expires_at":"2027-01-02T03:04:05.000Z","disk_bytes":10,"disk_free_bytes":5,"host":"a","node_id":"n-1","seen_at":"2027-01-02T03:04:05.000Z","slots":[0,2],"started_at":"2027-01-02T03:04:05.000Z","state":"serving","version":"v1"}`,
		`items.1 {"answers":false,"node_id":"n-2","seen_at":"2027-01-02T03:04:05.000Z","started_at":"2027-01-02T03:04:05.000Z","state":"silent"}`,
	}})
}

func TestSlotsHaveBucketsInRanges(t *testing.T) {
	t.Parallel()
	h := start(t)
	at := time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	h.fleet.slots = []fleet.Slot{
		{SlotPlace: catalog.SlotPlace{Database: "main"}, Kind: "postgres", Home: "n-1", Head: new(engine.Seq(7)), Buckets: []stock.Bucket{0, 1, 2, 5, 7, 8}},
		{SlotPlace: catalog.SlotPlace{Number: 1, Database: "b", Set: 3}, Kind: "mysql"},
	}
	h.fleet.moves = []catalog.Move{{Bucket: 5, From: 0, To: 1, Step: "copying", Started: at, At: at}}
	h.play(t, step{path: "/v1/slots", want: []string{
		`items.0 {"bucket_count":6,"buckets":[{"first":0,"last":2},{"first":5,"last":5},{"first":7,"last":8}],"database":"main","head_seq":7,"home_node_id":"n-1","kind":"postgres","set":0,"slot":0}`,
		`items.1 {"bucket_count":0,"buckets":[],"database":"b","kind":"mysql","set":3,"slot":1}`,
		`items.length 2`,
		`moves.0 {"bucket":5,"from_slot":0,"started_at":"2027-01-02T03:04:05.000Z","step":"copying","to_slot":1,"updated_at":"2027-01-02T03:04:05.000Z"}`,
		`moves.length 1`,
	}})
}

func TestReplicasAreShownAsEachServerSeesThem(t *testing.T) {
	t.Parallel()
	h := start(t)
	seen := func(reason string, records int64, behind time.Duration) catalog.NodeFacts {
		return catalog.NodeFacts{Replicas: []catalog.ReplicaFacts{{Name: "main", Reason: reason, Records: records, Behind: catalog.Period(behind)}}}
	}
	h.fleet.nodes = []fleet.Node{
		{Serving: true, Node: catalog.Node{ID: "n-2", Facts: seen("no answer", -1, -1)}},
		{Serving: true, Node: catalog.Node{ID: "n-1", Facts: seen("", 3, 1500*time.Millisecond)}},
		{Node: catalog.Node{ID: "n-0", Facts: seen("", 0, 0)}}, // what a silent server saw is old
	}
	h.fleet.replicas = []view.ReplicaState{{Name: "main", Heads: map[uint16]engine.Seq{1: 9, 0: 4}}}
	h.play(t, step{path: "/v1/replicas", want: []string{
		`items.0 {"lag_records":3,"lag_seconds":1.5,"name":"main","node_id":"n-1","positions":[{"head_seq":4,"slot":0},{"head_seq":9,"slot":1}],"state":"serving"}`,
		`items.1 {"name":"main","node_id":"n-2","reason":"no answer","state":"left_out"}`,
		`items.length 2`,
	}})
}

func TestTenantsAreListedInPages(t *testing.T) {
	t.Parallel()
	h := start(t)
	first := step{path: "/v1/tenants?page_size=1", want: []string{`items.length 1`, `items.0.tenant_id "default"`, `items.0.valid_keys 3`}}
	h.play(t, first)
	token, err := strconv.Unquote(h.call(t, "admin", "GET", first.path, "").at("next_page_token"))
	if err != nil {
		t.Fatal(err)
	}
	h.play(t, step{path: "/v1/tenants?page_size=1&page_token=" + token, want: []string{`items.0.tenant_id "other"`, `items.length 1`, `next_page_token absent`}})
	h.play(t, step{path: "/v1/tenants?page_token=x", status: 400, code: "INVALID_ARGUMENT"})
}

func TestChecksEndWithWhetherTheServerTakesCalls(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.fleet.findings = []fleet.Finding{{Check: "disk", Verdict: "warning", Found: "512.0 MiB free", Remedy: "make room"}, {Check: "records", Verdict: "ok", Found: "all"}}
	h.play(t, step{path: "/v1/checks", want: []string{
		`node_id "n-1"`,
		`items.0 {"check":"disk","found":"512.0 MiB free","handbook":"operations/capacity","remedy":"make room","verdict":"warning"}`,
		`items.1 {"check":"records","found":"all","handbook":"operations/trouble","verdict":"ok"}`,
		`items.2 {"check":"server","found":"this server says: ready","handbook":"operations/trouble","verdict":"ok"}`,
		`items.length 3`,
	}})
}

// TestWhatTenantsShareIsShownToOne: servers, slots and tenants are those of all tenants, and no
// tenant's admin but the installation's may see them.
func TestWhatTenantsShareIsShownToOne(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, list := range []string{"nodes", "slots", "replicas", "tenants", "checks"} {
		path := "/v1/" + list
		h.play(t, step{as: "other", path: path, status: 403, code: "PERMISSION_DENIED"})
		h.play(t, step{as: "internal", path: path, status: 403, code: "PERMISSION_DENIED"})
		h.play(t, step{as: "nobody", path: path, status: 401, code: "UNAUTHENTICATED"})
		h.play(t, step{path: path})
	}
	for who, may := range map[string]bool{"admin": true, "other": false} {
		if actions := h.call(t, who, "GET", "/v1/session", "").at("actions"); strings.Contains(actions, `"ListNodes"`) != may {
			t.Errorf("%s may list nodes: %t", who, !may)
		}
	}
}
