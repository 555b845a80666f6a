package test

import (
	"encoding/json"
	"strings"
	"testing"
)

// The sales of a till while its centre was dead are printed for people; sales that the centre has
// are not.
func TestATillPrintsWhatItsCentreDoesNotHave(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 10)
	m := newTill(t, centre, "one", object{"percent": 50}, 5)
	if code := sellAt(t, m.server, "known", 1); code != "" {
		t.Fatalf("it was refused: %s", code)
	}
	m.reported()
	centre.kill()
	if code := sellAt(t, m.server, "unknown", 2); code != "" {
		t.Fatalf("it was refused: %s", code)
	}
	m.stop()
	o := runWith(t, nil, "till", "export", "--db", m.db)
	if o.code != 0 {
		t.Fatal(o.stderr)
	}
	left := 0
	for line := range strings.Lines(o.stdout) {
		var entry struct {
			Operation string
			Order     string `json:"order_id"`
			Product   string `json:"product_id"`
			Moved     []struct {
				To       string
				Quantity int
			}
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if entry.Order == "known" || entry.Product != mug {
			t.Errorf("printed: %s", line)
		}
		if entry.Operation == "deduct" && entry.Order == "unknown" && len(entry.Moved) == 1 && entry.Moved[0].To == "ext/customer" {
			left += entry.Moved[0].Quantity
		}
	}
	if left != 2 {
		t.Errorf("%d were printed as sold, want 2: %s", left, o.stdout)
	}
}
