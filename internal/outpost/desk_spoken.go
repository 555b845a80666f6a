package outpost

import (
	"errors"
	"sync"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// spoken is a till that said hello here, and how far its log was in the books at its last
// message here. Another process may have booked more of the log since, or answered another
// hello.
type spoken struct {
	till  catalog.Till
	known stock.Holder
}

// errOutdated says that a report cannot be answered from memory: the books have to be read
// first.
var errOutdated = errors.New("what is remembered of the till is out of date")

// spokenTills are the tills that said hello here.
type spokenTills struct {
	mu  sync.Mutex
	all map[tillKey]spoken
}

func (s *spokenTills) remember(t *catalog.Till, known *stock.Holder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[tillKey{t.Tenant, t.ID}] = spoken{*t, *known}
}

func (s *spokenTills) find(tenant, till string) (spoken, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.all[tillKey{tenant, till}]
	return found, ok
}
