package server_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// journalFact is something that counts at a time, at a location, of a product.
type journalFact struct {
	at                time.Time
	location, product string
	group, name       string
	n                 int64
}

// All figures of a year are those that the journal gives: with kits, quotas, transfers and the sales of a
// till, by day in five time zones and by hour, of all, of a location and of a product, and after a rebuild.
func TestFiguresAreThoseOfTheJournal(t *testing.T) {
	t.Parallel()
	w := &trade{house: start(t), t: t, r: rand.New(rand.NewPCG(3, 56))}
	w.clock.forward(9 * 24 * time.Hour) // what is later than today has no row that is cut off now
	began := w.clock.Now()
	w.open()
	for w.clock.Now().Before(began.AddDate(0, 0, 370)) { // two changes of the clocks
		w.step()
		w.clock.forward(time.Duration(1+w.r.IntN(60)) * time.Hour)
	}
	w.compare(began)
	if err := w.catalog.Figures.Restart(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	w.must("POST", "/v1/inventory/restock", `{"product_id":"mug","location_id":"lyon","quantity":1}`)
	w.compare(began)
}

// journalRow is a row of /v1/logs.
type journalRow struct {
	At         time.Time `json:"at"`
	Operation  string    `json:"operation"`
	Product    string    `json:"product_id"`
	Location   string    `json:"location_id"`
	Channel    string    `json:"channel_id"`
	Order      string    `json:"order_id"`
	Available  int64     `json:"delta_available"`
	Reserved   int64     `json:"delta_reserved"`
	Unit       string    `json:"unit"`
	HappenedAt time.Time `json:"happened_at"`
}

// journal is what /v1/logs shows, oldest first.
func (w *trade) journal() (rows []journalRow) {
	w.t.Helper()
	for token := ""; ; {
		var page struct {
			Items []journalRow `json:"items"`
			Next  string       `json:"next_page_token"`
		}
		a := w.call(w.t, "read", "GET", "/v1/logs?page_size=500&page_token="+url.QueryEscape(token), "")
		if err := json.Unmarshal(a.raw, &page); a.status != 200 || err != nil {
			w.t.Fatalf("%d %v %s", a.status, err, a.raw)
		}
		rows = append(rows, page.Items...)
		if token = page.Next; token == "" {
			slices.Reverse(rows)
			return rows
		}
	}
}

// factsOf reads a journal.
func factsOf(rows []journalRow) (facts []journalFact) {
	holds, called := map[string]int64{}, map[string]bool{}
	for i := range rows {
		r := &rows[i]
		at, group := r.At, r.Channel
		if !r.HappenedAt.IsZero() {
			at = r.HappenedAt
		}
		if r.Unit != "" {
			group += " in " + r.Unit
		}
		note := func(group, name string, n int64) {
			facts = append(facts, journalFact{at, r.Location, r.Product, group, name, n})
		}
		if r.Order != "" && r.Reserved != 0 {
			line := r.Order + " " + r.Location + " " + r.Product
			if holds[line] += r.Reserved; holds[line] == 0 {
				note(r.Channel, "lines_ended", 1)
			}
		}
		switch r.Operation {
		case "reserve":
			note(group, "reserved", r.Reserved)
			note(r.Channel, "lines_reserved", 1)
			if call := r.Order + " of all"; !called[call] {
				called[call] = true
				facts = append(facts, journalFact{at, r.Location, "", r.Channel, "reserves", 1})
			}
			facts = append(facts, journalFact{at, r.Location, r.Product, r.Channel, "reserves", 1})
		case "deduct":
			note(group, "sold", -r.Reserved)
		case "sold_elsewhere":
			note(group, "sold", -r.Available)
		case "release":
			note(group, "released", -r.Reserved)
		case "expire":
			note(group, "expired", -r.Reserved)
			note(r.Channel, "lines_expired", 1)
		case "change":
			note(group, "reserved", max(0, r.Reserved))
			note(group, "released", max(0, -r.Reserved))
		case "create", "restock":
			note(group, "received", r.Available)
		case "return":
			note(group, "returned", r.Available)
		case "withdraw":
			note(group, "returned", r.Reserved)
		case "observe", "adjust":
			note(group, "gained", max(0, r.Available))
			note(group, "lost", max(0, -r.Available))
			if r.Operation == "observe" {
				note(group, "counts", 1)
			}
			if r.Operation == "observe" && r.Available == 0 {
				note(group, "counts_exact", 1)
			}
		case "transfer":
			note(group, "transfer_shipped", max(0, -r.Available))
			note(group, "transfer_received", max(0, r.Available))
		}
	}
	return facts
}

// compare compares all figures with the journal, once nothing is booked meanwhile: holds expire on
// their own, and refusals that are in no log come a second later.
func (w *trade) compare(began time.Time) {
	w.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		rows := w.journal()
		w.summed(w.t)
		wrong := w.differences(slices.Concat(factsOf(rows), w.refused), began)
		if len(w.journal()) != len(rows) {
			continue
		}
		if len(wrong) > 0 && time.Now().Before(deadline) && w.countRefused(began) < int64(len(w.refused)) {
			<-time.After(50 * time.Millisecond)
			continue
		}
		for _, diff := range wrong[:min(len(wrong), 3)] {
			w.t.Error(diff)
		}
		if len(wrong) > 0 {
			w.t.Fatal("the figures are not those of the journal")
		}
		return
	}
}

// countRefused is how many calls the figures have that got nothing, or a part.
func (w *trade) countRefused(began time.Time) (n int64) {
	for _, row := range w.figuresOf("by=day&since=" + began.Format(time.RFC3339) + "&until=" + w.clock.Now().Add(time.Hour).Format(time.RFC3339)) {
		n += int64(row["refused"].(float64) + row["partial"].(float64))
	}
	return n
}

// figuresOf are the rows of a query.
func (w *trade) figuresOf(query string) []map[string]any {
	w.t.Helper()
	a := w.call(w.t, "read", "GET", "/v1/figures?"+query, "")
	var page struct {
		Items []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(a.raw, &page); a.status != 200 || err != nil {
		w.t.Fatalf("%s: %d %v %s", query, a.status, err, clip(string(a.raw)))
	}
	return page.Items
}

func (w *trade) differences(facts []journalFact, began time.Time) (wrong []string) {
	until := w.clock.Now().Add(48 * time.Hour)
	window := func(by string, since time.Time, more string) string {
		return fmt.Sprintf("by=%s&since=%s&until=%s%s", by, since.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339), more)
	}
	for _, zone := range []string{"Europe/Berlin", "Australia/Adelaide", "America/St_Johns", "Asia/Kolkata", "America/Havana"} {
		for _, of := range []struct{ location, product string }{{"", ""}, {"lyon", ""}, {"", "mug"}, {"berlin", "oil"}} {
			query := window("day", began.Add(-5*24*time.Hour), "&time_zone="+zone)
			if of.location != "" {
				query += "&location_id=" + of.location
			}
			if of.product != "" {
				query += "&product_id=" + of.product
			}
			in, err := time.LoadLocation(zone)
			if err != nil {
				w.t.Fatal(err)
			}
			wrong = append(wrong, w.difference(facts, query, of.location, of.product, func(at time.Time) string { return at.In(in).Format(time.DateOnly) })...)
		}
	}
	late := until.Add(-30 * 24 * time.Hour).Truncate(time.Hour)
	facts = slices.DeleteFunc(slices.Clone(facts), func(f journalFact) bool { return f.at.Before(late) })
	return append(wrong, w.difference(facts, window("hour", late, ""), "", "", func(at time.Time) string { return at.UTC().Format("2006-01-02T15") })...)
}

// difference compares the rows of a query with the facts, by the part of the time that they are in.
func (w *trade) difference(facts []journalFact, query, location, product string, partOf func(time.Time) string) []string {
	w.t.Helper()
	want, got := map[string]int64{}, map[string]int64{}
	for _, f := range facts {
		if location != "" && f.location != "" && f.location != location || product != f.product && (product != "" || f.name == "reserves") {
			continue
		}
		want[partOf(f.at)+" "+f.group+": "+f.name] += f.n
	}
	for _, row := range w.figuresOf(query) {
		at, err := time.Parse(time.RFC3339, row["at"].(string))
		if err != nil {
			w.t.Fatal(err)
		}
		if row["counted_from"] != nil || row["counted_until"] != nil && product == "" {
			w.t.Errorf("%s: %v is a part of its time", query, row)
		}
		group, _ := row["channel_id"].(string)
		if unit, is := row["unit"].(string); is {
			group += " in " + unit
		}
		for name, n := range row {
			if n, is := n.(float64); is && name != "scale" {
				got[partOf(at)+" "+group+": "+name] += int64(n)
			}
		}
	}
	for _, of := range []map[string]int64{want, got} {
		maps.DeleteFunc(of, func(_ string, n int64) bool { return n == 0 })
	}
	if diff := cmp.Diff(want, got); diff != "" {
		return []string{fmt.Sprintf("%s: the journal says (-), the figures say (+):\n%s", query, diff)}
	}
	return nil
}
