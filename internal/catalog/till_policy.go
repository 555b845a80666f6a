package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// TillPolicy is the policy of tills that have none of their own. It is for all tills, a location, a
// channel, or a channel at a location.
type TillPolicy struct {
	Tenant   string `json:"-"`
	Location string `json:"location,omitempty"` // "": of all
	Channel  string `json:"channel,omitempty"`  // "": tills of any channel and of none
	TillRules
	Changed Moment `json:"changed"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
	// Gone says that it was dropped.
	Gone bool `json:"-"`
}

// TillRules are the parts of a policy, as in Till. For a nil part a broader policy
// counts.
type TillRules struct {
	Percent *int64 `json:"percent,omitempty"`
	Floor   *int64 `json:"floor,omitempty"`
	Ceiling *int64 `json:"ceiling,omitempty"`
	Level   *int64 `json:"level,omitempty"`
	Rank    *int64 `json:"rank,omitempty"`
	AtRisk  *bool  `json:"at_risk,omitempty"`
}

const (
	// MaxTillPolicies is how many policies of tills a tenant may have: servers keep all of them in
	// memory.
	MaxTillPolicies = 50_000
	// maxTillPolicyID is how many bytes the ids of location and channel may have together.
	maxTillPolicyID = maxProduct - 1
)

// id is the policy's within the tenant; no id has a slash.
func (p *TillPolicy) id() string { return p.Location + "/" + p.Channel }

func (p *TillPolicy) check() error {
	if p.Location != "" {
		if err := checkID("location_id", p.Location, maxLocation); err != nil {
			return err
		}
	}
	if p.Channel != "" {
		if err := checkID("channel_id", p.Channel, maxChannel); err != nil {
			return err
		}
	}
	if len(p.Location)+len(p.Channel) > maxTillPolicyID {
		return &InvalidError{Field: "channel_id", Reason: fmt.Sprintf("must have %d bytes at most together with location_id", maxTillPolicyID)}
	}
	if p.TillRules == (TillRules{}) {
		return &InvalidError{Field: "percent", Reason: "or another part of the policy must be given"}
	}
	return p.TillRules.check()
}

func (r *TillRules) check() error {
	within := func(field string, n *int64, least, most int64) error {
		if n != nil && (*n < least || *n > most) {
			return &InvalidError{Field: field, Reason: fmt.Sprintf("must be %d to %d", least, most)}
		}
		return nil
	}
	for _, err := range []error{
		within("percent", r.Percent, 0, 100), within("floor", r.Floor, 0, maxQty), within("ceiling", r.Ceiling, 0, maxQty),
		within("level", r.Level, 1, 100), within("rank", r.Rank, 0, MaxTillRank),
	} {
		if err != nil {
			return err
		}
	}
	if r.Floor != nil && r.Ceiling != nil && *r.Ceiling > 0 && *r.Floor > *r.Ceiling {
		return &InvalidError{Field: "floor", Reason: "must be at most ceiling"}
	}
	return nil
}

func (p *TillPolicy) sameAs(q *TillPolicy) bool {
	return p.Location == q.Location && p.Channel == q.Channel && sameValue(p.Percent, q.Percent) && sameValue(p.Floor, q.Floor) &&
		sameValue(p.Ceiling, q.Ceiling) && sameValue(p.Level, q.Level) && sameValue(p.Rank, q.Rank) && sameValue(p.AtRisk, q.AtRisk)
}

// sameValue reports that both say the same, or nothing.
func sameValue[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}

func (p *TillPolicy) refs() []Ref {
	if p.Location == "" {
		return nil
	}
	return []Ref{{Tenant: p.Tenant, Location: p.Location}}
}

func (p *TillPolicy) stamp(at time.Time) error {
	p.Changed = Moment{at}
	return nil
}

// TillPolicies keeps policies of tills.
type TillPolicies struct {
	settable[TillPolicy, *TillPolicy]
}

// Set stores a policy and returns it as it is stored. Its location must be known. Setting the same
// again changes nothing.
func (d TillPolicies) Set(ctx context.Context, p TillPolicy) (TillPolicy, error) {
	err := p.check()
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error {
			if err := d.admit(w, &p); err != nil {
				return err
			}
			return d.set(w, &p, p.Tenant, p.id())
		})
	}
	return result(p, err, "set till policy %q", p.id())
}

// admit refuses a policy that would be one too many.
func (d TillPolicies) admit(w *write, p *TillPolicy) error {
	is, gone, err := d.kind.get(&w.read, p.Tenant, p.id())
	if err != nil || is != nil && !gone {
		return err
	}
	all, err := d.kind.list(&w.read, p.Tenant)
	if err == nil && len(all) >= MaxTillPolicies {
		err = &InvalidError{Field: "location_id", Reason: fmt.Sprintf("would be one policy more than the %d that a tenant may have", MaxTillPolicies)}
	}
	return err
}

// Drop takes a policy away. One that was taken away already is no change; one that never was is
// ErrUnknown.
func (d TillPolicies) Drop(ctx context.Context, tenant, location, channel string) error {
	return d.drop(ctx, tenant, location+"/"+channel)
}

// Place names the policy in lists.
func (p *TillPolicy) Place() string { return p.id() }

var tillPolicyKind = documentKind[TillPolicy]{
	name: "till_policy", title: "till policy",
	pack: func(p *TillPolicy) document {
		return document{tenant: p.Tenant, id: p.id(), seq: p.Revision}
	},
	unpack: func(d *document, p *TillPolicy) {
		p.Tenant, p.Revision, p.Gone = d.tenant, d.seq, d.gone
		p.Location, p.Channel, _ = strings.Cut(d.id, "/")
	},
}
