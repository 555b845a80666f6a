package catalog

import (
	"database/sql"
	"encoding/json"
	"fmt"
)

// placeBody is a place in the log.
type placeBody struct {
	Kind      PlaceKind `json:"kind"`
	Name      string    `json:"name,omitempty"`
	Latitude  *float64  `json:"latitude,omitempty"`
	Longitude *float64  `json:"longitude,omitempty"`
	Priority  int32     `json:"priority"`
	Active    bool      `json:"active"`
	Online    bool      `json:"online"`
	Pickup    bool      `json:"pickup"`
	Channels  []string  `json:"channels,omitempty"`
	Region    string    `json:"region,omitempty"`
	Capacity  int64     `json:"capacity,omitempty"`
}

func (p Place) body() any {
	b := placeBody{
		Kind: p.Kind, Name: p.Name, Priority: p.Priority, Active: p.Active, Online: p.Online, Pickup: p.Pickup,
		Channels: p.Channels, Region: p.Region, Capacity: p.Capacity,
	}
	if p.Coordinates != nil {
		b.Latitude, b.Longitude = &p.Coordinates.Latitude, &p.Coordinates.Longitude
	}
	return b
}

const placeColumns = `id, kind, name, latitude, longitude, priority, active, online, pickup, channels, region, capacity`

// placeRow is a row of the table.
type placeRow struct {
	Place
	channels []byte
}

func scanPlace(scan func(...any) error, p *placeRow) error {
	var latitude, longitude sql.NullFloat64
	var kind string
	err := scan(&p.ID, &kind, &p.Name, &latitude, &longitude, &p.Priority, &p.Active, &p.Online, &p.Pickup, &p.channels, &p.Region, &p.Capacity)
	p.Kind = PlaceKind(kind)
	if latitude.Valid && longitude.Valid {
		p.Coordinates = &Coordinates{latitude.Float64, longitude.Float64}
	}
	return err
}

// place is what the row of a tenant says.
func (p placeRow) place(tenant string) (Place, error) {
	p.Tenant = tenant
	if len(p.channels) > 0 {
		if err := json.Unmarshal(p.channels, &p.Channels); err != nil {
			return Place{}, fmt.Errorf("unpack channels of location %q: %w", p.ID, err)
		}
	}
	return p.Place, nil
}

func (r *read) place(tenant, id string) (Place, bool, error) {
	if !storable(tenant) || !storable(id) {
		return Place{}, false, nil
	}
	rows, err := list(r, scanPlace, `SELECT `+placeColumns+` FROM {place} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(rows) == 0 {
		return Place{}, false, err
	}
	p, err := rows[0].place(tenant)
	return p, err == nil, err
}

// placesOf returns all known locations of the tenant with their facts, sorted
// by id.
func (r *read) placesOf(tenant string) (places, error) {
	if !storable(tenant) {
		return nil, nil
	}
	ids, err := list(r, func(scan func(...any) error, id *string) error { return scan(id) },
		`SELECT id FROM {location} WHERE tenant = ? ORDER BY id`, tenant)
	if err != nil {
		return nil, err
	}
	described, err := list(r, scanPlace, `SELECT `+placeColumns+` FROM {place} WHERE tenant = ? ORDER BY id`, tenant)
	if err != nil {
		return nil, err
	}
	all := make(places, len(ids))
	for i, id := range ids {
		if len(described) > 0 && described[0].ID == id {
			if all[i], err = described[0].place(tenant); err != nil {
				return nil, err
			}
			described = described[1:]
			continue
		}
		all[i] = DefaultPlace(tenant, id)
	}
	return all, nil
}

// putPlace stores the facts of a location.
func (w *write) putPlace(p Place, fresh bool) error {
	seq, err := w.log(p.Tenant, KindPlaceSet, p.ID, p.body())
	if err != nil {
		return err
	}
	var latitude, longitude sql.NullFloat64
	if p.Coordinates != nil {
		latitude = sql.NullFloat64{Float64: p.Coordinates.Latitude, Valid: true}
		longitude = sql.NullFloat64{Float64: p.Coordinates.Longitude, Valid: true}
	}
	channels := ""
	if len(p.Channels) > 0 {
		packed, err := json.Marshal(p.Channels)
		if err != nil {
			return fmt.Errorf("pack channels: %w", err)
		}
		channels = string(packed)
	}
	if fresh {
		w.insert(`{place} (`+placeColumns+`, tenant, seq)`, p.ID, string(p.Kind), p.Name, latitude, longitude,
			p.Priority, p.Active, p.Online, p.Pickup, channels, p.Region, p.Capacity, p.Tenant, seq)
		return nil
	}
	return w.exec(`UPDATE {place} SET kind = ?, name = ?, latitude = ?, longitude = ?, priority = ?, active = ?,
		online = ?, pickup = ?, channels = ?, region = ?, capacity = ?, seq = ? WHERE tenant = ? AND id = ?`,
		string(p.Kind), p.Name, latitude, longitude, p.Priority, p.Active,
		p.Online, p.Pickup, channels, p.Region, p.Capacity, seq, p.Tenant, p.ID)
}
