// Package figures shows how much was booked, how much stock there was, and how the server has served.
package figures

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Figures returns how much was booked (figures.Figures).
type Figures interface {
	Rows(ctx context.Context, q *figures.Query) (rows []figures.Row, asOf time.Time, err error)
	Stocks(ctx context.Context, q *figures.Query) (rows []figures.Stock, asOf time.Time, err error)
}

// Chapter shows how much was booked, how much stock there was, and how the node has served.
type Chapter struct {
	core    *kit.Core
	figures Figures // nil: nothing is counted
	rules   kit.Replenishments
	// sinks lists the sinks.
	sinks   func(ctx context.Context, c *kit.Call, r *holdfastv1.ListSinksRequest) (*holdfastv1.ListSinksResponse, error)
	traffic *Traffic
}

// New returns the chapter.
func New(core *kit.Core, figures Figures, rules kit.Replenishments, sinks func(ctx context.Context, c *kit.Call, r *holdfastv1.ListSinksRequest) (*holdfastv1.ListSinksResponse, error), traffic *Traffic) *Chapter {
	return &Chapter{core, figures, rules, sinks, traffic}
}

// grains are the time steps of figures: how far back they go when since is left
// out, and how much one call may ask for.
var grains = map[string]struct {
	by          figures.By
	usual, most time.Duration
}{
	"minute": {figures.ByMinute, time.Hour, 24 * time.Hour},
	"hour":   {figures.ByHour, 24 * time.Hour, 31 * 24 * time.Hour},
	"day":    {figures.ByDay, 30 * 24 * time.Hour, figures.Keep},
}

func (s *Chapter) listFigures(ctx context.Context, c *kit.Call, r *holdfastv1.ListFiguresRequest) (*holdfastv1.ListFiguresResponse, error) {
	if s.figures == nil {
		return nil, kit.Unavailable("this server keeps no figures", nil)
	}
	q, err := figureForm(r, c.Settings.Zone())
	if err != nil {
		return nil, err
	}
	if r.ChannelId == "" {
		if err := c.RequireChannel(""); err != nil {
			return nil, err
		}
	}
	if _, err := kit.Known(ctx, s.core.Directory, catalog.Ref{Tenant: c.Tenant, Location: q.Location, Product: r.ProductId}); err != nil {
		return nil, err
	}
	q.Tenant = c.Tenant
	var rows []figures.Row
	var asOf time.Time
	if r.ProductId == "" {
		rows, asOf, err = s.figures.Rows(ctx, q)
	} else {
		rows, asOf, err = s.productRows(ctx, c, r.ProductId, q)
	}
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListFiguresResponse{AsOf: kit.KnownTime(asOf)}
	for i := range rows {
		out.Items = append(out.Items, renderFigures(&rows[i]))
	}
	return out, nil
}

func figureForm(r *holdfastv1.ListFiguresRequest, usual *time.Location) (*figures.Query, error) {
	var f kit.Form
	by := r.GetBy()
	if by == "" {
		by = "hour"
	}
	f.OneOf("by", by, "minute", "hour", "day")
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	q := figureTimes(&f, by, usual, r)
	if r.GetChannelId() != "" {
		q.Channel = &r.ChannelId
	}
	if by == "minute" && q.Location != "" && r.GetProductId() == "" {
		f.Refuse("location_id", "must be left out by minute: figures of a location are kept by hour")
	}
	return q, f.Err()
}

// figureTimes reads the location and the time of the wanted figures. usual is where days begin
// when the request does not say.
func figureTimes(f *kit.Form, by string, usual *time.Location, r interface {
	GetSince() *timestamppb.Timestamp
	GetUntil() *timestamppb.Timestamp
	GetLocationId() string
	GetProductId() string
	GetTimeZone() string
},
) *figures.Query {
	f.OptionalID("location_id", r.GetLocationId(), kit.MaxLocation)
	f.OptionalID("product_id", r.GetProductId(), kit.MaxProduct)
	grain := grains[by]
	q := &figures.Query{Location: r.GetLocationId(), By: grain.by, Zone: usual, Until: time.Now()}
	if name := r.GetTimeZone(); name != "" {
		zone, err := catalog.ParseZone(name)
		if err != nil {
			f.Refuse("time_zone", kit.MustBeZone)
		} else {
			q.Zone = zone
		}
	}
	if r.GetUntil() != nil {
		q.Until = r.GetUntil().AsTime()
	}
	q.Since = q.Until.Add(-grain.usual)
	if r.GetSince() == nil {
		return q.Whole()
	}
	q.Since = r.GetSince().AsTime()
	switch apart := q.Until.Sub(q.Since); {
	case apart < 0:
		f.Refuse("until", "must not be before since")
	case apart > grain.most && grain.most > 0:
		f.Refuse("since", "must be at most "+kit.Itoa(int(grain.most.Hours()/24))+" days before until, by "+by)
	}
	return q
}

func renderFigures(row *figures.Row) *holdfastv1.Figures {
	s := &row.Sums
	m := &holdfastv1.Figures{
		At: kit.KnownTime(row.At), CountedFrom: kit.KnownTime(row.From), CountedUntil: kit.KnownTime(row.To),
		Reserves: s[figures.Reserves], Refused: s[figures.Refused], LinesReserved: s[figures.LinesReserved], LinesExpired: s[figures.LinesExpired],
		Reserved: s[figures.Reserved], Sold: s[figures.Sold], Returned: s[figures.Returned], Released: s[figures.Released], Expired: s[figures.Expired],
		Received: s[figures.Received], Gained: s[figures.Gained], Lost: s[figures.Lost],
		Partial: s[figures.Partial], Counts: s[figures.Counts], CountsExact: s[figures.CountsExact], Oversells: s[figures.Oversells], Oversold: s[figures.Oversold],
		TransferShipped: s[figures.TransferShipped], TransferReceived: s[figures.TransferReceived], TransferReturned: s[figures.TransferReturned],
		TransferLost: s[figures.TransferLost], TransferSurplus: s[figures.TransferSurplus],
		LinesEnded: s[figures.LinesEnded],
	}
	if row.Channel != "" {
		m.ChannelId = &row.Channel
	}
	m.Unit, m.Scale = renderUnit(row.Unit, row.Scale)
	return m
}
