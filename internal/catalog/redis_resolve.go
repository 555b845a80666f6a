package catalog

import (
	"encoding/binary"
	"hash/fnv"
)

// RedisFloor says whether an item passes all lists of its tenant, so that it sells through Redis, and how
// many of its units then stay in the ledger. The rules are of one tenant.
func RedisFloor(rules []RedisRule, product, location string) (floor int64, passes bool) {
	rule := redisRuleFor(func(list RedisList, location, product string) *RedisRule {
		for i := range rules {
			if r := &rules[i]; r.List == list && r.Location == location && r.Product == product && !r.Gone {
				return r
			}
		}
		return nil
	}, product, location)
	if rule == nil || rule.Shadow {
		return 0, false
	}
	return rule.Floor, true
}

// RedisRuleBook is rules, indexed by what they name. It gives the same answer as RedisFloor without a
// scan of all rules.
type RedisRuleBook map[RedisScope]RedisRule

// RedisScope is what a rule names, and in which list.
type RedisScope struct {
	Tenant            string
	List              RedisList
	Location, Product string
}

// Scope is what the rule names.
func (r *RedisRule) Scope() RedisScope {
	return RedisScope{r.Tenant, r.List, r.Location, r.Product}
}

// Take takes a rule over as it is now.
func (b RedisRuleBook) Take(r *RedisRule) {
	if r.Gone {
		delete(b, r.Scope())
		return
	}
	b[r.Scope()] = *r
}

// Rule returns the rule by which an item sells through Redis, and false when it does not.
func (b RedisRuleBook) Rule(tenant, product, location string) (RedisRule, bool) {
	rule := b.ruleFor(tenant, product, location)
	if rule == nil || rule.Shadow {
		return RedisRule{}, false
	}
	return *rule, true
}

// Shadow returns the rule by which Redis is tried out with an item, and false when it is not.
func (b RedisRuleBook) Shadow(tenant, product, location string) (RedisRule, bool) {
	rule := b.ruleFor(tenant, product, location)
	if rule == nil || !rule.Shadow {
		return RedisRule{}, false
	}
	return *rule, true
}

// CutBack returns the rule that was cut back, and by which the item would sell through Redis, and false when there is none.
func (b RedisRuleBook) CutBack(tenant, product, location string) (RedisRule, bool) {
	for _, s := range redisScopes(product, location) {
		if r, ok := b[RedisScope{tenant, RedisAllowed, s[0], s[1]}]; ok {
			return r, r.CutBack != ""
		}
	}
	return RedisRule{}, false
}

func (b RedisRuleBook) ruleFor(tenant, product, location string) *RedisRule {
	return redisRuleFor(func(list RedisList, location, product string) *RedisRule {
		if r, ok := b[RedisScope{tenant, list, location, product}]; ok {
			return &r
		}
		return nil
	}, product, location)
}

// redisRuleFor returns the rule by which the item passes the lists, nil when it does not. find returns
// the entry of a list that says exactly this, "" for any.
func redisRuleFor(find func(list RedisList, location, product string) *RedisRule, product, location string) *RedisRule {
	for _, list := range RedisLists { // of those that keep an item off any entry will do
		for _, s := range redisScopes(product, location) {
			r := find(list, s[0], s[1])
			switch {
			case r == nil:
				continue
			case list != RedisAllowed || r.CutBack != "" || r.Percent != nil && redisShare(location, product) >= *r.Percent:
				return nil
			}
			return r
		}
	}
	return nil
}

// redisScopes are location and product of the entries that name an item, "" for any, the most specific first.
func redisScopes(product, location string) [4][2]string {
	return [...][2]string{{location, product}, {"", product}, {location, ""}, {"", ""}}
}

// redisShare is 0 to 99, always the same for an item: those below the percent of a rule sell through Redis, so
// a higher percent only adds items.
func redisShare(location, product string) int64 {
	h := fnv.New64a()
	_, _ = h.Write(binary.AppendUvarint(nil, uint64(len(location)))) // a hash takes whatever comes
	_, _ = h.Write([]byte(location))
	_, _ = h.Write([]byte(product))
	sum := h.Sum64()
	// FNV leaves its low bits poorly mixed, and the remainder is made of them.
	sum ^= sum >> 33
	sum *= 0xff51afd7ed558ccd
	sum ^= sum >> 33
	return int64(sum % 100) //nolint:gosec // it is below 100
}
