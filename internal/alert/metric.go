package alert

import (
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// Metric is something that rules watch.
type Metric struct {
	Name string
	// Variables are the numbers that a condition may use.
	Variables []string
	// MayName are the scopes that a rule may name, and MustName those that it has to name.
	MayName, MustName []string
	// Tries says that the past shows the metric: a rule may be tried.
	Tries bool
	// Installation says that it is about things that all tenants share: only rules
	// of the tenant catalog.DefaultTenant watch it.
	Installation bool
	// Example is a rule that is ready to be stored.
	Example catalog.AlertRule
}

// The metrics.
const (
	Available       = "available"
	SoldOut         = "sold_out"
	Oversold        = "oversold"
	HoursLeft       = "hours_left"
	ReservedUnits   = "reserved_units"
	SoldUnits       = "sold_units"
	Refused         = "refused"
	ExpiredRate     = "expired_rate"
	SinkLagSeconds  = "sink_lag_seconds"
	Parked          = "parked"
	OpenCases       = "open_cases"
	DiskFree        = "disk_free"
	CertificateDays = "certificate_days"
	ReplicaLag      = "replica_lag"
	TillGapSeconds  = "till_gap_seconds"

	RedisDifferenceSeconds = "redis_difference_seconds"
	RedisCutBackSeconds    = "redis_cut_back_seconds"
)

// Things that a rule may be about.
const (
	product  = "product_id"
	location = "location_id"
	channel  = "channel_id"
)

// The variables of conditions.
const (
	value     = "value"
	threshold = "threshold"
	available = "available"
	onHand    = "on_hand"
	held      = "held"
	soldHour  = "sold_per_hour"
	usual     = "usual"
	weeks     = "weeks"
	expired   = "expired"
	opened    = "opened"
	ended     = "ended"
	freeBytes = "free_bytes"
	records   = "records"
	found     = "found"
	isLow     = "low"
	isOver    = "oversold"
)

var (
	flow   = []string{value, usual, weeks}
	ofFlow = []string{location, channel}
	ofItem = []string{product, location}
)

func period(d time.Duration) catalog.Period { return catalog.Period(d) }

// Metrics are all metrics.
var Metrics = []Metric{
	{Available, []string{value, threshold, onHand, held, isLow}, []string{product, location, channel}, nil, true, false, catalog.AlertRule{
		ID: "low-stock", Title: "Low stock", Condition: "low == 1", For: period(time.Minute), Clear: period(10 * time.Minute), Severity: "warning",
	}},
	{SoldOut, []string{value, onHand, held, isOver}, []string{product, location, channel}, nil, true, false, catalog.AlertRule{
		ID: "sold-out", Title: "Sold out", Condition: "value == 1", For: period(time.Minute), Clear: period(5 * time.Minute), Severity: "warning",
	}},
	{Oversold, []string{value}, ofItem, nil, true, false, catalog.AlertRule{
		ID: "oversold", Title: "More promised than there is", Condition: "value > 0", Severity: "critical",
	}},
	{HoursLeft, []string{value, available, soldHour}, ofItem, []string{product}, false, false, catalog.AlertRule{
		ID: "runs-out", Title: "Sold out within 6 hours", Product: "mug", Condition: "value < 6 && sold_per_hour >= 1", For: period(5 * time.Minute), Clear: period(time.Hour), Severity: "warning",
	}},
	{ReservedUnits, flow, ofFlow, nil, true, false, catalog.AlertRule{
		ID: "reserves-unusual", Title: "Three times the usual reserves", Condition: "weeks >= 2 && value > 100 && value > 3 * usual", Severity: "info",
	}},
	{SoldUnits, flow, ofFlow, nil, true, false, catalog.AlertRule{
		ID: "sales-low", Title: "Less than a third of the usual sales", Condition: "weeks >= 2 && usual > 30 && value < usual / 3", Severity: "warning",
	}},
	{Refused, flow, []string{channel}, nil, true, false, catalog.AlertRule{
		ID: "refused-unusual", Title: "Many reserves are refused", Condition: "value > 50 && value > 3 * usual", Severity: "warning",
	}},
	{ExpiredRate, []string{value, expired, opened, ended}, ofFlow, nil, true, false, catalog.AlertRule{
		ID: "timeouts", Title: "Every third hold times out", Condition: "ended >= 20 && value > 0.33", Severity: "warning",
	}},
	{SinkLagSeconds, []string{value}, nil, nil, false, false, catalog.AlertRule{
		ID: "sink-lag", Title: "A sink is behind", Condition: "value > 300", For: period(time.Minute), Clear: period(5 * time.Minute), Severity: "critical",
	}},
	{Parked, []string{value}, nil, nil, false, false, catalog.AlertRule{
		ID: "parked", Title: "Events are parked", Condition: "value > 0", For: period(5 * time.Minute), Severity: "warning",
	}},
	{OpenCases, []string{value}, nil, nil, false, false, catalog.AlertRule{
		ID: "cases", Title: "Cases wait for a decision", Condition: "value > 0", For: period(time.Hour), Severity: "info",
	}},
	{TillGapSeconds, []string{value}, []string{location}, nil, false, false, catalog.AlertRule{
		ID: "till-away", Title: "A till is away or behind for 15 minutes", Condition: "value > 900", For: period(time.Minute), Clear: period(time.Minute), Severity: "warning",
	}},
	{RedisDifferenceSeconds, []string{value, found}, ofItem, nil, false, false, catalog.AlertRule{
		ID: "redis-differs", Title: "Redis and the books differed", Condition: "found > 0 || value > 300", Severity: "warning",
	}},
	{RedisCutBackSeconds, []string{value}, ofItem, nil, false, false, catalog.AlertRule{
		ID: "redis-cut-back", Title: "Items went back from Redis to the ledger", Condition: "value > 0", Severity: "warning",
	}},
	{DiskFree, []string{value, freeBytes}, nil, nil, false, true, catalog.AlertRule{
		ID: "disk-full", Title: "The disk of a server is almost full", Condition: "value < 0.1", For: period(time.Minute), Clear: period(5 * time.Minute), Severity: "critical",
	}},
	{CertificateDays, []string{value}, nil, nil, false, true, catalog.AlertRule{
		ID: "certificate", Title: "The certificate of a server ends soon", Condition: "value < 14", Severity: "warning",
	}},
	{ReplicaLag, []string{value, records}, nil, nil, false, true, catalog.AlertRule{
		ID: "replica-lag", Title: "A replica is behind", Condition: "value > 60", For: period(time.Minute), Clear: period(5 * time.Minute), Severity: "warning",
	}},
}

// MetricsOf are the metrics that rules of a tenant may watch.
func MetricsOf(tenant string) []Metric {
	return slices.DeleteFunc(slices.Clone(Metrics), func(m Metric) bool { return m.Installation && tenant != catalog.DefaultTenant })
}

// MetricNames are the names of all metrics.
func MetricNames() []string {
	names := make([]string, len(Metrics))
	for i := range Metrics {
		names[i] = Metrics[i].Name
	}
	return names
}

// metricOf is the metric with the name, nil: there is none.
func metricOf(name string) *Metric {
	i := slices.IndexFunc(Metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return &Metrics[i]
}

// Check returns what is invalid in a rule: its metric, its scopes, or its condition. The
// other parts are checked where rules are stored.
func Check(r *catalog.AlertRule) error {
	bad := func(field, why string) error { return &catalog.InvalidError{Field: field, Reason: why} }
	m := metricOf(r.Metric)
	if m == nil {
		return bad("metric", "is none of the metrics")
	}
	if m.Installation && r.Tenant != catalog.DefaultTenant {
		return bad("metric", m.Name+" is about the installation: only rules of the tenant "+catalog.DefaultTenant+" watch it")
	}
	for _, scope := range [...][2]string{{product, r.Product}, {location, r.Location}, {channel, r.Channel}} {
		switch name, id := scope[0], scope[1]; {
		case id == "" && slices.Contains(m.MustName, name):
			return bad(name, "must be given for "+m.Name)
		case id != "" && !slices.Contains(m.MayName, name):
			return bad(name, "must be left out for "+m.Name)
		}
	}
	if r.Metric == Available && r.Channel != "" && r.Product == "" {
		return bad(product, "must be given where channel_id is, for "+m.Name)
	}
	_, err := compile(m, r.Condition)
	return err
}
