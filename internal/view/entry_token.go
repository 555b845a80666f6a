package view

import (
	"context"
	"encoding/binary"
	"math"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
)

// A token has, for each slot, the place of what is left. The token of one slot is its
// place. A token of several slots begins with a 0, which no place of one slot does, and
// their number; a slot of which nothing is left is a 0. If a record is of an epoch that
// began with a restore, another 0 comes first, and each place is followed by its epoch.

func sealEntryToken(f filter, left []entryPosition) string {
	marked := false
	for _, p := range left {
		marked = marked || p.epoch != 0
	}
	if len(left) == 1 && !marked {
		return f.seal(appendPlace(nil, left[0]))
	}
	b := []byte{0}
	if marked {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(left)))
	for _, p := range left {
		if p.seq == 0 {
			b = append(b, 0)
			continue
		}
		b = appendPlace(b, p)
		if marked {
			b = binary.AppendUvarint(b, uint64(p.epoch))
		}
	}
	return f.seal(b)
}

func appendPlace(b []byte, p entryPosition) []byte {
	b = binary.AppendUvarint(b, uint64(p.seq))
	b = binary.AppendUvarint(b, uint64(p.event))
	return binary.AppendUvarint(b, uint64(p.item))
}

// openEntryToken sets the places of the slots that the token knows.
func openEntryToken(f filter, token string, from []entryPosition) error {
	b, err := f.open(token)
	if err != nil {
		return err
	}
	slots := uint64(1)
	several := len(b) > 0 && b[0] == 0
	marked := several && len(b) > 1 && b[1] == 0
	if several {
		b = b[1:]
		least := uint64(2)
		if marked {
			b, least = b[1:], 1
		}
		var n int
		if slots, n = binary.Uvarint(b); n <= 0 || slots < least || slots > uint64(len(from)) {
			return ErrPageToken
		}
		b = b[n:]
	}
	for slot := range from[:slots] {
		var ok bool
		if from[slot], b, ok = cutPlace(b); !ok || from[slot].seq == 0 && slots == 1 {
			return ErrPageToken
		}
		if marked && from[slot].seq > 0 {
			epoch, n := binary.Uvarint(b)
			if n <= 0 || epoch > math.MaxUint32 {
				return ErrPageToken
			}
			from[slot].epoch, b = uint32(epoch), b[n:]
		}
	}
	if len(b) > 0 {
		return ErrPageToken
	}
	return nil
}

// checkPlaces returns feed.ErrAhead when a place that was sent is of a history that is
// lost.
func checkPlaces(ctx context.Context, h *feed.Histories, from []entryPosition) error {
	var at feed.Cursors
	for slot, p := range from {
		if p != newest && p.seq > 0 {
			at = append(at, feed.Cursor{Slot: uint16(slot), Seq: p.seq, Epoch: p.epoch})
		}
	}
	return h.Check(ctx, at)
}

func cutPlace(b []byte) (p entryPosition, rest []byte, ok bool) {
	var v [3]uint64
	for i := range v {
		number, n := binary.Uvarint(b)
		if n <= 0 {
			return p, nil, false
		}
		v[i], b = number, b[n:]
		if i == 0 && number == 0 {
			return p, b, true
		}
	}
	// No group is nearly that big; the bound keeps a forged token inside an int.
	const most = 1 << 31
	if v[1] > most || v[2] > most || v[0] >= 1<<63 {
		return p, nil, false
	}
	return entryPosition{seq: engine.Seq(v[0]), event: int(v[1]), item: int(v[2])}, b, true
}
