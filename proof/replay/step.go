package replay

import "fmt"

// holdFor is how long a reservation waits for its deduct: as long as its key is kept,
// so a run that stopped between the two can be continued for a week.
const holdFor = 7 * 24 * 60 * 60

// maxItems is the API's bound for the items of one reserve.
const maxItems = 2000

// shelves is how many shelves are opened.
func (p *Plan) shelves() int { return len(p.Open) * p.sites() }

// opened is the n-th opened shelf: its SKU and its site.
func (p *Plan) opened(n int) (sku, site int32) {
	return p.Open[n/p.sites()], int32(n % p.sites())
}

// createCommand opens the n-th shelf of the run.
func (p *Plan) createCommand(n int) Command {
	sku, site := p.opened(n)
	return Command{
		Key:  fmt.Sprintf("%s/open/%d", p.Run, n),
		Body: Create{ProductID: p.product(sku), LocationID: p.location(site), AvailableStock: p.Stock[p.shelf(sku, site)]},
	}
}

// openCommands open the n-th shelf of the run, and divide it among the channels.
func (p *Plan) openCommands(n int) []Command {
	open := []Command{p.createCommand(n)}
	if p.Mode != Channels {
		return open
	}
	sku, site := p.opened(n)
	return append(open, Command{
		Key: fmt.Sprintf("%s/quotas/%d", p.Run, n),
		Body: SetQuotas{
			ProductID: p.product(sku), LocationID: p.location(site), Channels: quotasOf(p.Stock[p.shelf(sku, site)]),
		},
	})
}

// places are the sites as sent to the server.
func (p *Plan) places() []Location {
	if p.Mode != Warehouses {
		return nil
	}
	places := make([]Location, len(p.Network.Sites))
	for i, site := range p.Network.Sites {
		places[i] = Location{LocationID: site.ID, Kind: "warehouse", Coordinates: Coordinates{Latitude: site.At.Lat, Longitude: site.At.Lon}}
	}
	return places
}

// commands are the steps of a task: reserve and deduct for a sale, one step for anything else,
// none for a cancel that returns nothing.
func (p *Plan) commands(t *Task, credit credits) []Command {
	switch t.Kind {
	case Sale:
		return []Command{
			{Key: p.key(t, "reserve"), Body: p.reserve(t)},
			{Key: p.key(t, "deduct"), Body: Deduct{OrderID: p.orderID(t)}},
		}
	case Cancel:
		units := t.Qty
		if p.Mode == Linked {
			if units = credit.unitsBack(t); units == 0 {
				return nil
			}
		}
		return []Command{{Key: p.key(t, "return"), Body: Restock{
			ProductID: p.product(t.SKU), LocationID: p.location(t.Site), Quantity: units,
			Reason: "return", Reference: p.Invoices[t.Invoice],
		}}}
	default:
		return []Command{{Key: p.key(t, "adjust"), Body: Correct{
			ProductID: p.product(t.SKU), LocationID: p.location(t.Site), Delta: t.Qty,
			Reason: "stock correction", Reference: p.Invoices[t.Invoice],
		}}}
	}
}

func (p *Plan) reserve(t *Task) Reserve {
	r := Reserve{OrderID: p.orderID(t), TTLSeconds: holdFor}
	switch {
	case t.Items != nil:
		for _, item := range p.sendable(t.Items) {
			r.Items = append(r.Items, ReserveItem{ProductID: p.product(item.SKU), LocationID: p.Location, Quantity: item.Qty})
		}
	case p.Mode == Warehouses:
		r.ProductID, r.Quantity, r.Sourcing = p.product(t.SKU), t.Qty, p.sourcing(t)
	case p.Mode == ByPart:
		r.Items = []ReserveItem{{ProductID: p.product(t.SKU), LocationID: p.Location, Quantity: t.Qty}}
		r.Policy = "partial"
	default:
		r.ProductID, r.LocationID, r.Quantity = p.product(t.SKU), p.Location, t.Qty
	}
	if p.Mode == Channels {
		r.ChannelID = channelIDs[t.Channel]
	}
	return r
}

// sourcing asks for the nearest of the run's sites that has the whole line.
func (p *Plan) sourcing(t *Task) *Sourcing {
	to := p.Network.origin(p.Countries[t.Country])
	s := &Sourcing{Strategy: "nearest", Split: "lines", Destination: Coordinates{Latitude: to.Lat, Longitude: to.Lon}}
	for _, site := range p.Network.Sites {
		s.Locations = append(s.Locations, site.ID)
	}
	return s
}

// sendable is items unchanged, so that the server adds up equal SKUs, unless only their sums fit
// into one request.
func (p *Plan) sendable(items []Item) []Item {
	if len(items) <= maxItems {
		return items
	}
	var sums []Item
	place := map[int32]int{}
	for _, item := range items {
		if i, ok := place[item.SKU]; ok {
			sums[i].Qty += item.Qty
			continue
		}
		place[item.SKU] = len(sums)
		sums = append(sums, item)
	}
	return sums
}
