package catalog

import (
	"context"
	"slices"
	"strconv"
)

// SinkDelivery is an attempt to deliver an event.
type SinkDelivery struct {
	// Number counts the deliveries of a sink from 1.
	Number  int64  `json:"number"`
	EventID string `json:"event_id"`
	// Position is in front of the event.
	Position string `json:"position"`
	At       Moment `json:"at"`
	Status   int    `json:"status,omitempty"` // of the answer; 0: there was none
	Error    string `json:"error,omitempty"`
	TookMS   int64  `json:"took_ms,omitempty"`
	Try      int    `json:"try"`
	// Of is the id of the delivery that it repeats, "": it repeats none.
	Of string `json:"of,omitempty"`
}

// ID names the delivery among those of its sink.
func (d *SinkDelivery) ID() string { return strconv.FormatInt(d.Number, 10) }

// The deliveries of a sink are kept in a ring of documents, so that one that comes
// writes few bytes.
const (
	ringRows   = 50
	ringBlocks = 21
	// MaxDeliveries is how many deliveries of a sink are kept.
	MaxDeliveries = ringRows * (ringBlocks - 1)
	// MaxDeliveryPosition is how many bytes the position of a delivery may have.
	MaxDeliveryPosition = 256
	maxDeliveryError    = 200
)

// deliveryBlock is a document of the ring.
type deliveryBlock struct {
	Tenant   string `json:"-"`
	Sink     string `json:"-"`
	Block    int64  `json:"block"`
	revision int64
	rows     []SinkDelivery
}

func blockID(sink string, block int64) string { return sink + "/" + strconv.FormatInt(block, 10) }

var deliveryKind = documentKind[deliveryBlock]{
	name: "sink_delivery", title: "deliveries of sink",
	pack: func(b *deliveryBlock) document {
		return document{tenant: b.Tenant, id: blockID(b.Sink, b.Block), parent: b.Sink, number: b.Block + 1, seq: b.revision}
	},
	progress: func(b *deliveryBlock) any { return &b.rows },
	unpack:   func(d *document, b *deliveryBlock) { b.Tenant, b.Sink, b.revision = d.tenant, d.parent, d.seq },
}

// noteDeliveries notes the tries. A try that repeats another delivery ends the
// request to repeat it.
func (s *Sink) noteDeliveries(w *write, tried []SinkDelivery) error {
	for len(tried) > 0 {
		first := s.Tried + 1
		n := min(int64(len(tried)), ringRows-first%ringRows)
		b, is, err := s.block(&w.read, first/ringRows)
		if err != nil {
			return err
		}
		for _, one := range tried[:n] {
			s.Tried++
			one.Number, one.Error = s.Tried, cut(one.Error, maxDeliveryError)
			b.rows = append(b.rows, one)
			s.Redeliver = slices.DeleteFunc(slices.Clone(s.Redeliver), func(r SinkRedelivery) bool { return r.ID == one.Of })
		}
		tried = tried[n:]
		if is {
			err = deliveryKind.keep(w, b)
		} else {
			err = deliveryKind.put(w, b, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// block returns a block of the ring, without what was in its place a round before, and
// whether it is stored.
func (s *Sink) block(r *read, n int64) (b *deliveryBlock, is bool, err error) {
	b, _, err = deliveryKind.get(r, s.Tenant, blockID(s.Name, n%ringBlocks))
	if b == nil {
		return &deliveryBlock{Tenant: s.Tenant, Sink: s.Name, Block: n % ringBlocks}, false, err
	}
	if len(b.rows) > 0 && b.rows[0].Number/ringRows != n {
		b.rows = nil
	}
	return b, true, err
}

// delivery returns a stored delivery, or an UnknownError.
func (s *Sink) delivery(r *read, id string) (SinkDelivery, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= s.Tried-MaxDeliveries || n > s.Tried || n < 1 {
		return SinkDelivery{}, &UnknownError{What: "delivery", ID: id}
	}
	b, _, err := s.block(r, n/ringRows)
	if err != nil {
		return SinkDelivery{}, err
	}
	at := slices.IndexFunc(b.rows, func(d SinkDelivery) bool { return d.Number == n })
	if at < 0 {
		return SinkDelivery{}, &UnknownError{What: "delivery", ID: id}
	}
	return b.rows[at], nil
}

// Deliveries lists deliveries of a sink with numbers below before, 0: all, the newest
// first. For an unknown sink it is ErrUnknown.
func (d Sinks) Deliveries(ctx context.Context, tenant, sink string, before int64, limit int) ([]SinkDelivery, error) {
	all, err := snapshot(ctx, d.store, func(r *read) (all []SinkDelivery, err error) {
		s, err := sinkKind.must(r, tenant, sink)
		if err != nil {
			return nil, err
		}
		last := s.Tried
		if before > 0 {
			last = min(last, before-1)
		}
		for least := max(s.Tried-MaxDeliveries, 0); last > least && len(all) < limit; {
			b, _, err := s.block(r, last/ringRows)
			if err != nil {
				return nil, err
			}
			for _, one := range slices.Backward(b.rows) {
				if one.Number <= last && one.Number > least && len(all) < limit {
					all = append(all, one)
				}
			}
			last = last/ringRows*ringRows - 1
		}
		return all, nil
	})
	return result(all, err, "list deliveries of sink %q", sink)
}

// forgetDeliveries empties the ring.
func forgetDeliveries(w *write, tenant, sink string) error {
	blocks, err := deliveryKind.find(&w.read, `tenant = ? AND parent = ? AND number > 0 ORDER BY number`, tenant, sink)
	if err != nil {
		return err
	}
	for i := range blocks {
		blocks[i].rows = nil
		if err := deliveryKind.keep(w, &blocks[i]); err != nil {
			return err
		}
	}
	return nil
}
