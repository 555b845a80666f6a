// Package observed counts what a ledger does for Prometheus: commands by their
// outcome, groups, lines promised and given back, and the state of the ledger. It
// changes nothing. The rules for alerts are set where the numbers are collected.
package observed

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Ledger is a ledger whose commands are counted.
type Ledger struct {
	*ledger.Ledger
	m *Metrics
}

// Submit is that of the ledger.
func (l *Ledger) Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result {
	results := l.Ledger.Submit(ctx, requests...)
	for i := range results {
		l.m.answered(requests[i].Command.Op(), &results[i])
	}
	return results
}

// operations are as many as stock has, and one for 0.
const operations = int(stock.Ops)

// reasons are as many as stock's codes, and one for 0.
const reasons = int(stock.InvalidState) + 1

// Metrics are the counters. Make them before the ledger is opened.
type Metrics struct {
	reg      prometheus.Registerer
	commands *prometheus.CounterVec
	// The series counted for nearly every command are looked up once, when they are
	// first needed: a series without a count is not shown.
	done, replayed [operations]func() prometheus.Counter
	refused        [operations][reasons]func() prometheus.Counter

	group   func() prometheus.Observer
	seconds func() prometheus.Observer
	lines   [operations]func() prometheus.Counter
}

var _ ledger.Observer = (*Metrics)(nil)

// New registers what is counted.
func New(reg prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		reg: reg,
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "holdfast_commands_total",
			Help: "Commands by what they do and what became of them: done, replayed (the answer of an earlier request with the same key), the reason of a refusal, or why there is no outcome.",
		}, []string{"command", "outcome"}),
	}
	group := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                        "holdfast_group_commands",
		Help:                        "Commands that share one commit.",
		Buckets:                     prometheus.ExponentialBuckets(1, 2, 11), // 1 to 1,024, the bound of a group
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, nil)
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                        "holdfast_commit_seconds",
		Help:                        "How long it took to pack a group and make it durable.",
		Buckets:                     prometheus.ExponentialBuckets(50e-6, 2, 18), // 50 µs to 6.5 s
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
	}, nil)
	m.group = sync.OnceValue(func() prometheus.Observer { return group.WithLabelValues() })
	m.seconds = sync.OnceValue(func() prometheus.Observer { return seconds.WithLabelValues() })
	lines := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "holdfast_lines_total",
		Help: "Order lines changed in the books, by what changed them: reserve, deduct, release, expire, ...",
	}, []string{"operation"})
	for _, c := range []prometheus.Collector{m.commands, group, seconds, lines} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("observe ledger: %w", err)
		}
	}
	for _, op := range []stock.Op{stock.OpPlace, stock.OpChange, stock.OpRelocate, stock.OpCommit, stock.OpExtend, stock.OpConfirm, stock.OpRelease, stock.OpExpire, stock.OpWithdraw} {
		m.lines[op] = onUse(lines, op.String())
	}
	for op := 1; op < operations; op++ {
		name := stock.Op(op).String()
		if name == "" {
			continue // set aside
		}
		m.done[op] = onUse(m.commands, name, "done")
		m.replayed[op] = onUse(m.commands, name, "replayed")
		for r := 1; r < reasons; r++ {
			m.refused[op][r] = onUse(m.commands, name, stock.Code(r).String())
		}
	}
	return m, nil
}

// onUse returns the counter with the labels, which is made at the first call.
func onUse(of *prometheus.CounterVec, labels ...string) func() prometheus.Counter {
	return sync.OnceValue(func() prometheus.Counter { return of.WithLabelValues(labels...) })
}

// Stored counts a group; a ledger reports each group (ledger.WithObserver).
func (m *Metrics) Stored(entries []*stock.Event, took time.Duration) {
	m.group().Observe(float64(len(entries)))
	m.seconds().Observe(took.Seconds())
	var changed [operations]int
	for _, e := range entries {
		for i := range e.Lines {
			if e.Lines[i].Changed && int(e.Op) < operations {
				changed[e.Op]++
			}
		}
	}
	for op, n := range changed {
		if n > 0 && m.lines[op] != nil {
			m.lines[op]().Add(float64(n))
		}
	}
}

// answered counts one command.
func (m *Metrics) answered(op stock.Op, r *ledger.Result) {
	if int(op) >= operations || m.done[op] == nil {
		return
	}
	if r.Replayed {
		m.replayed[op]().Inc()
		return
	}
	if r.Err == nil {
		m.done[op]().Inc()
		return
	}
	var refusal *stock.Refusal
	if errors.As(r.Err, &refusal) && int(refusal.Code) < reasons && refusal.Code > 0 {
		m.refused[op][refusal.Code]().Inc()
		return
	}
	m.commands.WithLabelValues(op.String(), labelLost(r.Err)).Inc()
}

// labelLost returns the label for the reason why a command has no outcome.
func labelLost(err error) string {
	for _, known := range []struct {
		err  error
		word string
	}{
		{ledger.ErrKeyReused, "IDEMPOTENCY_CONFLICT"},
		{ledger.ErrInProgress, "IN_PROGRESS"},
		{ledger.ErrUnknown, "unknown"},
		{ledger.ErrBusy, "busy"},
		{ledger.ErrSealed, "sealed"},
		{ledger.ErrStopping, "stopping"},
		{ledger.ErrFrozen, "frozen"},
		{ledger.ErrStopped, "stopped"},
		{context.Canceled, "cancelled"},
		{context.DeadlineExceeded, "cancelled"},
	} {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	return "error"
}

// Of registers the state of the ledger and returns the ledger with its commands
// counted.
func (m *Metrics) Of(l *ledger.Ledger) (*Ledger, error) {
	if err := m.reg.Register(&ledgerGauges{l}); err != nil {
		return nil, fmt.Errorf("observe ledger: %w", err)
	}
	return &Ledger{l, m}, nil
}

// ledgerGauges reads the ledger's own figures at each scrape.
type ledgerGauges struct{ ledger *ledger.Ledger }

// figures are read from one Stats.
var figures = []struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(*ledger.Stats) float64
}{
	{
		describe("holdfast_records_total", "Records stored: groups of commands that share one commit."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Groups) },
	},
	{
		describe("holdfast_entries_total", "Commands stored in them, expiries included."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Entries) },
	},
	{
		describe("holdfast_head_losses_total", "Groups decided again because another process wrote first."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Moved) },
	},
	{
		describe("holdfast_group_repeats_total", "Groups decided again because they met keys or orders that memory did not know."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Repeats) },
	},
	{
		describe("holdfast_swept_lines_total", "Order lines that the sweep gave back after their deadline."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Expired) },
	},
	{
		describe("holdfast_items_frozen_total", "Items taken out of writing because their books contradict themselves."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Frozen) },
	},
	{
		describe("holdfast_forwarded_commands_total", "Commands that the home of their slot, another node, has answered."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Forwarded) },
	},
	{
		describe("holdfast_accepted_commands_total", "Commands that other nodes have passed on to this one."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Accepted) },
	},
	{
		describe("holdfast_forward_timeouts_total", "Groups that the home of their slot did not answer in time and this node wrote itself."), prometheus.CounterValue,
		func(s *ledger.Stats) float64 { return float64(s.Unanswered) },
	},
	{
		describe("holdfast_untold_orders", "Orders of which a decision may not have reached the other slots of their lines yet."), prometheus.GaugeValue,
		func(s *ledger.Stats) float64 { return float64(s.Untold) },
	},
	{
		describe("holdfast_queue_commands", "Commands that wait for the committer now."), prometheus.GaugeValue,
		func(s *ledger.Stats) float64 { return float64(s.Waiting) },
	},
	{
		describe("holdfast_open_lines", "Order lines with a deadline that are held now."), prometheus.GaugeValue,
		func(s *ledger.Stats) float64 { return float64(s.OpenLines) },
	},
	{
		describe("holdfast_log_seq", "The newest record that this process knows."), prometheus.GaugeValue,
		func(s *ledger.Stats) float64 { return float64(s.Seq) },
	},
}

var (
	overdueDesc = describe("holdfast_expiry_lag_seconds", "For how long the hold that is longest past its deadline has not been given back; what is due counts as free meanwhile.")
	apartDesc   = describe("holdfast_clock_apart_seconds", "How far the clock is ahead of slot time (negative: behind).")
	legsDesc    = describe("holdfast_undecided_legs", "Units held in another slot than that of the decision, for calls that are not decided as far as this process knows: how many order lines.")
	legAgeDesc  = describe("holdfast_undecided_leg_seconds", "For how long the oldest of them has been held; 0: there is none.")
	readyDesc   = describe("holdfast_ready", "1 while the books can be read and written, else 0.")
)

func describe(name, help string) *prometheus.Desc { return prometheus.NewDesc(name, help, nil, nil) }

// Describe sends the descriptions of what Collect collects.
func (s *ledgerGauges) Describe(to chan<- *prometheus.Desc) {
	for i := range figures {
		to <- figures[i].desc
	}
	to <- overdueDesc
	to <- apartDesc
	to <- legsDesc
	to <- legAgeDesc
	to <- readyDesc
}

// readyPatience bounds what a scrape waits for the store.
const readyPatience = 2 * time.Second

// Collect reads the figures.
func (s *ledgerGauges) Collect(to chan<- prometheus.Metric) {
	st := s.ledger.Stats()
	for i := range figures {
		f := &figures[i]
		to <- prometheus.MustNewConstMetric(f.desc, f.kind, f.value(&st))
	}
	to <- prometheus.MustNewConstMetric(overdueDesc, prometheus.GaugeValue, s.ledger.Overdue().Seconds())
	to <- prometheus.MustNewConstMetric(apartDesc, prometheus.GaugeValue, s.ledger.ClockApart().Seconds())
	legs, oldest := s.ledger.Undecided(0), 0.0
	if len(legs) > 0 {
		oldest = legs[0].For.Seconds()
	}
	to <- prometheus.MustNewConstMetric(legsDesc, prometheus.GaugeValue, float64(len(legs)))
	to <- prometheus.MustNewConstMetric(legAgeDesc, prometheus.GaugeValue, oldest)
	ctx, cancel := context.WithTimeout(context.Background(), readyPatience)
	defer cancel()
	ready := 1.0
	if s.ledger.Ready(ctx) != nil {
		ready = 0
	}
	to <- prometheus.MustNewConstMetric(readyDesc, prometheus.GaugeValue, ready)
}
