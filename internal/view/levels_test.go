package view

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func newLevels(t *testing.T) (*script, *Levels) {
	t.Helper()
	e := memory.New()
	t.Cleanup(func() { e.Close() })
	return newScript(t, e), NewLevels([]engine.Engine{e}, func() stock.Time { return 42 })
}

// listed reads page after page and returns "product@location" of each item.
func listed(t *testing.T, l *Levels, q LevelQuery) []string {
	t.Helper()
	var names []string
	for pages := 0; ; pages++ {
		page, err := l.Page(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if page.AsOf != 42 {
			t.Fatalf("as of %d, want the time of the clock", page.AsOf)
		}
		for _, it := range page.Items {
			names = append(names, it.Key.Product+"@"+it.Key.Location)
		}
		if page.NextPageToken == "" {
			return names
		}
		if q.PageSize > 0 && len(page.Items) != q.PageSize {
			t.Fatalf("page %d has %d items and a token, want %d", pages, len(page.Items), q.PageSize)
		}
		q.PageToken = page.NextPageToken
	}
}

func TestLevels(t *testing.T) {
	t.Parallel()
	s, l := newLevels(t)
	for _, k := range []stock.ItemKey{item("b", "tea"), item("a", "tea"), item("a", "soap"), item("b", "soap")} {
		s.do(open(k, 5))
	}
	s.do(stock.OpenItem{Item: item("a", "empty"), Bucket: bucket(item("a", "empty")), Tracked: true})
	s.do(stock.OpenItem{Item: item("a", "gift"), Bucket: bucket(item("a", "gift"))})
	s.do(stock.SetThreshold{Item: item("b", "tea"), Bucket: bucket(item("b", "tea")), Threshold: 5})
	s.do(stock.SetSaleStatus{Item: item("b", "soap"), Bucket: bucket(item("b", "soap"))})
	s.do(stock.OpenItem{Item: stock.ItemKey{Tenant: "other", Location: "a", Product: "tea"}, Qty: 1, Tracked: true})

	tests := []struct {
		name  string
		query LevelQuery
		want  []string
	}{
		{"all items, by product then location", LevelQuery{Tenant: tenant}, []string{"empty@a", "gift@a", "soap@a", "soap@b", "tea@a", "tea@b"}},
		{"page by page they are the same", LevelQuery{Tenant: tenant, PageSize: 1}, []string{"empty@a", "gift@a", "soap@a", "soap@b", "tea@a", "tea@b"}},
		{"a page that ends with the last item has no token", LevelQuery{Tenant: tenant, PageSize: 3}, []string{"empty@a", "gift@a", "soap@a", "soap@b", "tea@a", "tea@b"}},
		{"one location", LevelQuery{Tenant: tenant, Location: "b", PageSize: 1}, []string{"soap@b", "tea@b"}},
		{"what is at the locations of the caller", LevelQuery{Tenant: tenant, Bounds: &stock.Bounds{Locations: []string{"b", "c"}}, PageSize: 1}, []string{"soap@b", "tea@b"}},
		{"one product", LevelQuery{Tenant: tenant, Product: "tea", PageSize: 1}, []string{"tea@a", "tea@b"}},
		{"low: sold out, at the threshold, switched off; never what is not counted", LevelQuery{Tenant: tenant, Low: true, PageSize: 2}, []string{"empty@a", "soap@b", "tea@b"}},
		{"another tenant's items are not there", LevelQuery{Tenant: "other"}, []string{"tea@a"}},
		{"a tenant without items", LevelQuery{Tenant: "nobody"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, listed(t, l, test.query)); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLevelsShowEveryAppendedWriteAtOnce(t *testing.T) {
	t.Parallel()
	s, l := newLevels(t)
	k := item("a", "tea")
	s.do(open(k, 0))
	for n := stock.Qty(1); n <= 50; n++ {
		head := s.do(restock(k, 1))
		page, err := l.Page(t.Context(), LevelQuery{Tenant: tenant})
		if err != nil {
			t.Fatal(err)
		}
		if got := page.Items[0].Figures().Available; got != n || page.At[0].Seq != head {
			t.Fatalf("%d available as of %s, want %d as of %d", got, page.At, n, head)
		}
	}
}

func TestLevelTokens(t *testing.T) {
	t.Parallel()
	s, l := newLevels(t)
	for n := range 4 {
		s.do(open(item("a", fmt.Sprint("p", n)), 1))
	}
	first, err := l.Page(t.Context(), LevelQuery{Tenant: tenant, PageSize: 2})
	if err != nil {
		t.Fatal(err)
	}
	token := first.NextPageToken
	forged := newFilter("levels", tenant, "", "", "false").seal([]byte{200, 1})
	tests := []struct {
		name  string
		query LevelQuery
		want  error
	}{
		{"its own list takes it", LevelQuery{PageToken: token}, nil},
		{"a page of another size takes it", LevelQuery{PageToken: token, PageSize: 500}, nil},
		{"another tenant's list does not", LevelQuery{Tenant: "other", PageToken: token}, ErrPageToken},
		{"another location's does not", LevelQuery{Location: "a", PageToken: token}, ErrPageToken},
		{"the low-stock list does not", LevelQuery{Low: true, PageToken: token}, ErrPageToken},
		{"a cut token is malformed", LevelQuery{PageToken: token[:len(token)-2]}, ErrPageToken},
		{"a longer one too", LevelQuery{PageToken: token + "AA"}, ErrPageToken},
		{"so is anything else", LevelQuery{PageToken: "../../etc"}, ErrPageToken},
		{"well sealed nonsense is refused as well", LevelQuery{PageToken: forged}, ErrPageToken},
		{"more than 500 a page are refused", LevelQuery{PageSize: 501}, ErrPageSize},
		{"fewer than none too", LevelQuery{PageSize: -1}, ErrPageSize},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			q := test.query
			if q.Tenant == "" {
				q.Tenant = tenant
			}
			if _, err := l.Page(t.Context(), q); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}
