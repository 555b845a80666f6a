package test

import "testing"

// A till is destroyed. Until it is written off its reservations are its own; then its mugs are for
// sale at the centre, and its reservations are ended there.
func TestATillThatIsLostIsWrittenOff(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60}, 60)
	for _, order := range []string{"kept-1", "kept-2"} {
		reserveAt(t, m.server, order, 5)
	}
	m.reported()
	m.kill()
	for _, how := range []string{"deduct", "release"} {
		if code := postAt(t, centre, "/inventory/"+how, "", object{"order_id": "kept-1@one"}); code != "KEPT_BY_HOLDER" {
			t.Errorf("%s a reservation of the till: %q", how, code)
		}
	}
	if n := mugsAt(t, centre); n != 40 {
		t.Errorf("the centre sells %d mugs before the write-off", n)
	}
	var after standing
	atCentre(t, centre, &after, "tills", "write-off", "one", "--reason", "it burned")
	if after.Paired || after.Units != 0 {
		t.Errorf("after the write-off the till is %+v", after)
	}
	if n := mugsAt(t, centre); n != 90 {
		t.Errorf("the centre sells %d mugs after the write-off", n)
	}
	if code := endAt(t, centre, "deduct", "kept-1@one"); code != "" {
		t.Errorf("deduct after the write-off: %s", code)
	}
	if code := endAt(t, centre, "release", "kept-2@one"); code != "" {
		t.Errorf("release after the write-off: %s", code)
	}
	sold, _ := sellAll(t, centre, "web-")
	if len(sold) != 95 {
		t.Errorf("%d of 95 mugs were sold", len(sold))
	}
	centre.stop()
	centre.verify()
}
