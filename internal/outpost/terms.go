package outpost

import (
	"sync"

	"holdfast.dev/holdfast/internal/catalog"
)

// termsBoard has the policies of the paired tills as this process knows them, and tells of others.
type termsBoard struct {
	mu  sync.Mutex
	all map[tillKey]*posted
}

// posted is the policy of a till, nil while none is known.
type posted struct {
	terms *catalog.TillTerms
	// other is closed when there is another one; nil as long as nobody waits for that.
	other chan struct{}
}

// post takes over the policy of a till, nil when it is no longer paired.
func (b *termsBoard) post(k tillKey, terms *catalog.TillTerms) {
	b.mu.Lock()
	defer b.mu.Unlock()
	is := b.all[k]
	if is != nil {
		if sameTerms(is.terms, terms) {
			return
		}
		if is.other != nil {
			close(is.other)
		}
	}
	if delete(b.all, k); terms != nil {
		b.all[k] = &posted{terms: terms}
	}
}

// read returns the policy of a till, nil while it is not known here, and what is closed when there is another one.
func (b *termsBoard) read(k tillKey) (*catalog.TillTerms, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	is := b.all[k]
	if is == nil {
		is = &posted{}
		b.all[k] = is
	}
	if is.other == nil {
		is.other = make(chan struct{})
	}
	return is.terms, is.other
}

// Terms returns the policy of a paired till as this process knows it, nil while it does not, and what is closed when there
// is another one.
func (d *Desk) Terms(tenant, till string) (*catalog.TillTerms, <-chan struct{}) {
	return d.terms.read(tillKey{tenant, till})
}
