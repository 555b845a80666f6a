package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// shop is the location where tills sell in these tests, mug what they sell.
const shop, mug = "shop", "mug"

// newCentre starts a server that has so many mugs in the shop.
func newCentre(t *testing.T, mugs int) *server {
	t.Helper()
	s := newServer(t)
	clerk.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": mug, "location_id": shop, "available_stock": mugs}, nil)
	return s
}

// till is a machine in the shop: its files, and the `holdfast till serve` process that is
// started on them again and again.
type till struct {
	*server
	id     string
	centre *server
	// pairing is which pairing of the till these files are from, counted from 1.
	pairing int
}

// newTill makes a till with the policy, pairs it, and waits until it has its units.
func newTill(t *testing.T, centre *server, id string, policy object, has int64) *till {
	t.Helper()
	setTill(t, centre, id, policy)
	m := pairTill(t, centre, id, centre.grpc)
	m.start()
	m.has(has)
	return m
}

// setTill sets a till of the shop at the centre.
func setTill(t *testing.T, centre *server, id string, policy object) {
	t.Helper()
	policy["location_id"] = shop
	clerk.must(t, "PUT", centre.url("/v1/tills/"+id), "", policy, nil)
}

// pairTill pairs new files with a till of the centre, whose gRPC is at the address. Nothing is
// started.
func pairTill(t *testing.T, centre *server, id, address string) *till {
	t.Helper()
	m := tillOn(t, centre, id, filepath.Join(t.TempDir(), "till.db"))
	if o := runWith(t, nil, "till", "pair", "--centre", address, "--db", m.db, tillCode(t, centre, id)); o.code != 0 {
		t.Fatalf("pair till %s: %s", id, o.stderr)
	}
	return m
}

// tillOn is a till whose files are at the path.
func tillOn(t *testing.T, centre *server, id, path string) *till {
	t.Helper()
	s := offServer(t, path)
	s.subcommand = []string{"till", "serve"}
	return &till{server: s, id: id, centre: centre, pairing: 1}
}

// tillCode makes a pairing code.
func tillCode(t *testing.T, centre *server, id string) string {
	t.Helper()
	var said struct{ Code string }
	atCentre(t, centre, &said, "tills", "code", id)
	return said.Code
}

// atCentre runs a command that asks the centre, and reads its answer.
func atCentre(t *testing.T, centre *server, out any, args ...string) {
	t.Helper()
	o := runWith(t, []string{"HOLDFAST_URL=" + centre.url(""), "HOLDFAST_KEY=" + adminKey}, append(args, "--json")...)
	if o.code != 0 {
		t.Fatalf("holdfast %v: %s", args, o.stderr)
	}
	if err := json.Unmarshal([]byte(o.stdout), out); err != nil {
		t.Fatalf("holdfast %v: %v: %s", args, err, o.stdout)
	}
}

// has waits until the till may sell so many mugs.
func (m *till) has(n int64) {
	m.t.Helper()
	await(m.t, fmt.Sprintf("till %s has %d mugs", m.id, n), func() bool { return mugsAt(m.t, m.server) == n })
}

// mugsAt is how many mugs a server may sell in the shop, 0 where it knows of none.
func mugsAt(t testing.TB, s *server) int64 {
	t.Helper()
	return unitsAt(t, s, mug)
}

// unitsAt is how many of a product a server may sell in the shop.
func unitsAt(t testing.TB, s *server, product string) int64 {
	t.Helper()
	r, err := clerk.ask(t, "GET", s.url("/inventory/check/"+product+"?location_id="+shop), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Available int64 }
	if r.status == http.StatusOK {
		if err := json.Unmarshal(r.body, &answer); err != nil {
			t.Fatal(err)
		}
	}
	return answer.Available
}

// await waits for a condition.
func await(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(hang); !is(); wait(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// reserveAt holds n mugs of the shop for the order, and returns the code of the refusal, "" for
// none. It is sent again, under its own key, until there is an answer.
func reserveAt(t testing.TB, s *server, order string, n int) string {
	t.Helper()
	return postAt(t, s, "/inventory/reserve", "reserve-"+order, object{"order_id": order, "product_id": mug, "location_id": shop, "quantity": n})
}

// endAt deducts or releases the order, and returns the code of the refusal, "" for none.
func endAt(t testing.TB, s *server, how, order string) string {
	t.Helper()
	return postAt(t, s, "/inventory/"+how, how+"-"+order, object{"order_id": order})
}

// sellAt reserves and deducts n mugs, and returns the code of the refusal, "" for none.
func sellAt(t testing.TB, s *server, order string, n int) string {
	t.Helper()
	if code := reserveAt(t, s, order, n); code != "" {
		return code
	}
	return endAt(t, s, "deduct", order)
}

// clerk calls servers for the tests of tills.
var clerk = newCaller(adminKey)

// postAt may be called by any goroutine.
func postAt(t testing.TB, s *server, path, key string, body object) string {
	t.Helper()
	r, err := clerk.ask(t, "POST", s.url(path), key, body)
	if err != nil {
		t.Error(err)
		return "NO_ANSWER"
	}
	if r.status != http.StatusOK && r.code == "" {
		t.Errorf("%s: %d %s", path, r.status, r.body)
	}
	return r.code
}

// sellAll sells single mugs under ids with the prefix until one is refused, and returns the ids of
// those that were sold and the refusal.
func sellAll(t testing.TB, s *server, prefix string) (sold []string, refusal string) {
	t.Helper()
	for i := 0; ; i++ {
		order := fmt.Sprint(prefix, i)
		if code := sellAt(t, s, order, 1); code != "" {
			return sold, code
		}
		sold = append(sold, order)
	}
}
