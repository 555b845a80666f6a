package test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// cluster is several nodes over the sets of tables of several databases. Each
// database is on a server of its own, which every node reaches through a line of its
// own that can be cut; or all are on one cluster of servers, reached directly.
type cluster struct {
	t      *testing.T
	stores []*store
	nodes  []*node
	// config is the file of commands that do not use the lines, directory the DSN of the main
	// database.
	config, directory string
}

// store is one of the databases with books.
type store struct {
	*dbtest.Server // nil when the database is on a cluster of servers
	name           string
	dsn            string
}

// node is one server process of the cluster.
type node struct {
	*server
	number int
	lines  []*line // to each store that is a server of its own
	// peers is the line on which the other nodes reach this one, nil when
	// each node writes by itself.
	peers *line
}

// sets is how many sets of tables each database of a cluster has.
const sets = 4

// plan says what a cluster is made of.
type plan struct {
	nodes  int
	stores []func(testing.TB) *dbtest.Server
	query  string // of every DSN
	alone  bool   // each node writes by itself, and knows of no other
	// direct are, instead of stores, the DSNs of the main database and of those with
	// books; one alone is both, with one set.
	direct []string
}

func onPostgres(settings ...string) func(testing.TB) *dbtest.Server {
	return func(tb testing.TB) *dbtest.Server { return dbtest.StartPostgres(tb, settings...) }
}

func onMariaDB(tb testing.TB) *dbtest.Server { return dbtest.StartMySQL(tb) }

// newCluster starts a cluster. With stores the main database is next to the first of
// them, on the same server.
func newCluster(t *testing.T, p plan) *cluster {
	t.Helper()
	c := &cluster{t: t}
	name := func() string { return string(rune('a' + len(c.stores))) }
	for _, start := range p.stores {
		s := start(t)
		c.stores = append(c.stores, &store{Server: s, name: name(), dsn: s.DSN(t) + p.query})
	}
	if p.direct == nil {
		c.directory = c.stores[0].DSN(t) + p.query
	} else {
		c.directory = p.direct[0]
		for _, dsn := range p.direct[1:] {
			c.stores = append(c.stores, &store{name: name(), dsn: dsn})
		}
	}
	c.config = c.configure("past-the-lines.yaml", c.directory, func(s *store) string { return s.dsn })
	for n := range p.nodes {
		c.nodes = append(c.nodes, c.newNode(n, p.alone))
	}
	// The first makes the tables and the map.
	c.nodes[0].start()
	var starting sync.WaitGroup
	for _, n := range c.nodes[1:] {
		starting.Go(func() {
			if err := n.launch(); err != nil {
				t.Errorf("node %d: %v", n.number, err)
			}
		})
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func (c *cluster) newNode(number int, alone bool) *node {
	n := &node{server: offServer(c.t, ""), number: number}
	for _, s := range c.stores {
		if s.Server != nil {
			n.lines = append(n.lines, newLine(c.t, s.Addr()))
		}
	}
	n.db = c.directory
	if len(n.lines) > 0 {
		n.db = through(c.t, n.lines[0], c.directory)
	}
	config := c.configure(fmt.Sprintf("node-%d.yaml", number), n.db, func(s *store) string {
		if s.Server == nil {
			return s.dsn
		}
		return through(c.t, n.lines[slices.Index(c.stores, s)], s.dsn)
	})
	n.under = []string{"env", "HOLDFAST_CONFIG=" + config}
	if !alone {
		listen := freeAddress(c.t)
		n.peers = newLine(c.t, listen)
		n.under = append(n.under, "HOLDFAST_NODE="+listen, "HOLDFAST_NODE_ADDRESS="+n.peers.proxy.Listen, "HOLDFAST_NODE_SECRET=of-these-tests-0123456789")
	}
	return n
}

// through is the DSN by way of the line.
func through(t *testing.T, l *line, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = l.proxy.Listen
	return u.String()
}

func (c *cluster) configure(name, directory string, dsn func(*store) string) string {
	c.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "db: %q\n", directory)
	if len(c.stores) > 0 {
		fmt.Fprintf(&b, "sets: %d\ndatabases:\n", sets)
	}
	for _, s := range c.stores {
		fmt.Fprintf(&b, "  %s: %q\n", s.name, dsn(s))
	}
	path := filepath.Join(c.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// stop ends all nodes as an operator does.
func (c *cluster) stop() {
	c.t.Helper()
	for _, n := range c.nodes {
		n.stop()
	}
}

// slots is how many slots the books are in.
func (c *cluster) slots() int { return max(1, sets*len(c.stores)) }

// slotLine matches a line of verify: books in several slots name the slot, books in one do not.
var slotLine = regexp.MustCompile(`(?m)^(?:slot (\d+) \(.*\): )?read: (\d+) records`)

// verify runs `holdfast verify` on all the books, and wants every slot to have been written to. It
// returns the findings, "" when all is well.
func (c *cluster) verify() string {
	c.t.Helper()
	out, code := holdfast(c.t, "verify", "--config", c.config)
	if code != 0 {
		return out
	}
	found := slotLine.FindAllStringSubmatch(out, -1)
	if len(found) != c.slots() {
		return fmt.Sprintf("verify looked at %d slots, want %d:\n%s", len(found), c.slots(), out)
	}
	for _, f := range found {
		if records, err := strconv.Atoi(f[2]); err != nil || records == 0 {
			return fmt.Sprintf("nothing was ever written to slot %s:\n%s", f[1], out)
		}
	}
	return ""
}
