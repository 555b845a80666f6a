package test

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// typesense stands in for a collection of Typesense: it takes imports, and is no search
// engine. relay/search has the stand-ins that know more.
type typesense struct {
	*httptest.Server
	mu        sync.Mutex
	documents map[string]object
	away      bool
}

func newTypesense(t *testing.T) *typesense {
	s := &typesense{documents: map[string]object{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.away || r.Header.Get("X-TYPESENSE-API-KEY") != "open-sesame" || r.URL.Path != "/collections/products/documents/import" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		for lines := bufio.NewScanner(r.Body); lines.Scan(); {
			var d object
			if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
				fmt.Fprintln(w, `{"success":false,"code":400,"error":"Bad JSON."}`)
				continue
			}
			id, _ := d["id"].(string)
			is := maps.Clone(s.documents[id])
			switch {
			case is == nil && r.URL.Query().Get("action") == "update":
				fmt.Fprintln(w, `{"success":false,"code":404,"error":"Could not find a document."}`)
				continue
			case is == nil:
				is = object{}
			}
			maps.Copy(is, d)
			s.documents[id] = is
			fmt.Fprintln(w, `{"success":true}`)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *typesense) setAway(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// An index has what the books have of each product over its locations, whatever is killed.
func TestAnIndexEqualsTheBooksAcrossKills(t *testing.T) {
	t.Parallel()
	s, index := newSinks(t), newTypesense(t)
	s.set(t, "index", "search", "typesense+"+index.URL+"/products?create=true", "open-sesame")
	for _, location := range []string{"north", "south"} {
		s.c.must(t, "POST", s.url("/v1/inventory"), rand.Text(), object{"product_id": "cup", "location_id": location, "available_stock": 3}, nil)
	}
	for range 2 {
		s.write(t, 50)
		index.setAway(true)
		s.write(t, 50)
		s.kill()
		s.start()
		index.setAway(false)
		s.c.must(t, "POST", s.url("/v1/inventory/restock"), rand.Text(), object{"product_id": "cup", "location_id": "south", "quantity": 2}, nil)
	}
	s.c.must(t, "POST", s.url("/v1/inventory/adjust"), rand.Text(), object{"product_id": "cup", "location_id": "north", "delta": -3, "reason": "broken"}, nil)
	s.delivered(t, "index")
	checkIndex := func(cup object) {
		t.Helper()
		index.mu.Lock()
		defer index.mu.Unlock()
		if got, want := fmt.Sprint(index.documents["cup"]), fmt.Sprint(cup); got != want {
			t.Errorf("the index has %s, want %s", got, want)
		}
		for product, stock := range s.changes { // each of them adds one unit
			if got := fmt.Sprint(index.documents[product]["available_total"]); got != fmt.Sprint(stock) {
				t.Errorf("of %s the index has %s units, the books %d", product, got, stock)
			}
		}
	}
	cup := object{"id": "cup", "product_id": "cup", "in_stock": true, "available_total": 7, "locations_in_stock": []string{"south"}, "hf_ver": 5}
	checkIndex(cup)

	// The shop has written its documents anew, and asks for the figures to be written again.
	s.set(t, "index", "search", "typesense+"+index.URL+"/products", "open-sesame")
	index.mu.Lock()
	for id := range index.documents {
		index.documents[id] = object{"id": id, "title": "the " + id}
	}
	index.mu.Unlock()
	s.c.must(t, "POST", s.url("/v1/sinks/index/rebuild"), rand.Text(), object{}, nil)
	s.kill()
	s.start()
	for deadline := time.After(hang); ; {
		var sink struct{ Rebuilding bool }
		if s.c.must(t, "GET", s.url("/v1/sinks/index"), "", nil, &sink); !sink.Rebuilding {
			break
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatal("the index is not rebuilt")
		}
	}
	delete(cup, "product_id")
	cup["title"] = "the cup"
	checkIndex(cup)
}
