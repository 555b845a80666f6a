package server

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// visitors limits calls without a credential per client address. It remembers
// a bounded number of addresses in two generations: when the young one is
// full it becomes the old one, and an address in neither starts again.
type visitors struct {
	limit rate.Limit // 0: everybody may always
	burst int
	most  int // addresses per generation

	mu         sync.Mutex
	young, old map[netip.Addr]*rate.Limiter
}

// newVisitors allows perSecond calls of one address, with bursts of twice
// that; 0 allows all.
func newVisitors(perSecond float64, most int) *visitors {
	return &visitors{
		limit: rate.Limit(perSecond),
		burst: max(1, int(2*perSecond)),
		most:  most,
		young: map[netip.Addr]*rate.Limiter{},
	}
}

func (v *visitors) allow(address string) bool {
	if v.limit <= 0 {
		return true
	}
	return v.limiter(place(address)).Allow()
}

// allowLines reports whether an address that was allowed a call may ask for so many lines in it: each counts as
// a call. More lines than a burst count as a burst, or else they would never be allowed.
func (v *visitors) allowLines(address string, lines int) bool {
	if v.limit <= 0 || lines <= 1 {
		return true
	}
	return v.limiter(place(address)).AllowN(time.Now(), min(lines, v.burst)-1)
}

func (v *visitors) limiter(a netip.Addr) *rate.Limiter {
	v.mu.Lock()
	defer v.mu.Unlock()
	if l := v.young[a]; l != nil {
		return l
	}
	l := v.old[a]
	if l == nil {
		l = rate.NewLimiter(v.limit, v.burst)
	}
	if len(v.young) >= v.most {
		v.old, v.young = v.young, make(map[netip.Addr]*rate.Limiter, v.most)
	}
	v.young[a] = l
	return l
}

// place is the identity of a client: an IPv4 address, or the /64 from which an IPv6
// client can choose its addresses. All invalid addresses share one.
func place(address string) netip.Addr {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Addr{}
	}
	a := at.Addr().Unmap().WithZone("")
	if a.Is4() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}
