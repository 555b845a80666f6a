package replay

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/progress"
)

// channel is a channel of Channels, an index into channelIDs.
type channel uint8

const (
	trade channel = iota
	web
	other
)

// channelIDs are the channels of the README, as sent to the server.
var channelIDs = [...]string{trade: "trade", web: "web", other: "other"}

// postage is the service line of an order from the web.
const postage = "DOT"

// channelOf is the channel that a line is sold on.
func (h *History) channelOf(m *Move) channel {
	switch {
	case h.Web[m.Invoice]:
		return web
	case m.Customer >= 0:
		return trade
	}
	return other
}

// quotasOf are the quotas of a SKU with so much opening stock.
func quotasOf(units int64) []Quota {
	return []Quota{{ChannelID: channelIDs[trade], Quota: units / 2}, {ChannelID: channelIDs[web], Quota: units / 5}}
}

// ChannelTally is the outcome of the sale lines of one channel.
type ChannelTally struct {
	LinesGranted  int64 `json:"lines_granted"`
	UnitsGranted  int64 `json:"units_granted"`
	UnitsFromPool int64 `json:"units_from_pool"` // of those granted
	LinesShort    int64 `json:"lines_short"`
	UnitsShort    int64 `json:"units_short"`
}

// ChannelsSummary is the result of a run of Channels, under the names of
// expected.json.
type ChannelsSummary struct {
	Trade ChannelTally `json:"trade"`
	Web   ChannelTally `json:"web"`
	Other ChannelTally `json:"other"`
	None  struct {
		AdjustRejected int64 `json:"adjust_rejected"`
	} `json:"-,"` //nolint:staticcheck // "-" is what expected.json calls the lines of no channel
	PoolTotal      int64  `json:"pool_total"`
	PoolSHA256     string `json:"pool_sha256"`
	QuotaLeftTrade int64  `json:"quota_left_trade"`
	QuotaLeftWeb   int64  `json:"quota_left_web"`
	OnHandTotal    int64  `json:"onhand_total"`
	OnHandSHA256   string `json:"onhand_sha256"`
}

// channelSales are the sale lines of Channels so far.
type channelSales struct {
	lines [len(channelIDs)]ChannelTally
	units [][len(channelIDs)]int64 // granted, per SKU
}

func (c *channelSales) book(task *Task, units int64) {
	lines := &c.lines[task.Channel]
	if units < task.Qty {
		lines.LinesShort++
		lines.UnitsShort += task.Qty - units
		return
	}
	lines.LinesGranted++
	lines.UnitsGranted += units
	c.units[task.SKU][task.Channel] += units
}

// sharing is how the channels share each SKU, by the server's report.
type sharing []Shares

// readShares asks for the quotas of each SKU that the server lists.
func (r *processRun) readShares(ctx context.Context, onHand []int64) (sharing, error) {
	all := make(sharing, len(r.SKUs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for _, sku := range r.Open {
		if onHand[sku] == missing {
			continue
		}
		group.Go(func() error {
			shares, err := r.target.Quotas(ctx, r.product(sku), r.saved.Location)
			if err != nil {
				return fmt.Errorf("quotas of sku %q: %w", r.SKUs[sku], err)
			}
			all[sku] = shares
			return nil
		})
	}
	return all, group.Wait()
}

// channelsSummary sums up the shares, and names the SKUs where they differ from the sum of the
// answers.
func (t *Tally) channelsSummary(all sharing, onHand []int64) (*ChannelsSummary, []string) {
	p := t.plan
	s := &ChannelsSummary{}
	var wrong []string
	lines := t.channels.lines
	pool := make([]int64, len(p.SKUs))
	for _, sku := range p.Open {
		shares, granted := &all[sku], t.channels.units[sku]
		pool[sku] = shares.Shared
		s.PoolTotal += shares.Shared
		left, fromPool := shares.Shared, granted // all of it, where a channel has no quota
		for _, c := range shares.Channels {
			id := channel(0)
			for id < channel(len(channelIDs)) && channelIDs[id] != c.ChannelID {
				id++
			}
			if int(id) == len(channelIDs) {
				wrong = append(wrong, fmt.Sprintf("sku %q has a quota for channel %q", p.SKUs[sku], c.ChannelID))
				continue
			}
			left += c.Remaining
			fromPool[id] = c.SoldFromPool
			switch id {
			case trade:
				s.QuotaLeftTrade += c.Remaining
			case web:
				s.QuotaLeftWeb += c.Remaining
			}
			if sold := c.Sold + c.SoldFromPool; sold != granted[id] || c.Held+c.HeldFromPool != 0 {
				wrong = append(wrong, fmt.Sprintf("sku %q has %d sold and %d held on channel %q, but %d were granted and deducted",
					p.SKUs[sku], sold, c.Held+c.HeldFromPool, c.ChannelID, granted[id]))
			}
		}
		if left != onHand[sku] {
			wrong = append(wrong, fmt.Sprintf("sku %q has %d in its quotas and pool, but %d on hand", p.SKUs[sku], left, onHand[sku]))
		}
		for id, units := range fromPool {
			lines[id].UnitsFromPool += units
		}
	}
	s.Trade, s.Web, s.Other = lines[trade], lines[web], lines[other]
	s.None.AdjustRejected = t.AdjustRejected
	s.PoolSHA256 = p.stockSum(pool)
	s.OnHandTotal, s.OnHandSHA256 = sum(onHand), p.stockSum(onHand)
	return s, wrong
}

func sum(units []int64) (all int64) {
	for _, n := range units {
		all += n
	}
	return all
}

// text is a line about a channel for people.
func (c ChannelTally) text() string {
	return fmt.Sprintf("%s lines granted, %s short; %s units, %s of them from the pool",
		progress.Number(c.LinesGranted), progress.Number(c.LinesShort), progress.Number(c.UnitsGranted), progress.Number(c.UnitsFromPool))
}
