package sheet

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// A row of locations describes a location. A property without a column in the file stays
// as it is. An empty cell sets the value of a location that nobody has
// described.

// facts is what the columns of a row say about a location.
type facts struct {
	catalog.Place
	has [columns]bool
}

// readFacts reads the columns of a location.
func (c rowReader) readFacts() {
	r := c.rec
	r.location = strings.Clone(c.id(location, maxLocation))
	f := &facts{Place: catalog.DefaultPlace("", r.location)}
	for col := range f.has {
		f.has[col] = c.header.cell(column(col)) >= 0
	}
	if kind := strings.ToLower(c.word(placeKind)); kind != "" {
		if f.Kind = catalog.PlaceKind(kind); !slices.Contains(catalog.PlaceKinds, f.Kind) {
			c.flaw(placeKind, "must be store, warehouse or virtual")
		}
	}
	f.Name = c.text(name)
	f.Coordinates = c.coordinates()
	if c.word(priority, figure) != "" {
		f.Priority = int32(c.uintCell(priority, 0, math.MaxInt32))
	}
	f.Active, f.Online, f.Pickup = c.yes(inUse, f.Active), c.yes(online, f.Online), c.yes(pickup, f.Pickup)
	if list := c.sure(channels, c.cellText(c.header.cell(channels))); list != "" {
		f.Channels = strings.Split(list, "/") // no id has a slash
	}
	f.Region = c.sure(region, c.cellText(c.header.cell(region)))
	f.Capacity = int64(c.uintCell(capacity, 1, maxWhole))
	r.facts = f
}

// maxWhole is the largest quantity.
const maxWhole = 1<<53 - 1

// coordinates requires both coordinates or neither.
func (c rowReader) coordinates() *catalog.Coordinates {
	north, east := c.word(latitude, figure), c.word(longitude, figure)
	switch {
	case north == "" && east == "":
		return nil
	case north == "":
		c.flaw(latitude, "is missing beside "+c.header.word(longitude))
	case east == "":
		c.flaw(longitude, "is missing beside "+c.header.word(latitude))
	}
	return &catalog.Coordinates{Latitude: c.degrees(latitude, north), Longitude: c.degrees(longitude, east)}
}

func (c rowReader) degrees(col column, text string) float64 {
	if c.decimal == DecimalComma {
		text = strings.Replace(text, ",", ".", 1)
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		c.flaw(col, "is not a number of degrees such as -0.11672")
	}
	return n
}

// overlay applies the row to base: properties without a column in the file
// stay.
func (f *facts) overlay(base catalog.Place) catalog.Place {
	for col, set := range map[column]func(){
		placeKind: func() { base.Kind = f.Kind },
		name:      func() { base.Name = f.Name },
		latitude:  func() { base.Coordinates = f.Coordinates },
		priority:  func() { base.Priority = f.Priority },
		inUse:     func() { base.Active = f.Active },
		online:    func() { base.Online = f.Online },
		pickup:    func() { base.Pickup = f.Pickup },
		channels:  func() { base.Channels = f.Channels },
		region:    func() { base.Region = f.Region },
		capacity:  func() { base.Capacity = f.Capacity },
	} {
		if f.has[col] {
			set()
		}
	}
	return base
}

// compareFacts refuses a location that an earlier row of the file has.
func (t *table) compareFacts(rec *record) {
	if rec.location == "" {
		return
	}
	if before, twice := t.items.put(rec.location, "", uint32(rec.line)); twice {
		rec.refuse(codeInvalid, t.header.word(location), fmt.Sprintf("line %d has the same location; only the first counts", before))
	}
}

// placeTarget applies rows to the facts of locations.
type placeTarget struct{ *task }

// prepare works out the locations after the rows.
func (r placeTarget) prepare(ctx context.Context, b *batch, _ bool) error {
	known, err := askAnew(ctx, r.task, func() ([]catalog.Place, error) { return r.desk.rooms.Facts.Places(ctx, r.job.Tenant) })
	if err != nil {
		return err
	}
	for i := range b.rows {
		w := &b.rows[i]
		if !w.ok() {
			continue
		}
		is, base := catalog.FindPlace(known, w.location), catalog.DefaultPlace(r.job.Tenant, w.location)
		if is != nil {
			base = *is
		} else {
			w.opens.location = true
			r.refuseNew(w, location, "location", w.location, true)
		}
		place, err := w.facts.overlay(base).Check()
		if err != nil {
			w.refuse(codeInvalid, r.blamed(err), err.Error())
			continue
		}
		w.place, w.settled = place, is != nil && place.Equal(base)
		w.changed = !w.settled
	}
	return nil
}

// blamed is the column that the catalog's error is about.
func (r placeTarget) blamed(err error) string {
	field := fieldOf(err)
	for _, h := range headings {
		if h.words[0] == field && h.column != shown {
			return r.words.word(h.column)
		}
	}
	return ""
}

// judge has nothing to add: prepare has checked everything.
func (placeTarget) judge(context.Context, *batch) error { return nil }

// carryOut sets the facts of the batch's locations.
func (r placeTarget) carryOut(ctx context.Context, b *batch) error {
	var set []catalog.Place
	for i := range b.rows {
		if w := &b.rows[i]; w.ok() {
			set = append(set, w.place)
		}
	}
	if len(set) == 0 {
		return nil
	}
	return r.patiently(ctx, func() error {
		_, err := r.desk.rooms.Facts.SetPlaces(ctx, r.job.Tenant, set)
		return err
	})
}

// locations writes the known locations.
func (x *export) locations(ctx context.Context) error {
	err := x.heading("location_id", "kind", "name", "latitude", "longitude", "priority", "active", "online", "pickup", "channels", "region", "capacity")
	if err == nil {
		err = x.desk.rooms.Facts.CatchUp(ctx)
	}
	if err != nil {
		return err
	}
	all, err := x.desk.rooms.Facts.Places(ctx, x.spec.Tenant)
	if err != nil {
		return err
	}
	for _, p := range all {
		if x.spec.Location != "" && p.ID != x.spec.Location {
			continue
		}
		if err := x.place(p); err != nil {
			return err
		}
	}
	return nil
}

func (x *export) place(p catalog.Place) error {
	x.start()
	x.text(p.ID, string(p.Kind), p.Name)
	if p.Coordinates == nil {
		x.text("", "")
	} else {
		x.number(strconv.FormatFloat(p.Coordinates.Latitude, 'f', -1, 64))
		x.number(strconv.FormatFloat(p.Coordinates.Longitude, 'f', -1, 64))
	}
	x.number(itoa(int(p.Priority)))
	x.flags(p.Active, p.Online, p.Pickup)
	x.text(strings.Join(p.Channels, "/"), p.Region)
	if p.Capacity == 0 {
		x.text("")
	} else {
		x.number(strconv.FormatInt(p.Capacity, 10))
	}
	return x.end()
}
