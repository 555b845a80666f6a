package test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"
)

// found is a page of a search.
type found struct {
	Items []struct {
		Product   string `json:"product_id"`
		Title     string `json:"title"`
		InStock   bool   `json:"in_stock"`
		Available int64  `json:"available_total"`
	} `json:"items"`
	Total int64     `json:"total"`
	Next  string    `json:"next_page_token"`
	AsOf  time.Time `json:"as_of"`
}

// finds returns what is shown of all products that a search finds.
func (c *caller) finds(t *testing.T, s *server, query url.Values) map[string]string {
	t.Helper()
	all := map[string]string{}
	query.Set("page_size", "100")
	query.Del("page_token")
	for {
		var page found
		c.must(t, "GET", s.url("/v1/search/products?"+query.Encode()), "", nil, &page)
		for _, it := range page.Items {
			all[it.Product] = fmt.Sprint(it.Title, " ", it.InStock, " ", it.Available)
		}
		if page.Next == "" {
			if int64(len(all)) != page.Total {
				t.Errorf("%d products on all pages of %d", len(all), page.Total)
			}
			return all
		}
		query.Set("page_token", page.Next)
	}
}

// settled waits until the index has all that was written before, and no other one is built.
func (c *caller) settled(t *testing.T, s *server) {
	t.Helper()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for begun := time.Now(); ; <-poll.C {
		var is struct {
			Building bool      `json:"building"`
			AsOf     time.Time `json:"as_of"`
		}
		c.must(t, "GET", s.url("/v1/search/index"), "", nil, &is)
		if !is.Building && !is.AsOf.Before(begun) {
			return
		}
	}
}

// The server is killed again and again while the index is built anew and stock and titles
// change, in the long form of 100,000 products with a million changes. In the end it finds
// just what there is.
func TestASearchIndexSurvivesKills(t *testing.T) {
	t.Parallel()
	const steps = 80 // between two kills
	products, stocked, more, kills := 1500, 50, 0, 4
	if rounds(1) > 1 {
		products, stocked, kills = 100_000, 100_000, 20
		more = 1_000_000 / kills / steps
	}
	s := newServer(t)
	c := newCaller(adminKey)
	var set []object
	title := make([]string, products)
	stock := make([]int64, products)
	describe := func(i int, to string) object {
		title[i] = to
		return object{"product_id": fmt.Sprint("p-", i), "title": to}
	}
	for i := range products {
		set = append(set, describe(i, fmt.Sprint("Thing ", i%7)))
	}
	for some := range slices.Chunk(set, 1000) {
		c.must(t, "PUT", s.url("/v1/products/details:batch"), "", object{"items": some}, nil)
	}
	var opened []object
	for i := range stocked {
		stock[i] = 1
		opened = append(opened, object{"create": object{"product_id": fmt.Sprint("p-", i), "available_stock": 1}})
	}
	for some := range slices.Chunk(opened, 1000) {
		c.must(t, "POST", s.url("/v1/commands:batch"), "", object{"commands": some}, nil)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*hang)
	defer cancel()
	for kill := range kills {
		c.must(t, "POST", s.url("/v1/search:rebuild"), "", object{}, nil)
		last := rand.IntN(60)
		for n := range steps {
			if n == last {
				s.kill()
				s.start()
			}
			if more > 0 {
				var restocks []object
				for range more {
					i := rand.IntN(stocked)
					stock[i]++
					restocks = append(restocks, object{"restock": object{"product_id": fmt.Sprint("p-", i), "quantity": 1}})
				}
				c.must(t, "POST", s.url("/v1/commands:batch"), "", object{"commands": restocks}, nil)
			}
			if i := rand.IntN(stocked); n%2 == 0 {
				stock[i]++
				r, err := c.call(ctx, "POST", s.url("/inventory/restock"), fmt.Sprint(kill, "-", n), object{"product_id": fmt.Sprint("p-", i), "quantity": 1})
				if err != nil || r.status != 200 {
					t.Fatalf("%+v, %v", r, err)
				}
			} else {
				i := rand.IntN(products)
				c.must(t, "PUT", s.url("/v1/products/details:batch"), "", object{"items": []object{describe(i, fmt.Sprint("Renamed ", kill))}}, nil)
			}
		}
	}
	want := map[string]string{}
	for i := range products {
		want[fmt.Sprint("p-", i)] = fmt.Sprint(title[i], " ", stock[i] > 0, " ", stock[i])
	}
	for _, what := range []string{"followed", "built from nothing"} {
		c.settled(t, s)
		if got := c.finds(t, s, url.Values{}); !reflect.DeepEqual(got, want) {
			for product, is := range want {
				if got[product] != is {
					t.Errorf("%s: %s is found as %q, it is %q", what, product, got[product], is)
				}
			}
			t.Errorf("%s: %d products are found of %d", what, len(got), len(want))
		}
		if got := len(c.finds(t, s, url.Values{"in_stock": {"true"}})); got != stocked {
			t.Errorf("%s: %d products are in stock, want %d", what, got, stocked)
		}
		c.must(t, "POST", s.url("/v1/search:rebuild"), "", object{}, nil)
	}
	s.stop()
	s.verify()
}
