package test

import (
	"path/filepath"
	"slices"
	"testing"
)

// A rule about tills fires for one whose file was refused, and is resolved once the till is heard of.
func TestARuleWatchesTills(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	m := newTill(t, centre, "one", object{"percent": 60}, 60)
	quiet := newTill(t, centre, "two", object{"percent": 0}, 0)
	m.stop()
	second := tillOn(t, centre, "one", filepath.Join(t.TempDir(), "copy.db"))
	takeFiles(t, m.file(), second.file(), true)
	m.start()
	sellAt(t, m.server, "o-1", 1)
	m.reported()
	m.stop()
	clerk.must(t, "PUT", centre.url("/v1/alert-rules/till-away"), "", object{"rule": object{"metric": "till_gap_seconds", "location_id": shop, "condition": "value > 0", "clear_seconds": 0}}, nil)
	second.start()
	second.isStale()
	subjects := func(state string) (all []string) {
		var alerts struct {
			Items []struct {
				LocationID string `json:"location_id"`
				Subject    string
			}
		}
		clerk.must(t, "GET", centre.url("/v1/alerts?state="+state), "", nil, &alerts)
		for _, a := range alerts.Items {
			all = append(all, a.Subject+" at "+a.LocationID)
		}
		return all
	}
	const one = "till one at " + shop
	await(t, "the alert fires", func() bool { return slices.Contains(subjects("firing"), one) })
	second.stop()
	m.start()
	await(t, "the alert is resolved", func() bool { return slices.Contains(subjects("resolved"), one) })
	agree(t, centre, m, quiet)
}
