// Package seen remembers the newest record of a slot that an engine has let its
// callers see. A database that fails over to a server without that record, or
// that is restored from an older backup, has lost it, although callers have
// decided on top of it: the log of a new session is compared with what was seen.
package seen

import (
	"sync"

	"holdfast.dev/holdfast/internal/engine"
)

// Newest is the newest record seen so far. The zero value has seen none.
type Newest struct {
	mu   sync.Mutex
	seq  engine.Seq
	hash [32]byte
}

// Note remembers a record that callers get to see, if it is newer.
func (n *Newest) Note(seq engine.Seq, hash [32]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if seq >= n.seq {
		n.seq, n.hash = seq, hash
	}
}

// Seq is the number of the newest record seen, 0 when there was none.
func (n *Newest) Seq() engine.Seq {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seq
}

// Record is the number and the hash of the newest record seen.
func (n *Newest) Record() (engine.Seq, [32]byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.seq, n.hash
}
