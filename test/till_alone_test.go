package test

import "testing"

// A till sells its share, and not one more, while the centre is dead. When it is back it has
// every order of the till once, under a name that is the till's.
func TestATillSellsItsShareWhileItsCentreIsDead(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60}, 60)
	centre.kill()
	sold, refusal := sellAll(t, m.server, "o-")
	if len(sold) != 60 || refusal != "INSUFFICIENT_STOCK" {
		t.Errorf("%d of 60 were sold, then %q", len(sold), refusal)
	}
	centre.start()
	m.reported()
	books, at := agree(t, centre, m)
	at[0].wantSold(t, sold)
	if n := books.mug.Figures().Available; n != 40 {
		t.Errorf("of 100 mugs 60 were sold, and %d are left", n)
	}
	t.Logf("%d of 60 sold while the centre was dead, then %s; %d orders at the centre", len(sold), refusal, len(books.orders))
}
