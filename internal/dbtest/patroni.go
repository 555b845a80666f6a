package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Patroni is a cluster of three PostgreSQL servers under Patroni, with one etcd,
// behind a haproxy that leads to the primary. It is gone when its test ends. Its
// methods are for one goroutine at a time; one that goes wrong ends the test.
type Patroni struct {
	tb      testing.TB
	scratch *scratch
	nodes   []*patroniNode
	etcd    *etcd
	proxy   *haproxy
	mode    Mode
}

// Mode is how commits are replicated.
type Mode int

const (
	// Sync commits wait for one standby, while there is one that Patroni would
	// promote. Without any they wait for nobody.
	Sync Mode = iota
	// Strict commits wait for one standby, also while there is none.
	Strict
	// Async commits wait for nobody.
	Async
)

// settings are the mode as Patroni has it.
func (m Mode) settings() map[string]any {
	return map[string]any{"synchronous_mode": m != Async, "synchronous_mode_strict": m == Strict}
}

// PatroniTTL is how long the primary of a Patroni may be silent before a
// standby takes over. 20 s is the least that Patroni takes.
const PatroniTTL = 20 * time.Second

// healthyWithin is how long a cluster may take to repair itself: a node may have
// to be copied from another, next to neighbours that keep the machine busy.
const healthyWithin = 5 * time.Minute

// StartPatroni starts a cluster and returns when it is healthy.
func StartPatroni(tb testing.TB, mode Mode) *Patroni {
	tb.Helper()
	p := &Patroni{tb: tb, scratch: scratchOf(tb, "patroni", postgres{}), mode: mode}
	if err := p.begin(); err != nil {
		tb.Fatal(err)
	}
	p.WaitHealthy()
	return p
}

func (p *Patroni) begin() error {
	const members = 3
	ports, err := freePorts(2 + 2*members + 1)
	if err != nil {
		return err
	}
	if p.etcd, err = newEtcd(p.scratch, ports[0], ports[1]); err != nil {
		return err
	}
	var backends []backend
	for n := 1; n <= members; n++ {
		node, err := newPatroniNode(p.scratch, n, ports[2*n], ports[2*n+1])
		if err != nil {
			return err
		}
		p.nodes = append(p.nodes, node)
		backends = append(backends, backend{addr: local(node.port), check: node.rest})
	}
	if err := p.etcd.start(); err != nil {
		return err
	}
	for _, n := range p.nodes {
		if err := n.configure(p.etcd, p.mode); err != nil {
			return err
		}
		if err := n.start(); err != nil {
			return err
		}
	}
	p.proxy, err = startHaproxy(p.scratch, ports[len(ports)-1], "/primary", backends)
	return err
}

// DSN returns the DSN of a new, empty database, by way of haproxy.
func (p *Patroni) DSN(tb testing.TB) string {
	tb.Helper()
	return newDatabase(tb, p.admin())
}

// MultiHost returns dsn, of DSN, as a client without haproxy has it: with all
// nodes, of which the driver looks for the one that can be written to.
func (p *Patroni) MultiHost(dsn string) string {
	var hosts []string
	for _, n := range p.nodes {
		hosts = append(hosts, local(n.port))
	}
	return withHosts(dsn, hosts) + "?target_session_attrs=read-write"
}

// withHosts replaces the host of a DSN without a query by several.
func withHosts(dsn string, hosts []string) string {
	front, rest, _ := strings.Cut(dsn, "@")
	_, path, _ := strings.Cut(rest, "/")
	return front + "@" + strings.Join(hosts, ",") + "/" + path
}

func (p *Patroni) admin() string { return adminOf("postgres", p.proxy.addr(), "postgres") }

// SetMode changes how commits are replicated and returns when it is so.
func (p *Patroni) SetMode(mode Mode) {
	p.tb.Helper()
	p.must(p.rest("PATCH", "/config", mode.settings(), nil))
	p.mode = mode
	p.WaitHealthy()
}

// Leader returns the number of the primary, 1 to 3, and 0 when there is none.
func (p *Patroni) Leader() int {
	for _, n := range p.nodes {
		if n.leads() {
			return n.number
		}
	}
	return 0
}

// Switchover makes a standby the primary, in order, and returns when it is.
func (p *Patroni) Switchover() {
	p.tb.Helper()
	before := p.leader()
	p.must(untilWithin(healthyWithin, "switch over", func() (bool, error) {
		// Refused while no standby is fit for it.
		return p.rest("POST", "/switchover", map[string]any{"leader": before.name()}, nil) == nil, nil
	}))
	p.WaitOtherLeader(before.number)
}

// WaitOtherLeader returns when another node than that one is the primary.
func (p *Patroni) WaitOtherLeader(number int) {
	p.tb.Helper()
	p.must(untilWithin(healthyWithin, "fail over", func() (bool, error) {
		now := p.Leader()
		return now != 0 && now != number, nil
	}))
}

// leader waits for a primary.
func (p *Patroni) leader() *patroniNode {
	p.tb.Helper()
	var found *patroniNode
	p.must(untilWithin(healthyWithin, "find the primary", func() (bool, error) {
		if n := p.Leader(); n > 0 {
			found = p.nodes[n-1]
		}
		return found != nil, nil
	}))
	return found
}

// WaitHealthy returns when etcd, the primary and all standbys are at work, on one
// timeline, in the mode that was asked for, and a commit through haproxy ends.
func (p *Patroni) WaitHealthy() {
	p.tb.Helper()
	var last error
	since := time.Now() // there is a synchronous standby, as far as is known
	err := untilWithin(healthyWithin, "become healthy", func() (bool, error) {
		last = p.healthy()
		if !errors.Is(last, errNoSync) {
			since = time.Now()
		} else if time.Since(since) > stuckAfter {
			since = time.Now()
			return false, p.unstick()
		}
		return last == nil, nil
	})
	p.must(errors.Join(err, last))
}

// member is a node as the cluster sees it.
type member struct {
	Name, Role, State string
	Timeline          int
}

func (p *Patroni) healthy() error {
	var cluster struct{ Members []member }
	if err := p.rest("GET", "/cluster", nil, &cluster); err != nil {
		return err
	}
	roles, timelines := map[string]int{}, map[int]bool{}
	for _, m := range cluster.Members {
		if m.State != "running" && m.State != "streaming" {
			return fmt.Errorf("%s is %s", m.Name, m.State)
		}
		roles[m.Role]++
		timelines[m.Timeline] = true
	}
	if len(cluster.Members) != len(p.nodes) || roles["leader"] != 1 || len(timelines) != 1 || p.Leader() == 0 {
		return fmt.Errorf("the members are %+v", cluster.Members)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	const standbys = `SELECT coalesce(string_agg(application_name || ' ' || state || ' ' || sync_state, ', '), '') FROM pg_stat_replication`
	replication, err := ask(ctx, p.admin(), standbys)
	switch {
	case err != nil:
		return err
	case strings.Count(replication, "streaming") != len(p.nodes)-1:
		return fmt.Errorf("the standbys are: %s", replication)
	case p.mode != Async && roles["sync_standby"] == 0:
		return fmt.Errorf("%w: %v; they are: %s", errNoSync, roles, replication)
	}
	return p.commit(ctx)
}

// commit stores something by way of haproxy.
func (p *Patroni) commit(ctx context.Context) error {
	_, err := ask(ctx, p.admin(), "SELECT pg_logical_emit_message(true, 'dbtest', 'a commit')::text")
	return err
}

// accepts reports whether a commit ends now.
func (p *Patroni) accepts() bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return p.commit(ctx) == nil
}

func (p *Patroni) must(err error) {
	if err != nil {
		p.tb.Helper()
		p.tb.Fatalf("Patroni: %v\n%s", err, p.logs())
	}
}

// clusterProgram finds a program of the packages that only clusters need.
func clusterProgram(name string) (string, error) {
	for _, place := range []string{name, "/usr/sbin/" + name} {
		if program, err := exec.LookPath(place); err == nil {
			return program, nil
		}
	}
	return "", errors.New(name + " is not on this machine: install what make soak needs (on Debian: scripts/setup soak as root)")
}
