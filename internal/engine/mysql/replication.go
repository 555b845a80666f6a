package mysql

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"
)

// Replication is what a server says of how its commits reach others.
type Replication struct {
	Host     string // the one of the DSN that was asked
	ReadOnly bool
	Binlog   bool

	// Galera says that the server is a node of a Galera cluster: of that many
	// nodes, in that state, keeping up with it or not. Waits says that sessions
	// of this program read what the cluster has ordered before.
	Galera bool
	Nodes  int
	State  string
	Synced bool
	Waits  bool

	// SemiSync says that commits wait for a replica, Falls after how long they
	// do not, and Waiting whether they do now.
	SemiSync bool
	Falls    time.Duration
	Waiting  bool
	// Replicas is how many replicas are connected, -1 when the server does not say.
	Replicas int
}

// ReplicationOf asks the server that the DSN leads to. It changes nothing.
func ReplicationOf(ctx context.Context, dsn string) (r Replication, err error) {
	d, err := Dial(ctx, dsn, ReadOnly())
	if err != nil {
		return r, err
	}
	defer func() { _ = d.Close() }()
	c, err := d.reader(ctx)
	if err != nil {
		return r, explain(err)
	}
	defer func() { _ = c.close() }()
	if r, err = c.replication(ctx); err != nil {
		return r, explain(err)
	}
	r.Host = d.hosts[c.host].name
	return r, nil
}

func (c *conn) replication(ctx context.Context) (Replication, error) {
	r := Replication{Galera: c.galera, Replicas: -1}
	t := new(text).writeSQL("SHOW SESSION VARIABLES WHERE Variable_name IN ('log_bin','read_only','wsrep_sync_wait',",
		"'rpl_semi_sync_master_enabled','rpl_semi_sync_source_enabled',",
		"'rpl_semi_sync_master_timeout','rpl_semi_sync_source_timeout')").end()
	t.writeSQL("SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_master_status','Rpl_semi_sync_source_status',",
		"'Rpl_semi_sync_master_clients','Rpl_semi_sync_source_clients','Slaves_connected')").end()
	read := func(row row) error {
		value := row.str(1)
		switch strings.ToLower(row.str(0)) {
		case "log_bin":
			r.Binlog = !isOff(value)
		case "read_only":
			r.ReadOnly = !isOff(value)
		case "wsrep_sync_wait":
			bits, _ := strconv.Atoi(value)
			r.Waits = bits&1 != 0
		case "rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled":
			r.SemiSync = !isOff(value)
		case "rpl_semi_sync_master_timeout", "rpl_semi_sync_source_timeout":
			ms, _ := strconv.ParseUint(value, 10, 64)
			r.Falls = time.Duration(min(ms, math.MaxInt64/uint64(time.Millisecond))) * time.Millisecond
		case "rpl_semi_sync_master_status", "rpl_semi_sync_source_status":
			r.Waiting = !isOff(value)
		case "rpl_semi_sync_master_clients", "rpl_semi_sync_source_clients", "slaves_connected":
			n, _ := strconv.Atoi(value)
			r.Replicas = max(r.Replicas, n)
		}
		return nil
	}
	if err := c.ask(ctx, t, read, read); err != nil || !c.galera {
		return r, err
	}
	s, err := c.cluster(ctx)
	r.Nodes, r.State, r.Synced = s.size, s.comment, s.synced()
	return r, err
}
