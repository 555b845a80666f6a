package dbtest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"
)

// Galera is a cluster of three MariaDB servers that replicate by Galera. A haproxy
// before them leads to the first one, and to another one while the first is not
// synced. The cluster is gone when its test ends. Its methods are for one goroutine
// at a time; a method that fails ends the test. Nodes have the numbers 1 to 3.
type Galera struct {
	tb       testing.TB
	scratch  *scratch
	settings []string
	nodes    []*galeraNode
	proxy    *haproxy
}

// StartGalera starts a cluster and returns when it is healthy. Settings are options of
// mariadbd without the dashes. There is no binary log, as in most clusters; add
// "log-bin=binlog" and "sync-binlog=1" for one.
func StartGalera(tb testing.TB, settings ...string) *Galera {
	tb.Helper()
	g := &Galera{tb: tb, scratch: scratchOf(tb, "galera", mariadb{}), settings: settings}
	if err := g.begin(); err != nil {
		tb.Fatal(err)
	}
	g.WaitHealthy()
	return g
}

func (g *Galera) begin() error {
	const members, each = 3, 4
	ports, err := freePorts(1 + each*members)
	if err != nil {
		return err
	}
	for n := 1; n <= members; n++ {
		at := ports[1+each*(n-1):]
		node, err := newGaleraNode(g.scratch, n, galeraPorts{at[0], at[1], at[2], at[3]}, g.settings)
		if err != nil {
			return err
		}
		g.nodes = append(g.nodes, node)
	}
	template, err := mariadb{}.template()
	if err != nil {
		return err
	}
	first, err := g.scratch.write("first.sql", fmt.Sprintf(welcome, admin, password()))
	if err != nil {
		return err
	}
	// The others copy the first.
	if err := g.scratch.do(nil, "cp", "-a", template.data()+"/.", g.nodes[0].folder); err != nil {
		return err
	}
	if err := g.nodes[0].start(g.nodes, alone, "--init-file="+first); err != nil {
		return err
	}
	var backends []backend
	for _, n := range g.nodes {
		if n != g.nodes[0] {
			if err := n.start(g.nodes); err != nil {
				return err
			}
		}
		check, err := startCheck(g.tb, n)
		if err != nil {
			return err
		}
		b := backend{addr: local(n.ports.sql), check: check, options: "backup"}
		if n == g.nodes[0] {
			// All connections lead to one node: the others are not written to.
			b.options = "on-marked-up shutdown-backup-sessions"
		}
		backends = append(backends, b)
	}
	g.proxy, err = startHaproxy(g.scratch, ports[0], "/", backends)
	return err
}

// DSN returns the DSN of a new, empty database, by way of haproxy.
func (g *Galera) DSN(tb testing.TB) string {
	tb.Helper()
	return newDatabase(tb, g.admin())
}

// MultiHost returns dsn, of DSN, as a client without haproxy has it: with all
// nodes.
func (g *Galera) MultiHost(dsn string) string {
	var hosts []string
	for _, n := range g.nodes {
		hosts = append(hosts, local(n.ports.sql))
	}
	return withHosts(dsn, hosts)
}

// DSNOf returns dsn, of DSN, with that node alone.
func (g *Galera) DSNOf(dsn string, number int) string {
	return withHosts(dsn, []string{local(g.node(number).ports.sql)})
}

func (g *Galera) admin() string { return adminOf("mysql", g.proxy.addr(), "mysql") }

func (g *Galera) node(number int) *galeraNode { return g.nodes[number-1] }

// Nodes is how many nodes there are.
func (g *Galera) Nodes() int { return len(g.nodes) }

// WaitHealthy returns when all nodes are synced with each other, and haproxy leads
// to the first. A node that has left for good, because the others voted that it
// differs from them, is started again, as an operator would do.
func (g *Galera) WaitHealthy() {
	g.tb.Helper()
	var last error
	err := untilWithin(healthyWithin, "become healthy", func() (bool, error) {
		if last = g.healthy(); last == nil {
			return true, nil
		}
		return false, g.rejoin()
	})
	g.must(errors.Join(err, last))
}

func (g *Galera) healthy() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, n := range g.nodes {
		if err := n.synced(ctx); err != nil {
			return err
		}
		size, err := ask(ctx, n.admin(), "SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'WSREP_CLUSTER_SIZE'")
		if err != nil || size != strconv.Itoa(len(g.nodes)) {
			return fmt.Errorf("node %d sees %s nodes: %w", n.number, size, err)
		}
	}
	// The first node leads again, if haproxy has looked since it came back.
	behind, err := ask(ctx, g.admin(), "SELECT @@wsrep_node_name")
	if err == nil && behind != g.nodes[0].name() {
		err = fmt.Errorf("haproxy leads to %s", behind)
	}
	return err
}

// rejoin starts those nodes again that have left for good. When all have, the group
// begins anew.
func (g *Galera) rejoin() error {
	var left []*galeraNode
	for _, n := range g.nodes {
		if n.hasLeft() {
			g.tb.Logf("Galera: %s has left its group for good, starting it again: %s", n.name(), n.logTail())
			left = append(left, n)
		}
	}
	for _, n := range left {
		if err := n.kill(); err != nil {
			return err
		}
		if len(left) == len(g.nodes) {
			continue
		}
		if err := n.begin(g.nodes); err != nil {
			return err
		}
	}
	if len(left) == len(g.nodes) {
		g.StartAll()
	}
	return nil
}

func (g *Galera) must(err error) {
	if err != nil {
		g.tb.Helper()
		var all []error
		for _, n := range g.nodes {
			all = append(all, fmt.Errorf("%s: %s", n.name(), n.end()))
		}
		g.tb.Fatalf("Galera: %v\n%v", err, errors.Join(all...))
	}
}
