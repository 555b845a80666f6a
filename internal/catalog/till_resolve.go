package catalog

import "context"

// TillLeft says which parts of a till's policy it leaves to the policies of its location and
// channel.
type TillLeft struct {
	Percent bool `json:"percent,omitempty"`
	Floor   bool `json:"floor,omitempty"`
	Ceiling bool `json:"ceiling,omitempty"`
	Level   bool `json:"level,omitempty"`
	Rank    bool `json:"rank,omitempty"`
	AtRisk  bool `json:"at_risk,omitempty"`
}

// TillSource is where a part of a till's policy comes from.
type TillSource string

// The sources, the most specific first.
const (
	TillOwn               TillSource = "till"
	TillChannelAtLocation TillSource = "channel_at_location"
	TillChannel           TillSource = "channel"
	TillLocation          TillSource = "location"
	TillAll               TillSource = "all"
	TillDefault           TillSource = "default" // nobody has said anything
)

// TillFrom is where each part of a till's policy comes from.
type TillFrom struct{ Percent, Floor, Ceiling, Level, Rank, AtRisk TillSource }

// TillPolicyBook is the policies of tills by where they count.
type TillPolicyBook map[TillScope]TillPolicy

// TillScope is where a policy counts.
type TillScope struct{ Tenant, Location, Channel string }

// Scope is where the policy counts.
func (p *TillPolicy) Scope() TillScope { return TillScope{p.Tenant, p.Location, p.Channel} }

// CountsFor reports whether the policy is one of those that count for the till.
func (p *TillPolicy) CountsFor(t *Till) bool {
	return p.Tenant == t.Tenant && (p.Location == "" || p.Location == t.Location) && (p.Channel == "" || p.Channel == t.Channel)
}

// Take takes a policy over as it is now.
func (b TillPolicyBook) Take(p *TillPolicy) {
	if p.Gone {
		delete(b, p.Scope())
		return
	}
	b[p.Scope()] = *p
}

// Resolve returns the till with the policy that counts for it, and the origin of each part: the
// till's own value first, then that of the most specific policy. A ceiling has precedence over a
// floor.
func (b TillPolicyBook) Resolve(t Till) Till {
	rules := b.rulesFor(&t)
	t.clearLeft()
	settle(&t.Percent, &t.From.Percent, t.Left.Percent, rules, func(r *TillRules) *int64 { return r.Percent }, DefaultTillPercent)
	settle(&t.Floor, &t.From.Floor, t.Left.Floor, rules, func(r *TillRules) *int64 { return r.Floor }, 0)
	settle(&t.Ceiling, &t.From.Ceiling, t.Left.Ceiling, rules, func(r *TillRules) *int64 { return r.Ceiling }, 0)
	settle(&t.Level, &t.From.Level, t.Left.Level, rules, func(r *TillRules) *int64 { return r.Level }, DefaultTillLevel)
	settle(&t.Rank, &t.From.Rank, t.Left.Rank, rules, func(r *TillRules) *int64 { return r.Rank }, 0)
	settle(&t.AtRisk, &t.From.AtRisk, t.Left.AtRisk, rules, func(r *TillRules) *bool { return r.AtRisk }, false)
	if t.Ceiling > 0 {
		t.Floor = min(t.Floor, t.Ceiling)
	}
	return t
}

// sourcedRules are rules and where they are from.
type sourcedRules struct {
	TillRules
	from TillSource
}

// tillScopes are the places where policies for the till may be, the most specific first.
func tillScopes(t *Till) []TillScope {
	all := []TillScope{{t.Tenant, t.Location, ""}, {t.Tenant, "", ""}}
	if t.Channel == "" {
		return all
	}
	return append([]TillScope{{t.Tenant, t.Location, t.Channel}, {t.Tenant, "", t.Channel}}, all...)
}

// rulesFor returns the rules that there are for the till, the most specific first.
func (b TillPolicyBook) rulesFor(t *Till) (rules []sourcedRules) {
	for _, s := range tillScopes(t) {
		if p, ok := b[s]; ok {
			rules = append(rules, sourcedRules{p.TillRules, s.source()})
		}
	}
	return rules
}

func (s TillScope) source() TillSource {
	switch {
	case s.Location != "" && s.Channel != "":
		return TillChannelAtLocation
	case s.Channel != "":
		return TillChannel
	case s.Location != "":
		return TillLocation
	}
	return TillAll
}

// settle sets a part of a till's policy that the till leaves to others, and says where it is from.
func settle[T any](value *T, from *TillSource, left bool, rules []sourcedRules, part func(*TillRules) *T, otherwise T) {
	if *from = TillOwn; !left {
		return
	}
	for i := range rules {
		if said := part(&rules[i].TillRules); said != nil {
			*value, *from = *said, rules[i].from
			return
		}
	}
	*value, *from = otherwise, TillDefault
}

// clearLeft forgets what is not the till's own.
func (t *Till) clearLeft() {
	clearWhere(&t.Percent, t.Left.Percent)
	clearWhere(&t.Floor, t.Left.Floor)
	clearWhere(&t.Ceiling, t.Left.Ceiling)
	clearWhere(&t.Level, t.Left.Level)
	clearWhere(&t.Rank, t.Left.Rank)
	clearWhere(&t.AtRisk, t.Left.AtRisk)
	t.From = TillFrom{}
}

func clearWhere[T any](value *T, left bool) {
	if left {
		var none T
		*value = none
	}
}

// Resolve returns tills with the policies that count for them, and where those come from.
func (d Tills) Resolve(ctx context.Context, tills []Till) ([]Till, error) {
	ids, asked := map[string][]string{}, map[TillScope]bool{}
	for i := range tills {
		if tills[i].Left == (TillLeft{}) {
			continue
		}
		for _, s := range tillScopes(&tills[i]) {
			if !asked[s] {
				asked[s] = true
				ids[s.Tenant] = append(ids[s.Tenant], s.Location+"/"+s.Channel)
			}
		}
	}
	book := TillPolicyBook{}
	for tenant, some := range ids {
		found, err := look(ctx, d.store, func(r *read) (map[string]kept[TillPolicy], error) { return tillPolicyKind.readSome(r, tenant, some) })
		if err != nil {
			return nil, during(err, "read the policies of tills")
		}
		for _, p := range found {
			book.Take(p.document)
		}
	}
	out := make([]Till, len(tills))
	for i := range tills {
		out[i] = book.Resolve(tills[i])
	}
	return out, nil
}

// PoliciesSince returns the policies of tills that were set or dropped behind the revision of the
// catalog, as Since does tills.
func (d Tills) PoliciesSince(ctx context.Context, revision int64) (changed []TillPolicy, next int64, err error) {
	changed, next, err = changesSince(ctx, d.core, &tillPolicyKind, revision, func(r *read) ([]TillPolicy, error) { return tillPolicyKind.find(r, `NOT gone ORDER BY tenant, id`) })
	return changed, next, during(err, "find policies of tills that changed")
}
