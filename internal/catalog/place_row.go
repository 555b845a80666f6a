package catalog

// placeBody is a place in the log, and in its row.
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

func (p *Place) body() placeBody {
	b := placeBody{
		Kind: p.Kind, Name: p.Name, Priority: p.Priority, Active: p.Active, Online: p.Online, Pickup: p.Pickup,
		Channels: p.Channels, Region: p.Region, Capacity: p.Capacity,
	}
	if p.Coordinates != nil {
		b.Latitude, b.Longitude = &p.Coordinates.Latitude, &p.Coordinates.Longitude
	}
	return b
}

var placeKind = kind[Place]{
	name: "place", title: "location",
	pack: func(p *Place) (document, any) { return document{tenant: p.Tenant, id: p.ID}, p.body() },
	unpack: func(d *document, p *Place) error {
		var b placeBody
		err := parse(d.body, &b)
		*p = Place{
			Tenant: d.tenant, ID: d.id, Kind: b.Kind, Name: b.Name, Priority: b.Priority, Active: b.Active, Online: b.Online, Pickup: b.Pickup,
			Channels: b.Channels, Region: b.Region, Capacity: b.Capacity,
		}
		if b.Latitude != nil && b.Longitude != nil {
			p.Coordinates = &Coordinates{*b.Latitude, *b.Longitude}
		}
		return err
	},
}

// readPlaces returns all known locations of the tenant with their facts, sorted
// by id.
func readPlaces(r *read, tenant string) (places, error) {
	if !storable(tenant) {
		return nil, nil
	}
	ids, err := list(r, func(scan func(...any) error, id *string) error { return scan(id) },
		`SELECT id FROM {location} WHERE tenant = ? ORDER BY id`, tenant)
	if err != nil {
		return nil, err
	}
	described, err := placeKind.all(r, tenant)
	if err != nil {
		return nil, err
	}
	all := make(places, len(ids))
	for i, id := range ids {
		if len(described) > 0 && described[0].ID == id {
			all[i], described = described[0], described[1:]
			continue
		}
		all[i] = DefaultPlace(tenant, id)
	}
	return all, nil
}
