package catalog

import "sync"

// bell tells those who wait that something has changed.
type bell struct {
	mu   sync.Mutex
	next chan struct{} // closed by the next ring; nil: nobody has asked since the last one
}

// rung is closed by the next ring.
func (b *bell) rung() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next == nil {
		b.next = make(chan struct{})
	}
	return b.next
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.next != nil {
		close(b.next)
		b.next = nil
	}
}

// AccessChanged is closed when this process next learns that a key, a session or the settings of a tenant have
// changed or ended. It learns at once of what it has changed itself, and within 2 s of what others have: but of
// sessions that others have ended only by RereadSessions.
func (c *Catalog) AccessChanged() <-chan struct{} { return c.access.rung() }
