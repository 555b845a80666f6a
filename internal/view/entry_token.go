package view

import (
	"encoding/binary"

	"holdfast.dev/holdfast/internal/engine"
)

// A token tells for each slot what is left of it. That of one slot is its
// place. Several begin with a 0, which no place of one slot does, and say how
// many they are; a slot of which nothing is left is a 0.

func sealEntryToken(f filter, left []place) string {
	if len(left) == 1 {
		return f.seal(appendPlace(nil, left[0]))
	}
	b := binary.AppendUvarint([]byte{0}, uint64(len(left)))
	for _, p := range left {
		if p.seq == 0 {
			b = append(b, 0)
			continue
		}
		b = appendPlace(b, p)
	}
	return f.seal(b)
}

func appendPlace(b []byte, p place) []byte {
	b = binary.AppendUvarint(b, uint64(p.seq))
	b = binary.AppendUvarint(b, uint64(p.event))
	return binary.AppendUvarint(b, uint64(p.item))
}

// openEntryToken sets the places of the slots that the token knows.
func openEntryToken(f filter, token string, from []place) error {
	b, err := f.open(token)
	if err != nil {
		return err
	}
	slots := uint64(1)
	several := len(b) > 0 && b[0] == 0
	if several {
		var n int
		if slots, n = binary.Uvarint(b[1:]); n <= 0 || slots < 2 || slots > uint64(len(from)) {
			return ErrPageToken
		}
		b = b[1+n:]
	}
	for slot := range from[:slots] {
		var ok bool
		if from[slot], b, ok = cutPlace(b); !ok || from[slot].seq == 0 && !several {
			return ErrPageToken
		}
	}
	if len(b) > 0 {
		return ErrPageToken
	}
	return nil
}

func cutPlace(b []byte) (p place, rest []byte, ok bool) {
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
	// No group is near that big; it keeps a forged token inside an int.
	const most = 1 << 31
	if v[1] > most || v[2] > most || v[0] >= 1<<63 {
		return p, nil, false
	}
	return place{engine.Seq(v[0]), int(v[1]), int(v[2])}, b, true
}
