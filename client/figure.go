package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// FigureService sums up what was booked.
type FigureService struct {
	c    *caller
	stub holdfastv1.FigureServiceClient
}

// FigureQuery asks how much was booked.
type FigureQuery struct {
	By         string    // minute, hour or day; hour when empty
	Since      time.Time // zero: an hour, a day or 30 days before Until
	Until      time.Time // zero: now
	LocationID string    // all locations when empty; not by minute unless ProductID is named
	ProductID  string    // all products when empty; the figures of one product come from its journal
	ChannelID  string    // all channels when empty
	TimeZone   string    // where days begin (Asia/Shanghai); when empty, as the tenant's settings say
}

// Figures sums up what was booked in one minute, hour or day, for one channel, of products
// counted in one unit. Reserve calls and lines are in the entry without a unit.
type Figures struct {
	At time.Time // when it begins
	// CountedFrom and CountedUntil are set where the entry is a part of its time: it has what
	// was booked from then on, and before then.
	CountedFrom, CountedUntil time.Time
	ChannelID                 string // "": for none
	Unit                      string // the declared unit; "": pieces
	Scale                     int    // decimals of the unit

	Reserves, Refused           int64 // reserve calls that held something; that got nothing
	LinesReserved, LinesExpired int64
	LinesEnded                  int64 // lines whose last unit left, was given back or expired
	// Units, in smallest units.
	Reserved, Sold, Returned, Released, Expired, Received, Gained, Lost int64

	Partial             int64 // reserve calls that held some of what they asked for
	Counts, CountsExact int64 // counts that were booked; those that found what the books said
	Oversells, Oversold int64 // bookings that promised or sold more than there is, and by how many units

	// Units of transfers between locations: they left this one, arrived from another, came back
	// with a cancelled transfer, were lost on the way, arrived beyond what was shipped.
	TransferShipped, TransferReceived, TransferReturned, TransferLost, TransferSurplus int64
}

// FigureList is figures by time, channel and unit.
type FigureList struct {
	Items []Figures // entries with only zeros are left out
	// AsOf is the time up to which everything booked is counted, the zero time when the
	// server does not know it.
	AsOf time.Time
}

// List returns how much was booked. Changes appear after a moment.
func (s *FigureService) List(ctx context.Context, q FigureQuery) (*FigureList, error) {
	return askOne(ctx, s.c, "figures", s.stub.ListFigures, &holdfastv1.ListFiguresRequest{
		By: q.By, Since: stampOf(q.Since), Until: stampOf(q.Until), LocationId: q.LocationID, ChannelId: q.ChannelID, ProductId: q.ProductID, TimeZone: q.TimeZone,
	}, figureListOf)
}

func figureListOf(m *holdfastv1.ListFiguresResponse) FigureList {
	return FigureList{Items: each(m.GetItems(), figuresOf), AsOf: timeOf(m.GetAsOf())}
}

func figuresOf(m *holdfastv1.Figures) Figures {
	return Figures{
		At: timeOf(m.GetAt()), CountedFrom: timeOf(m.GetCountedFrom()), CountedUntil: timeOf(m.GetCountedUntil()), ChannelID: m.GetChannelId(), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		Reserves: m.GetReserves(), Refused: m.GetRefused(), LinesReserved: m.GetLinesReserved(), LinesExpired: m.GetLinesExpired(),
		Reserved: m.GetReserved(), Sold: m.GetSold(), Returned: m.GetReturned(), Released: m.GetReleased(), Expired: m.GetExpired(),
		Received: m.GetReceived(), Gained: m.GetGained(), Lost: m.GetLost(),
		Partial: m.GetPartial(), Counts: m.GetCounts(), CountsExact: m.GetCountsExact(), Oversells: m.GetOversells(), Oversold: m.GetOversold(),
		TransferShipped: m.GetTransferShipped(), TransferReceived: m.GetTransferReceived(), TransferReturned: m.GetTransferReturned(),
		TransferLost: m.GetTransferLost(), TransferSurplus: m.GetTransferSurplus(), LinesEnded: m.GetLinesEnded(),
	}
}
