package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
)

// Figures returns how much was booked (figures.Figures).
type Figures interface {
	Rows(ctx context.Context, q *figures.Query) (rows []figures.Row, asOf time.Time, err error)
	Stocks(ctx context.Context, q *figures.Query) (rows []figures.Stock, asOf time.Time, err error)
}

// figureChapter shows how much was booked, how much stock there was, and how the node has served.
type figureChapter struct {
	*core
	figures Figures // nil: nothing is counted
	rules   Replenishments
	sinks   *sinkChapter
	traffic *traffic
}

func (s *figureChapter) functions() map[string]method {
	return map[string]method{
		"ListFigures": unary(s.listFigures), "ListStockFigures": unary(s.listStockFigures),
		"ListOverstock": unary(s.listOverstock), "GetServiceFigures": unary(s.getServiceFigures),
	}
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

func (s *figureChapter) listFigures(ctx context.Context, c *call, r *holdfastv1.ListFiguresRequest) (*holdfastv1.ListFiguresResponse, error) {
	if s.figures == nil {
		return nil, unavailable("this server keeps no figures", nil)
	}
	q, err := figureForm(r, c.settings.Zone())
	if err != nil {
		return nil, err
	}
	if r.ChannelId == "" {
		if err := c.requireChannel(""); err != nil {
			return nil, err
		}
	}
	if _, err := s.known(ctx, catalog.Ref{Tenant: c.tenant, Location: q.Location, Product: r.ProductId}); err != nil {
		return nil, err
	}
	q.Tenant = c.tenant
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
	out := &holdfastv1.ListFiguresResponse{AsOf: knownTime(asOf)}
	for i := range rows {
		out.Items = append(out.Items, renderFigures(&rows[i]))
	}
	return out, nil
}

func figureForm(r *holdfastv1.ListFiguresRequest, usual *time.Location) (*figures.Query, error) {
	var f requestForm
	by := r.GetBy()
	if by == "" {
		by = "hour"
	}
	f.oneOf("by", by, "minute", "hour", "day")
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	q := figureTimes(&f, by, usual, r)
	if r.GetChannelId() != "" {
		q.Channel = &r.ChannelId
	}
	if by == "minute" && q.Location != "" && r.GetProductId() == "" {
		f.refuse("location_id", "must be left out by minute: figures of a location are kept by hour")
	}
	return q, f.err()
}

// mustBeZone says what a time zone has to be.
const mustBeZone = "must be a name of the IANA time zone database, such as Asia/Shanghai"

// figureTimes reads the location and the time of the wanted figures. usual is where days begin
// when the request does not say.
func figureTimes(f *requestForm, by string, usual *time.Location, r interface {
	GetSince() *timestamppb.Timestamp
	GetUntil() *timestamppb.Timestamp
	GetLocationId() string
	GetProductId() string
	GetTimeZone() string
},
) *figures.Query {
	f.optionalID("location_id", r.GetLocationId(), maxLocation)
	f.optionalID("product_id", r.GetProductId(), maxProduct)
	grain := grains[by]
	q := &figures.Query{Location: r.GetLocationId(), By: grain.by, Zone: usual, Until: time.Now()}
	if name := r.GetTimeZone(); name != "" {
		zone, err := catalog.ParseZone(name)
		if err != nil {
			f.refuse("time_zone", mustBeZone)
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
		f.refuse("until", "must not be before since")
	case apart > grain.most && grain.most > 0:
		f.refuse("since", "must be at most "+itoa(int(grain.most.Hours()/24))+" days before until, by "+by)
	}
	return q
}

func renderFigures(row *figures.Row) *holdfastv1.Figures {
	s := &row.Sums
	m := &holdfastv1.Figures{
		At: knownTime(row.At), CountedFrom: knownTime(row.From), CountedUntil: knownTime(row.To),
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
