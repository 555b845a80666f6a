package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// RedisList is a list that says which items sell through Redis.
type RedisList string

// The lists, in the order in which they are looked at. An item sells through Redis when none of the first
// three names it and the last one does.
const (
	RedisForbidden RedisList = "forbidden"
	RedisBatch     RedisList = "batch"   // sold by batch
	RedisPledged   RedisList = "pledged" // promised to somebody
	RedisAllowed   RedisList = "allowed"
)

// RedisLists are all lists, in the order in which they are looked at.
var RedisLists = []RedisList{RedisForbidden, RedisBatch, RedisPledged, RedisAllowed}

// RedisRule is an entry of a list: it names one item, a product, a location, or all items.
type RedisRule struct {
	Tenant   string    `json:"-"`
	List     RedisList `json:"list"`
	Location string    `json:"location,omitempty"` // "": any
	Product  string    `json:"product,omitempty"`  // "": any
	// Percent is which share of the items that the rule names sell through Redis, 1 to 100; nil: all. It,
	// Floor and Shadow are of the list allowed only.
	Percent *int64 `json:"percent,omitempty"`
	// Floor is how many units of each item stay in the ledger.
	Floor int64 `json:"floor,omitempty"`
	// Shadow says that Redis is only tried out with the items: the ledger sells them.
	Shadow  bool   `json:"shadow,omitempty"`
	Changed Moment `json:"changed"`
	// CutBack is why the items of the rule were taken back from Redis without anybody's asking, "": they
	// were not. To set the rule again clears it.
	CutBack   string `json:"cut_back,omitempty"`
	CutBackAt Moment `json:"cut_back_at,omitzero"`
	// Returned is when its items went to Redis again after the last cut-back, without anybody's asking.
	Returned Moment `json:"returned,omitzero"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
	// Gone says that it was dropped.
	Gone bool `json:"-"`
}

const (
	// MaxRedisRules is how many rules a tenant may have: servers keep all of them in memory.
	MaxRedisRules = 50_000
	// maxCutBack is how many bytes the reason of a cut-back may have.
	maxCutBack = 500
)

// id is the rule's within the tenant; no id has a slash. The longest has 203 bytes, and a document's id may
// have 255.
func (r *RedisRule) id() string { return string(r.List) + "/" + r.Location + "/" + r.Product }

// Place names the rule in lists.
func (r *RedisRule) Place() string { return r.id() }

// Names reports whether the rule names the item.
func (r *RedisRule) Names(product, location string) bool {
	return (r.Location == "" || r.Location == location) && (r.Product == "" || r.Product == product)
}

func (r *RedisRule) check() error {
	if !slices.Contains(RedisLists, r.List) {
		return &InvalidError{Field: "list", Reason: "must be forbidden, batch, pledged or allowed"}
	}
	if r.Location != "" {
		if err := checkID("location_id", r.Location, maxLocation); err != nil {
			return err
		}
	}
	if r.Product != "" {
		if err := checkID("product_id", r.Product, maxProduct); err != nil {
			return err
		}
	}
	switch {
	case r.List != RedisAllowed && r.Percent != nil:
		return &InvalidError{Field: "percent", Reason: "is of the list allowed only"}
	case r.List != RedisAllowed && r.Floor != 0:
		return &InvalidError{Field: "floor", Reason: "is of the list allowed only"}
	case r.List != RedisAllowed && r.Shadow:
		return &InvalidError{Field: "shadow", Reason: "is of the list allowed only"}
	case r.Percent != nil && (*r.Percent < 1 || *r.Percent > 100):
		return &InvalidError{Field: "percent", Reason: "must be 1 to 100"}
	case r.Floor < 0 || r.Floor > maxQty:
		return &InvalidError{Field: "floor", Reason: fmt.Sprintf("must be 0 to %d", maxQty)}
	}
	return nil
}

// sameAs is false for a rule that was cut back: to set it again clears that.
func (r *RedisRule) sameAs(o *RedisRule) bool {
	return r.List == o.List && r.Location == o.Location && r.Product == o.Product && sameValue(r.Percent, o.Percent) && r.Floor == o.Floor &&
		r.Shadow == o.Shadow && r.CutBack == o.CutBack
}

func (r *RedisRule) refs() (refs []Ref) {
	if r.Product != "" {
		refs = append(refs, Ref{Tenant: r.Tenant, Product: r.Product})
	}
	if r.Location != "" {
		refs = append(refs, Ref{Tenant: r.Tenant, Location: r.Location})
	}
	return refs
}

func (r *RedisRule) stamp(at time.Time) error {
	r.Changed = Moment{at}
	return nil
}

// RedisRules keeps the lists that say which items sell through Redis.
type RedisRules struct {
	settable[RedisRule, *RedisRule]
}

// Set stores a rule, which is not cut back then, and returns it as it is stored. Everything that it
// names must be known. Setting the same again changes nothing.
func (d RedisRules) Set(ctx context.Context, r RedisRule) (RedisRule, error) {
	r.CutBack, r.CutBackAt, r.Returned = "", Moment{}, Moment{}
	err := r.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			if err := d.admit(w, &r); err != nil {
				return err
			}
			return d.set(w, &r, r.Tenant, r.id())
		})
	}
	return result(r, err, "set Redis rule %q", r.id())
}

// admit refuses a rule that would be one too many.
func (d RedisRules) admit(w *write, r *RedisRule) error {
	is, gone, err := d.kind.get(&w.read, r.Tenant, r.id())
	if err != nil || is != nil && !gone {
		return err
	}
	// It counts and does not read the rules: a list of thousands is set one by one.
	var n int
	if _, err := w.readRow(`SELECT COUNT(*) FROM {document} WHERE tenant = ? AND kind = ? AND NOT gone`, []any{r.Tenant, d.kind.name}, &n); err != nil {
		return err
	}
	if n >= MaxRedisRules {
		return &InvalidError{Field: "list", Reason: fmt.Sprintf("would get one rule more than the %d that a tenant may have", MaxRedisRules)}
	}
	return nil
}

// CutBack notes why the items of a rule were taken back from Redis, and returns the rule as it is stored.
// A rule that was set since it was read, or was cut back already, stays as it is.
func (d RedisRules) CutBack(ctx context.Context, r RedisRule, reason string) (RedisRule, error) {
	var kept RedisRule
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := d.kind.must(&w.read, r.Tenant, r.id())
		if err != nil {
			return err
		}
		if kept = *was; kept.Revision != r.Revision || kept.CutBack != "" {
			return nil
		}
		kept.CutBack, kept.CutBackAt = storableReason(reason), Moment{w.time()}
		return d.kind.put(w, &kept, was)
	})
	return result(kept, err, "cut back Redis rule %q", r.id())
}

// Return ends the cut-back of a rule, and returns the rule as it is stored. A rule that was set since it was read stays as
// it is.
func (d RedisRules) Return(ctx context.Context, r RedisRule) (RedisRule, error) {
	var kept RedisRule
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := d.kind.must(&w.read, r.Tenant, r.id())
		if err != nil {
			return err
		}
		if kept = *was; kept.Revision != r.Revision || kept.CutBack == "" {
			return nil
		}
		kept.CutBack, kept.CutBackAt, kept.Returned = "", Moment{}, Moment{w.time()}
		return d.kind.put(w, &kept, was)
	})
	return result(kept, err, "return Redis rule %q", r.id())
}

// storableReason is a reason as it can be kept: there is one, and it is not too long.
func storableReason(reason string) string {
	reason = strings.ToValidUTF8(strings.ReplaceAll(reason, "\x00", ""), "")
	if len(reason) > maxCutBack {
		reason = strings.ToValidUTF8(reason[:maxCutBack], "")
	}
	if reason == "" {
		reason = "cut back"
	}
	return reason
}

// Drop takes a rule away. One that was taken away already is no change; one that never was is ErrUnknown.
func (d RedisRules) Drop(ctx context.Context, tenant string, list RedisList, location, product string) error {
	r := RedisRule{List: list, Location: location, Product: product}
	return d.drop(ctx, tenant, r.id())
}

// All returns the rules of a tenant, by list, location and product.
func (d RedisRules) All(ctx context.Context, tenant string) ([]RedisRule, error) {
	return d.list(ctx, func(r *read) ([]RedisRule, error) { return d.kind.list(r, tenant) })
}

// Naming returns the rules that name an item, 16 at most, by list, location and product.
func (d RedisRules) Naming(ctx context.Context, tenant, product, location string) ([]RedisRule, error) {
	var ids []string
	for _, list := range RedisLists {
		for _, s := range redisScopes(product, location) {
			r := RedisRule{List: list, Location: s[0], Product: s[1]}
			ids = append(ids, r.id())
		}
	}
	found, err := look(ctx, d.store, func(r *read) (map[string]kept[RedisRule], error) { return d.kind.readSome(r, tenant, ids) })
	if err != nil {
		return nil, during(err, "find Redis rules of an item")
	}
	var naming []RedisRule
	for _, is := range found {
		if !is.gone {
			naming = append(naming, *is.document)
		}
	}
	slices.SortFunc(naming, func(a, b RedisRule) int { return strings.Compare(a.id(), b.id()) })
	return naming, nil
}

// Since returns the rules of all tenants that were set, cut back or dropped behind the revision of the
// catalog, each as it is now, and the revision to ask with next. Behind 0 it returns all that there are.
func (d RedisRules) Since(ctx context.Context, revision int64) (changed []RedisRule, next int64, err error) {
	changed, next, err = changesSince(ctx, d.core, d.kind, revision, func(r *read) ([]RedisRule, error) { return d.kind.find(r, `NOT gone ORDER BY tenant, id`) })
	return changed, next, during(err, "find Redis rules that changed")
}

var redisRuleKind = documentKind[RedisRule]{
	name: "redis_rule", title: "Redis rule",
	pack: func(r *RedisRule) document {
		return document{tenant: r.Tenant, id: r.id(), seq: r.Revision}
	},
	unpack: func(d *document, r *RedisRule) {
		r.Tenant, r.Revision, r.Gone = d.tenant, d.seq, d.gone
		list, rest, _ := strings.Cut(d.id, "/")
		r.List = RedisList(list)
		r.Location, r.Product, _ = strings.Cut(rest, "/")
	},
}
