package slot

import "holdfast.dev/holdfast/internal/engine"

// Sighting is a record that this node has seen in the log of a slot.
type Sighting struct {
	Seq  engine.Seq
	Hash [32]byte
}

// trailLength is how many of the newest records a node can name when a failover
// has lost them: a minute of a slot that stores 17 groups a second, 40 KB.
const trailLength = 1024

// trail is the newest records of a slot that this node has seen. It is kept when
// the slot stops, so that operators can find out what was lost.
type trail struct {
	ring [trailLength]Sighting
	n    int // sightings so far
}

// note adds a record.
func (t *trail) note(seq engine.Seq, hash [32]byte) {
	t.ring[t.n%trailLength] = Sighting{seq, hash}
	t.n++
}

// newest returns the sightings, newest first.
func (t *trail) newest() []Sighting {
	all := make([]Sighting, 0, min(t.n, trailLength))
	for i := t.n - 1; i >= 0 && i >= t.n-trailLength; i-- {
		all = append(all, t.ring[i%trailLength])
	}
	return all
}
