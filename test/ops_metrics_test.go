package test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// metricSeries is what a server shows: the kind of each metric and the names
// of its labels.
type metricSeries struct {
	kinds  map[string]string
	labels map[string]map[string]bool // also of a histogram's parts
}

var (
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	sampleLine = regexp.MustCompile(`(?m)^([a-z_0-9]+)(?:\{([^}]*)\})? \S+$`)
	labelName  = regexp.MustCompile(`([a-z_0-9]+)="`)
)

// maxIdleSeries is how many series a server of one slot may show before anything was asked of it:
// each series costs the operator who stores it.
const maxIdleSeries = 300

// shownMetrics reads the metrics of a server with everything switched on, to
// which something of every kind has happened.
func shownMetrics(t *testing.T) metricSeries {
	t.Helper()
	cert, key := certificateFiles(t, t.TempDir(), 1)
	s := newServerWith(t, "HOLDFAST_TLS_CERT="+cert, "HOLDFAST_TLS_KEY="+key)
	_, idle := s.asked(t, "/metrics")
	if n := len(sampleLine.FindAllString(idle, -1)); n > maxIdleSeries {
		t.Errorf("a server that nobody has called shows %d series, at most %d are wanted", n, maxIdleSeries)
	}
	c := newCaller(adminKey)
	c.http.Transport = &http.Transport{TLSClientConfig: trust(t, cert)}
	api := "https://" + s.http + "/v1/inventory"
	c.must(t, http.MethodPost, api, "", object{"product_id": "tea", "available_stock": 10}, nil)
	c.must(t, http.MethodPost, api+"/reserve", "", object{"order_id": "o-1", "product_id": "tea", "quantity": 1}, nil)
	c.must(t, http.MethodPut, "https://"+s.http+"/v1/sinks/audit", "", object{"kind": "file", "target": "audit.ndjson"}, nil)
	c.must(t, http.MethodPut, "https://"+s.http+"/v1/sources/orders", "", object{"kind": "nats", "target": "tls://127.0.0.1:1", "topic": "orders"}, nil)
	_, page := s.asked(t, "/metrics")
	// Until its relay has claimed them; these are the last that it shows of each.
	for !strings.Contains(page, "holdfast_sink_latency_seconds_count{") || !strings.Contains(page, "holdfast_source_lag_messages{") {
		_, page = s.asked(t, "/metrics")
	}
	_, page = s.asked(t, "/metrics") // the others may have been read before they were there
	m := metricSeries{kinds: map[string]string{}, labels: map[string]map[string]bool{}}
	for _, l := range typeLine.FindAllStringSubmatch(page, -1) {
		m.kinds[l[1]] = l[2]
	}
	for _, l := range sampleLine.FindAllStringSubmatch(page, -1) {
		if m.labels[l[1]] == nil {
			m.labels[l[1]] = map[string]bool{}
		}
		for _, n := range labelName.FindAllStringSubmatch(l[2], -1) {
			m.labels[l[1]][n[1]] = true
		}
	}
	s.stop()
	return m
}

var (
	// metricName finds what can only be the name of a metric.
	metricName = regexp.MustCompile(`\b(holdfast|go|process)_[a-z0-9_]+\b`)
	// selector finds a metric with its labels.
	selector = regexp.MustCompile(`\b((?:holdfast|go|process)_[a-z0-9_]+)\{([^}]*)\}`)
	matched  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
)

// wantExpression wants every metric of the expression, and every label it
// chooses by, to be shown by a server.
func (m metricSeries) wantExpression(t *testing.T, where, expr string) {
	t.Helper()
	names := metricName.FindAllString(expr, -1)
	if len(names) == 0 && !strings.Contains(expr, "up{") {
		t.Errorf("%s: no metric in %q", where, expr)
	}
	for _, name := range names {
		if m.labels[name] == nil {
			t.Errorf("%s: no server shows %s", where, name)
		}
	}
	for _, s := range selector.FindAllStringSubmatch(expr, -1) {
		for _, l := range matched.FindAllStringSubmatch(s[2], -1) {
			// The scraper adds job and instance.
			if l[1] != "job" && l[1] != "instance" && !m.labels[s[1]][l[1]] {
				t.Errorf("%s: %s has no label %s", where, s[1], l[1])
			}
		}
	}
}

// The members that Prometheus loads. It refuses a file with a member that its version does not
// know. These are members of 2.42, which Debian 12 has, and of 3.x.
func TestTheScrapeConfigurationLoadsInOldAndNewPrometheus(t *testing.T) {
	t.Parallel()
	var file struct {
		Global        map[string]string
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName       string                       `yaml:"job_name"`
			StaticConfigs []struct{ Targets []string } `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "../deploy/prometheus/prometheus.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Error(err)
	}
	if len(file.ScrapeConfigs) != 1 || file.ScrapeConfigs[0].JobName != "holdfast" || !slices.Equal(file.RuleFiles, []string{"alerts.yaml"}) {
		t.Errorf("the rules are not loaded, or go by another job: %+v", file)
	}
}

// alertRules are those of deploy/prometheus/alerts.yaml.
func alertRules(t *testing.T) map[string]struct{ expr, severity, runbook string } {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert       string
				Expr        string
				For         string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "../deploy/prometheus/alerts.yaml")))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	all := map[string]struct{ expr, severity, runbook string }{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Annotations["summary"] == "" {
				t.Errorf("%s has no summary", r.Alert)
			}
			all[r.Alert] = struct{ expr, severity, runbook string }{r.Expr, r.Labels["severity"], r.Annotations["runbook_url"]}
		}
	}
	return all
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A server shows each metric that the dashboard and the alerts ask for. The page about metrics has
// each metric of a server and no other.
func TestDashboardAlertsAndPagesGoByTheMetricsThereAre(t *testing.T) {
	t.Parallel()
	m := shownMetrics(t)

	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readFile(t, "../deploy/grafana/holdfast.json")), &board); err != nil {
		t.Fatal(err)
	}
	asked := ""
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			m.wantExpression(t, "panel "+p.Title, q.Expr)
			asked += q.Expr
		}
	}
	for name, r := range alertRules(t) {
		m.wantExpression(t, name, r.expr)
	}
	var ours []string
	for name, kind := range m.kinds {
		if !strings.HasPrefix(name, "holdfast_") {
			continue
		}
		ours = append(ours, name)
		if !strings.Contains(asked, name) {
			t.Errorf("no panel of the dashboard shows %s", name)
		}
		if counter := kind == "counter"; counter != strings.HasSuffix(name, "_total") {
			t.Errorf("%s is a %s: counters, and only they, end in _total", name, kind)
		}
	}
	slices.Sort(ours)
	var listed []string
	for line := range strings.Lines(readFile(t, "../docs/operations/metrics.md")) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.HasPrefix(strings.TrimSpace(cells[1]), "`holdfast_") {
			continue
		}
		name := strings.Trim(strings.TrimSpace(cells[1]), "`")
		listed = append(listed, name)
		if kind := strings.TrimSpace(cells[2]); kind != m.kinds[name] {
			t.Errorf("docs/operations/metrics.md: %s is a %s, not a %s", name, m.kinds[name], kind)
		}
		has := slices.Sorted(maps.Keys(m.labels[name]))
		if m.kinds[name] == "histogram" {
			has = slices.Sorted(maps.Keys(m.labels[name+"_count"]))
		}
		says := strings.FieldsFunc(cells[3], func(r rune) bool { return !unicode.IsLetter(r) && r != '_' })
		if slices.Sort(says); !slices.Equal(has, says) {
			t.Errorf("docs/operations/metrics.md: %s has the labels %v, not %v", name, has, says)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(ours, listed) {
		t.Errorf("docs/operations/metrics.md has\n%v\na server shows\n%v", listed, ours)
	}
}

// Each alert has a section that says what to do, and each section an alert.
func TestEveryAlertHasARunbook(t *testing.T) {
	t.Parallel()
	sections, pages := map[string]string{}, map[string]string{}
	for _, page := range []string{"alerts.md", "alerts-load.md", "alerts-delivery.md"} {
		for _, s := range strings.Split(readFile(t, "../docs/operations/"+page), "\n## ")[1:] {
			title, body, _ := strings.Cut(s, "\n")
			title = strings.TrimSpace(title)
			sections[title], pages[title] = body, page
		}
	}
	rules := alertRules(t)
	if len(rules) < 10 {
		t.Fatalf("only %d alerts were read", len(rules))
	}
	for name, r := range rules {
		body := sections[name]
		if !strings.Contains(body, "*"+r.severity+".*") || !strings.Contains(body, "\n- ") {
			t.Errorf("%s is %s; its section must say so and what to do:\n%s", name, r.severity, body)
		}
		if want := "docs/operations/" + pages[name] + "#" + strings.ToLower(name); r.runbook != want {
			t.Errorf("%s names the runbook %q, want %q", name, r.runbook, want)
		}
	}
	for title := range sections {
		if _, ok := rules[title]; !ok {
			t.Errorf("docs/operations/%s explains %s, which is no alert", pages[title], title)
		}
	}
}
