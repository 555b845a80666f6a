package world

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
)

// directory is what nodes know of products, places and keys.
type directory interface {
	intake.Directory
	server.Keys
}

// openDirectory opens what all nodes know: the real catalog beside a SQLite
// store, else one that costs nothing. Its database never fails, because it is
// not what is looked at here.
func (w *world) openDirectory() error {
	if w.disks[0].path == "" {
		w.directory, w.bearer = &town{known: map[string]bool{}}, "the-key-of-all-clients-in-this-world"
		return nil
	}
	c, err := catalog.Open(w.ctx, w.disks[0].path+".catalog", catalog.WithClock(time.Now), catalog.WithRandom(rand.NewChaCha8([32]byte{})))
	if err != nil {
		return err
	}
	w.directory, w.closeDirectory = c, c.Close
	if _, err := c.CreateTenant(w.ctx, catalog.DefaultTenant); err != nil {
		return err
	}
	_, w.bearer, err = c.CreateKey(w.ctx, catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "client", Scopes: catalog.ScopeAdmin})
	return err
}

// town is a catalog in memory.
type town struct {
	mu    sync.Mutex
	known map[string]bool
}

var _ directory = (*town)(nil)

// Authenticate lets everybody in.
func (t *town) Authenticate(context.Context, string) (catalog.Credential, error) {
	return catalog.Credential{Tenant: catalog.DefaultTenant, KeyName: "client", Scopes: catalog.ScopeAdmin}, nil
}

// Settings are the usual ones.
func (t *town) Settings(context.Context, string) (catalog.Settings, error) {
	return catalog.DefaultSettings(), nil
}

// Places implements the directory's: nobody has described a location.
func (t *town) Places(context.Context, string) ([]catalog.Place, error) { return nil, nil }

// KnownAll says what has been made known.
func (t *town) KnownAll(_ context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]catalog.Knowledge, len(refs))
	for i, r := range refs {
		out[i] = t.knowledge(r)
	}
	return out, nil
}

func (t *town) knowledge(r catalog.Ref) catalog.Knowledge {
	return catalog.Knowledge{Product: t.known["p/"+r.Product], Location: t.known["l/"+r.Location]}
}

// KnowAll makes known.
func (t *town) KnowAll(_ context.Context, ins []catalog.Introduction) []catalog.Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]catalog.Answer, len(ins))
	for i, in := range ins {
		t.known["p/"+in.Product], t.known["l/"+in.Location] = true, true
		out[i].Knowledge = t.knowledge(in.Ref)
	}
	return out
}

// Product is a product without a unit.
func (t *town) Product(_ context.Context, tenant, id string) (catalog.Product, error) {
	return catalog.Product{Tenant: tenant, ID: id}, nil
}
