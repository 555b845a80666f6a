package primary

import (
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestTheHostWhereThePrimaryWasSeenIsTriedFirst(t *testing.T) {
	t.Parallel()
	c, err := pgx.ParseConfig("postgres://u:p@a:1,b:2,c:3/d?sslmode=prefer")
	if err != nil {
		t.Fatal(err)
	}
	h := New(c)
	if !h.Several() || len(h.all) != 3 {
		t.Fatalf("%d hosts, want 3", len(h.all))
	}
	h.prefer(1)
	h.Order(c)
	tried := []string{c.Host + ":" + strconv.Itoa(int(c.Port))}
	for _, f := range c.Fallbacks {
		tried = append(tried, f.Host+":"+strconv.Itoa(int(f.Port)))
	}
	// Each of them with TLS, then without.
	if want := []string{"b:2", "b:2", "c:3", "c:3", "a:1", "a:1"}; !slices.Equal(tried, want) {
		t.Errorf("tried %v, want %v", tried, want)
	}
}
