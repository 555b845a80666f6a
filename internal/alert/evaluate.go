package alert

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
)

const (
	// Every is how often rules are evaluated. All are due at the same moments, so one write
	// stores all outcomes.
	Every = 10 * time.Second
	// lookEvery is how often the desk looks for rules that are due.
	lookEvery = time.Second
	// maxDue is how many rules are evaluated together.
	maxDue = 500
	// maxShare bounds the time that evaluations take: a rule that takes long is evaluated less
	// often.
	maxShare = 50
)

// errNotYet says that the figure that a rule watches is not known yet: its alerts stay
// as they are.
var errNotYet = errors.New("it is not known yet")

// Evaluation evaluates the rules that are due.
func (d *Desk) Evaluation() duty.Kind {
	return &duty.Duty[catalog.AlertRule]{
		Failing: "alert rules are not evaluated", Every: lookEvery, Most: maxDue,
		Due: func(ctx context.Context, limit int) ([]catalog.AlertRule, error) {
			return d.rooms.Kept.AlertRules.Due(ctx, d.now(), limit)
		},
		Name: func(r *catalog.AlertRule) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%s/%s@%d/%d", r.Tenant, r.ID, r.Revision, r.Due.UnixMilli()), About: []any{"tenant", r.Tenant, "rule", r.ID}}
		},
		CarryOut: d.evaluate,
	}
}

// evaluate evaluates rules, and stores all outcomes at once.
func (d *Desk) evaluate(ctx context.Context, due []catalog.AlertRule) []error {
	outcomes := make([]error, len(due))
	fail := func(err error) []error {
		for i := range outcomes {
			outcomes[i] = err
		}
		return outcomes
	}
	all := make([]catalog.AlertEvaluation, len(due))
	tenants := map[string]*tenant{}
	for i := range due {
		t, err := d.tenant(ctx, tenants, due[i].Tenant)
		if err != nil {
			return fail(err)
		}
		all[i] = d.evaluateRule(ctx, t, &due[i])
		if ctx.Err() != nil {
			return fail(ctx.Err())
		}
	}
	stored, err := d.rooms.Kept.Alerts.Evaluated(ctx, all)
	if err != nil {
		return fail(err)
	}
	for i := range all {
		if outcomes[i] = stored[i]; stored[i] == nil && all[i].Error != "" {
			outcomes[i] = duty.Refused(errors.New(all[i].Error))
		}
	}
	return outcomes
}

// tenant is the data that evaluations of the rules of one tenant share.
type tenant struct {
	open     map[string][]catalog.Alert // by rule
	silences []catalog.AlertSilence
}

// maxSilences is how many silences count.
const maxSilences = 10_000

func (d *Desk) tenant(ctx context.Context, known map[string]*tenant, id string) (*tenant, error) {
	if t := known[id]; t != nil {
		return t, nil
	}
	open, err := d.rooms.Kept.Alerts.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	t := &tenant{open: map[string][]catalog.Alert{}}
	for i := range open {
		t.open[open[i].Rule] = append(t.open[open[i].Rule], open[i])
	}
	t.silences, err = d.rooms.Kept.AlertSilences.List(ctx, id, "", maxSilences)
	known[id] = t
	return t, err
}

// evaluateRule evaluates a rule now.
func (d *Desk) evaluateRule(ctx context.Context, t *tenant, r *catalog.AlertRule) catalog.AlertEvaluation {
	at := d.now().Truncate(time.Millisecond)
	e := catalog.AlertEvaluation{Rule: *r, At: at, Next: catalog.Boundary(at, catalog.Period(Every))}
	open := t.open[r.ID]
	samples, err := d.observe(ctx, r, open, at)
	switch took := d.now().Sub(at); {
	case errors.Is(err, errNotYet):
	case err != nil:
		e.Error = err.Error()
	default:
		e.Changes = plan(r, open, t.silences, samples, at)
		e.Gather = func(changed []*catalog.Alert) { gather(r, changed, at) }
		if took*maxShare > Every {
			e.Next = catalog.Boundary(at.Add(took*maxShare), catalog.Period(Every))
		}
	}
	return e
}

// observe returns the present findings of a rule: all subjects for which its condition holds,
// and the subjects of its open alerts that still exist.
func (d *Desk) observe(ctx context.Context, r *catalog.AlertRule, open []catalog.Alert, at time.Time) ([]subjectValue, error) {
	m := metricOf(r.Metric)
	if m == nil {
		return nil, fmt.Errorf("metric %q is not known to this server", r.Metric)
	}
	c, err := compile(m, r.Condition)
	if err != nil {
		return nil, err
	}
	o := &observation{metric: m, condition: c, rule: r, at: at, open: make(map[subject]bool, len(open))}
	for i := range open {
		o.open[alertSubject(&open[i])] = true
	}
	look := map[string]func(context.Context, *observation) error{
		Available: d.seeItems, SoldOut: d.seeItems, Oversold: d.seeOversold, HoursLeft: d.seeHoursLeft,
		ReservedUnits: d.seeFlow, SoldUnits: d.seeFlow, Refused: d.seeFlow, ExpiredRate: d.seeFlow,
		SinkLagSeconds: d.seeSinks, Parked: d.seeParked, OpenCases: d.seeCases, TillGapSeconds: d.seeTills,
		RedisDifferenceSeconds: d.seeRedis, RedisCutBackSeconds: d.seeCutBacks,
		DiskFree: d.seeDisks, CertificateDays: d.seeCertificates, ReplicaLag: d.seeReplicas,
	}[r.Metric]
	if err := look(ctx, o); err != nil {
		return nil, err
	}
	return o.samples, nil
}

// observation is an evaluation under way.
type observation struct {
	metric    *Metric
	condition *condition
	rule      *catalog.AlertRule
	at        time.Time
	open      map[subject]bool
	samples   []subjectValue
}

// see stores the variables of a subject, value first.
func (o *observation) see(s subject, numbers ...float64) {
	holds := o.condition.holds(numbers...)
	if holds || o.open[s] {
		o.samples = append(o.samples, subjectValue{subject: s, value: numbers[0], known: true, holds: holds})
	}
}
