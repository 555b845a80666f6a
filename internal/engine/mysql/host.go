package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	mysqldriver "github.com/go-sql-driver/mysql"
)

// A DSN may name several hosts: the nodes of a Galera cluster, or servers of
// which one is the primary. All connections of a process lead to one of them,
// the one in use, as long as that takes connections: then one node of a Galera
// cluster writes a slot, and conflicts stay rare. A host is passed over when it
// cannot be reached, is read-only, or has no part in its cluster. A donor, which
// sends its data to a joining node, is passed over unless there is no other host.
// The host that is found instead is in use from then on, and connections to
// another are given up when they are idle.

// host is one of the servers that the DSN names.
type host struct {
	name string
	// patient is a connector without a limit for the server's answer.
	connector, patient driver.Connector
}

func newHost(cfg *mysqldriver.Config) (host, error) {
	h := host{name: cfg.Addr}
	var err error
	if h.connector, err = mysqldriver.NewConnector(cfg); err != nil {
		return h, err
	}
	cfg = cfg.Clone()
	cfg.ReadTimeout = 0
	h.patient, err = mysqldriver.NewConnector(cfg)
	return h, err
}

// dial opens a connection to the host in use, or to the next one that can be
// used; settings are those of SET SESSION.
func (d *Database) dial(ctx context.Context, patient bool, settings string) (*conn, error) {
	if len(d.hosts) == 1 {
		return d.dialHost(ctx, 0, patient, settings)
	}
	used := d.used.Load()
	var all []string
	var behind *conn // leads to a host that is only good where no other is
	defer func() {
		if behind != nil {
			_ = behind.close()
		}
	}()
	take := func(c *conn) *conn {
		d.used.CompareAndSwap(used, int32(c.host))
		return c
	}
	for i := range d.hosts {
		n := (int(used) + i) % len(d.hosts)
		c, err := d.dialHost(ctx, n, patient, settings)
		if err == nil && !c.behind {
			return take(c), nil
		}
		if err == nil && behind == nil {
			behind = c
			continue
		}
		if err == nil {
			_ = c.close()
			continue
		}
		lost, ok := errors.AsType[*lostError](err)
		if !ok || lost.crowded || ctx.Err() != nil {
			return nil, err
		}
		all = append(all, d.hosts[n].name+": "+lost.why)
	}
	if c := behind; c != nil {
		behind = nil
		return take(c), nil
	}
	return nil, &lostError{why: strings.Join(all, "; ")}
}

func (d *Database) dialHost(ctx context.Context, n int, patient bool, settings string) (*conn, error) {
	from, bound := d.hosts[n].connector, dialWithin
	if patient {
		from = d.hosts[n].patient
	}
	if len(d.hosts) > 1 {
		bound = dialOneWithin
	}
	within, cancel := context.WithTimeout(ctx, bound)
	defer cancel()
	raw, err := from.Connect(within)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	c := &conn{raw: raw, packet: leastPacket, host: n, choice: len(d.hosts) > 1}
	queries, q := raw.(driver.QueryerContext)
	execs, x := raw.(driver.ExecerContext)
	if !q || !x {
		return nil, errors.Join(errors.New("the driver lacks what is needed"), c.close())
	}
	c.queries, c.execs = queries, execs
	if err := c.begin(ctx, settings, d.only); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// begin settles what the session needs and finds out whether the server can be
// used: in one round trip, and two more on a node of a Galera cluster. only says
// that a read-only server will do.
func (c *conn) begin(ctx context.Context, settings string, only bool) error {
	t := new(text)
	if settings != "" {
		t.writeSQL("SET SESSION ", settings).end()
	}
	// Not SELECT: a node that has no part in its cluster answers SHOW alone.
	t.writeSQL("SHOW SESSION VARIABLES WHERE Variable_name IN ('wsrep_on','read_only')")
	readOnly := false
	err := c.ask(ctx, t, func(r row) error {
		switch on := !isOff(r.str(1)); strings.ToLower(r.str(0)) {
		case "wsrep_on":
			c.galera = on
		case "read_only":
			readOnly = on
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case readOnly && c.choice && !only:
		return &lostError{why: "the server is read-only"}
	case c.galera:
		return c.joinCluster(ctx)
	}
	return nil
}

// isInUse reports whether c leads to the host in use.
func (d *Database) isInUse(c *conn) bool { return c.host == int(d.used.Load()) }

// openHosts prepares the hosts of the DSN.
func openHosts(cfgs []*mysqldriver.Config) (all []host, err error) {
	for _, cfg := range cfgs {
		h, err := newHost(cfg)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", cfg.Addr, err)
		}
		all = append(all, h)
	}
	return all, nil
}
