package figures

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// trafficEvery is the interval at which the metrics of calls are read. keptLooks is how many
	// readings are kept: recent figures come from them.
	trafficEvery = 30 * time.Second
	keptLooks    = 10
)

// Traffic shows how calls were served, from the existing metrics.
type Traffic struct {
	// Metrics has only the metrics of calls, so reading it reads nothing else.
	Metrics *prometheus.Registry
	queries map[string]bool // whether an operation only reads

	mu    sync.Mutex
	looks []counterState // the oldest first; the first is of the start
}

// counterState is the state of the counters at a moment.
type counterState struct {
	at         time.Time
	operations map[string]*handled
}

// handled is the state of the counters of an operation.
type handled struct {
	calls, conflicts int64
	seconds          histogram
}

// conflicts are the codes of writes that met another write.
var conflicts = map[string]bool{kit.CodeVersion.Name: true, kit.CodeKeyReused.Name: true, kit.CodeInProgress.Name: true}

// NewTraffic returns the chapter Traffic.
func NewTraffic() *Traffic {
	return &Traffic{Metrics: prometheus.NewRegistry(), queries: map[string]bool{}, looks: []counterState{{at: time.Now()}}}
}

// AddMethod adds the metrics of an operation.
func (t *Traffic) AddMethod(m *kit.Method) {
	scope := m.Rule.GetScope()
	t.queries[m.Name] = scope == holdfastv1.Scope_SCOPE_PUBLIC || scope == holdfastv1.Scope_SCOPE_READ || strings.HasPrefix(m.Name, "Get") || strings.HasPrefix(m.Name, "List")
}

// Run reads the metrics at intervals, until ctx ends.
func (t *Traffic) Run(ctx context.Context) error {
	tick := time.NewTicker(trafficEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if now, err := t.look(); err == nil {
			t.keep(now)
		}
	}
}

// keep stores a reading, and keeps the reading of the start for ever.
func (t *Traffic) keep(now counterState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.looks = append(t.looks, now); len(t.looks) > keptLooks+1 {
		t.looks = append(t.looks[:1], t.looks[2:]...)
	}
}

// earlierLooks returns the reading of the start, and the one that recent figures begin with.
func (t *Traffic) earlierLooks() (start, recent counterState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	start, recent = t.looks[0], t.looks[0]
	if len(t.looks) > keptLooks {
		recent = t.looks[1]
	}
	return start, recent
}

// look reads the metrics.
func (t *Traffic) look() (counterState, error) {
	now := counterState{time.Now(), map[string]*handled{}}
	families, err := t.Metrics.Gather()
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if _, known := t.queries[labels["method"]]; !known {
				continue // files, and paths that lead nowhere
			}
			of := now.operations[labels["method"]]
			if of == nil {
				of = &handled{}
				now.operations[labels["method"]] = of
			}
			if h := m.GetHistogram(); h != nil {
				for i, b := range h.GetBucket() {
					of.seconds.add(i, b.GetUpperBound(), float64(b.GetCumulativeCount()))
				}
				of.seconds.count += float64(h.GetSampleCount())
				continue
			}
			n := int64(m.GetCounter().GetValue())
			of.calls += n
			if conflicts[labels["code"]] {
				of.conflicts += n
			}
		}
	}
	return now, err
}

// spanBetween returns what was served between two looks.
func (t *Traffic) spanBetween(from, to counterState) *holdfastv1.ServiceSpan {
	s := &holdfastv1.ServiceSpan{Seconds: to.at.Sub(from.at).Seconds()}
	for _, name := range slices.Sorted(maps.Keys(to.operations)) {
		now, was := to.operations[name], from.operations[name]
		if was == nil {
			was = &handled{}
		}
		n := now.calls - was.calls
		if n == 0 {
			continue
		}
		o := &holdfastv1.OperationFigures{Operation: name, Write: !t.queries[name], Calls: n, PerSecond: float64(n) / s.Seconds}
		if o.Write {
			s.Writes += n
			s.Conflicts += now.conflicts - was.conflicts
		} else {
			s.Queries += n
		}
		if took := now.seconds.minus(&was.seconds); took.count > 0 {
			o.P50Ms, o.P95Ms, o.P99Ms = new(1000*took.quantile(.5)), new(1000*took.quantile(.95)), new(1000*took.quantile(.99))
		}
		s.Operations = append(s.Operations, o)
	}
	s.QueriesPerSecond, s.WritesPerSecond = float64(s.Queries)/s.Seconds, float64(s.Writes)/s.Seconds
	if s.Writes > 0 {
		s.ConflictRate = new(float64(s.Conflicts) / float64(s.Writes))
	}
	return s
}
