package test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// catalogTold is a change of the catalog as a receiver of CloudEvents sees it.
type catalogTold struct {
	ID, Type, Subject string
	Data              struct{ Kind, ID string }
}

// toldIn are the changes in a file, each once.
func toldIn(t *testing.T, name string) (all []catalogTold) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var one catalogTold
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if !seen[one.ID] {
			seen[one.ID] = true
			all = append(all, one)
		}
	}
	return all
}

// A sink of the catalog gets every change of the catalog, and nothing of the stock, whatever is
// killed. The changes of a document come in order.
func TestASinkGetsEveryChangeOfTheCatalogAcrossKills(t *testing.T) {
	t.Parallel()
	s := newSinks(t)
	s.c.must(t, "POST", s.url("/v1/inventory"), "", object{"product_id": "mug", "available_stock": 100}, nil)
	s.c.must(t, "PUT", s.url("/v1/sinks/kits"), "", object{"kind": "file", "target": "kits.ndjson", "filter": object{"types": []string{"catalog.kit"}}}, nil)
	const kits, rounds = 8, 3
	for round := range rounds {
		for n := range kits {
			kit := s.url(fmt.Sprint("/v1/kits/kit-", n))
			s.c.must(t, "PUT", kit, "", object{"components": []object{{"product_id": "mug", "quantity": 2 + round}}}, nil)
			if n == kits/2 {
				s.kill()
				s.start()
			}
			s.c.must(t, "DELETE", kit, "", nil, nil)
		}
	}
	var all []catalogTold
	for deadline := time.After(hang); len(all) < 2*kits*rounds; {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%d changes came, want %d", len(all), 2*kits*rounds)
		}
		all = toldIn(t, filepath.Join(s.folder, "kits.ndjson"))
	}
	of := map[string][]string{}
	for _, one := range all {
		if one.Subject != "kit/"+one.Data.ID || one.Data.Kind != "kit" {
			t.Errorf("%+v", one)
		}
		what, _ := strings.CutPrefix(one.Type, "dev.holdfast.catalog.kit.")
		of[one.Data.ID] = append(of[one.Data.ID], what)
	}
	want := strings.TrimSpace(strings.Repeat("changed.v1 deleted.v1 ", rounds))
	for n := range kits {
		if got := strings.Join(of[fmt.Sprint("kit-", n)], " "); got != want {
			t.Errorf("kit-%d: %s", n, got)
		}
	}
	s.verify()
}
