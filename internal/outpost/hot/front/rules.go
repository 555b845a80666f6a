package front

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Rules are the rules in the catalog.
type Rules interface {
	// Since are the rules that changed behind the revision, and the revision to ask with next.
	Since(ctx context.Context, revision int64) ([]catalog.RedisRule, int64, error)
	// CutBack notes why the items of a rule went back to the ledger.
	CutBack(ctx context.Context, r catalog.RedisRule, reason string) (catalog.RedisRule, error)
	// Return ends the cut-back of a rule.
	Return(ctx context.Context, r catalog.RedisRule) (catalog.RedisRule, error)
}

// rules are those of the catalog, in memory.
type rules struct {
	kept Rules

	mu   sync.RWMutex
	book catalog.RedisRuleBook
	next int64
	// shadows are the tenants with rules that try Redis out.
	shadows []string
}

func newRules(kept Rules) *rules { return &rules{kept: kept, book: catalog.RedisRuleBook{}} }

// follow takes over what changed.
func (r *rules) follow(ctx context.Context) error {
	r.mu.RLock()
	next := r.next
	r.mu.RUnlock()
	changed, next, err := r.kept.Since(ctx, next)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range changed {
		r.book.Take(&changed[i])
	}
	r.next = next
	if len(changed) > 0 {
		r.findShadows()
	}
	return nil
}

// findShadows notes the tenants with rules that try Redis out. The caller has the lock.
func (r *rules) findShadows() {
	tenants := map[string]bool{}
	for scope, rule := range r.book {
		if rule.Shadow {
			tenants[scope.Tenant] = true
		}
	}
	r.shadows = slices.Sorted(maps.Keys(tenants))
}

// rule is the rule by which the item sells through Redis; false: the ledger sells it.
func (r *rules) rule(k stock.ItemKey) (catalog.RedisRule, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.book.Rule(k.Tenant, k.Product, k.Location)
}

// shadow is the rule by which Redis is tried out with the item; false: it is not.
func (r *rules) shadow(k stock.ItemKey) (catalog.RedisRule, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.book.Shadow(k.Tenant, k.Product, k.Location)
}

// Shadowed reports whether Redis is tried out with the item.
func (r *rules) Shadowed(k stock.ItemKey) bool {
	_, tried := r.shadow(k)
	return tried
}

// ShadowTenants are the tenants with rules that try Redis out.
func (r *rules) ShadowTenants() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.shadows
}

// want reports whether Redis should sell the item.
func (r *rules) want(k stock.ItemKey) bool {
	_, passes := r.rule(k)
	return passes
}

// cutBefore are the rules that were cut back before the moment.
func (r *rules) cutBefore(before time.Time) (all []catalog.RedisRule) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, rule := range r.book {
		if rule.CutBack != "" && rule.CutBackAt.Before(before) {
			all = append(all, rule)
		}
	}
	return all
}

// giveBack ends the cut-back of a rule, so that its items go to Redis again.
func (r *rules) giveBack(ctx context.Context, rule catalog.RedisRule) error {
	kept, err := r.kept.Return(ctx, rule)
	if err != nil {
		return fmt.Errorf("return: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.book.Take(&kept)
	return nil
}

// whyNot is why the item went back to the ledger, "" when it was not because its rule was cut back.
func (r *rules) whyNot(k stock.ItemKey) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	rule, _ := r.book.CutBack(k.Tenant, k.Product, k.Location)
	return rule.CutBack
}

// cutBack ends a rule, so that its items go back to the ledger.
func (r *rules) cutBack(ctx context.Context, rule catalog.RedisRule, reason string) error {
	kept, err := r.kept.CutBack(ctx, rule, reason)
	if err != nil {
		return fmt.Errorf("cut back: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.book.Take(&kept)
	return nil
}
