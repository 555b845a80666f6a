package world

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

// directory is what nodes know of products, places and keys.
type directory interface {
	intake.Directory
	server.Keys
	kit.Answers
	fulfil.Directory
	fulfil.Choices
}

// openDirectory opens what all nodes know. Next to a SQLite store that is the real catalog, otherwise one
// that costs nothing, and for cases the real one. Its database never fails, because it is not under test
// here.
func (w *world) openDirectory() error {
	inMemory := w.disks[0].path == ""
	if inMemory {
		w.papers = &papers{}
		t := newTown()
		w.directory, w.recalls, w.bearer = t, &t.recalls, "the-key-of-all-clients-in-this-world"
	}
	if inMemory && !w.shortages {
		return nil
	}
	path := cmp.Or(w.disks[0].path, filepath.Join(w.cfg.Dir, fmt.Sprintf("world-%d", w.cfg.Seed)))
	c, err := catalog.Open(w.ctx, path+".catalog", catalog.WithClock(time.Now), catalog.WithRandom(rand.NewChaCha8([32]byte{})))
	if err != nil {
		return err
	}
	w.closeDirectory, w.cases, w.campaigns = c.Close, c.Cases, c.Campaigns
	if _, err := c.CreateTenant(w.ctx, catalog.DefaultTenant); err != nil {
		return err
	}
	if w.promoted { // campaigns are of what the catalog knows
		for _, l := range w.locations {
			if _, err := c.Know(w.ctx, catalog.Introduction{Ref: catalog.Ref{Tenant: catalog.DefaultTenant, Product: ofQuotas, Location: l}}); err != nil {
				return err
			}
		}
	}
	if inMemory {
		return nil
	}
	w.directory, w.papers, w.recalls = c, c.Transfers, c.Recalls
	for _, kit := range slices.Sorted(maps.Keys(kits)) {
		if _, err := c.SetKit(w.ctx, catalog.DefaultTenant, kit, kits[kit]); err != nil {
			return err
		}
	}
	_, w.bearer, err = c.CreateKey(w.ctx, catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: "client", Scopes: catalog.ScopeAdmin})
	return err
}

// town is a catalog in memory.
type town struct {
	mu       sync.Mutex
	known    map[string]bool
	answered map[[16]byte]keptAnswer
	recalls  recalls
	choices  choices
}

// newTown knows the kits.
func newTown() *town {
	t := &town{known: map[string]bool{}, answered: map[[16]byte]keptAnswer{}, choices: choices{map[string][]catalog.Choice{}, map[[16]byte]catalog.ChoiceKey{}}}
	for kit, parts := range kits {
		t.known["p/"+kit] = true
		for _, p := range parts {
			t.known["p/"+p.Product] = true
		}
	}
	return t
}

var _ directory = (*town)(nil)

// Authenticate lets everybody in.
func (t *town) Authenticate(context.Context, string) (catalog.Credential, error) {
	return catalog.Credential{Tenant: catalog.DefaultTenant, KeyName: "client", Scopes: catalog.ScopeAdmin}, nil
}

// AccessChanged is never closed.
func (t *town) AccessChanged() <-chan struct{} { return nil }

// Settings are the usual ones.
func (t *town) Settings(context.Context, string) (catalog.Settings, error) {
	return catalog.DefaultSettings(), nil
}

// Places are the locations that have been made known, as they are when nobody has
// described them.
func (t *town) Places(context.Context, string) ([]catalog.Place, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []catalog.Place
	for _, k := range slices.Sorted(maps.Keys(t.known)) {
		if l, is := strings.CutPrefix(k, "l/"); is {
			all = append(all, catalog.Place{ID: l, Kind: catalog.PlaceStore, Active: true, Online: true})
		}
	}
	return all, nil
}

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

// RecallsAt are those that hold at a location.
func (t *town) RecallsAt(ctx context.Context, tenant, product, location string) ([]stock.RecallRule, error) {
	all, err := t.recalls.Of(ctx, tenant, product)
	return catalog.RecallRules(all, location), err
}

// keptAnswer is the outcome of a write, under its key.
type keptAnswer struct {
	print  [16]byte
	answer []byte
}

// CatchUp has nothing to wait for.
func (t *town) CatchUp(context.Context) error { return nil }

// Answered returns the outcome of a write with the key.
func (t *town) Answered(_ context.Context, key catalog.WriteKey) ([]byte, bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.answer(key)
}

func (t *town) answer(key catalog.WriteKey) ([]byte, bool, error) {
	kept, again := t.answered[key.ID]
	if again && kept.print != key.Print {
		return nil, false, catalog.ErrKeyTaken
	}
	return kept.answer, again, nil
}

// Once keeps the outcome of do, unless another one has been kept meanwhile.
func (t *town) Once(ctx context.Context, key catalog.WriteKey, do func(context.Context) ([]byte, error)) ([]byte, bool, error) {
	answer, err := do(ctx)
	if err != nil {
		return nil, false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, again, err := t.answer(key); again || err != nil {
		return kept, again, err
	}
	t.answered[key.ID] = keptAnswer{key.Print, answer}
	return answer, false, nil
}
