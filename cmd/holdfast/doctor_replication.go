package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
)

// replication reports, for each database server, which acknowledged writes can be lost when
// the server is lost.
func (d *doctor) replication(ctx context.Context) (all []finding) {
	look := func(name, dsn string) {
		if !isOnServer(dsn) {
			return
		}
		of := findingsOf(ctx, dsn)
		for i := range of {
			if len(d.books.databases) > 0 {
				of[i].Found = name + ": " + of[i].Found
			}
		}
		all = append(all, of...)
	}
	look(mainName, d.books.db)
	for _, name := range slices.Sorted(maps.Keys(d.books.databases)) {
		if dsn := d.books.databases[name]; dsn != d.books.db {
			look(name, dsn)
		}
	}
	return all
}

func findingsOf(ctx context.Context, dsn string) []finding {
	if kindOf(dsn) == "mysql" {
		r, err := mysql.ReplicationOf(ctx, dsn)
		if err != nil {
			return []finding{found(wrong, "%v", err)}
		}
		return checkMySQL(&r)
	}
	r, err := postgres.ReplicationOf(ctx, dsn)
	if err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	return checkPostgres(&r)
}

// waitsLong is the least wait of a semi-synchronous commit whose setting means "for
// ever".
const waitsLong = 24 * time.Hour

const mayLose = "a failover to a replica may lose acknowledged writes"

// checkMySQL evaluates the answers of a MySQL or MariaDB server.
func checkMySQL(r *mysql.Replication) []finding {
	switch {
	case r.Galera:
		return checkGalera(r)
	case r.ReadOnly:
		return []finding{found(wrong, "%s is read-only", r.Host).remedy("is it a replica? servers need the primary")}
	case r.SemiSync && !r.Waiting:
		return []finding{found(warning, "semi-synchronous replication, but commits do not wait now: no replica answers").
			remedy("%s; bring a replica back", mayLose)}
	case r.SemiSync && r.Falls < waitsLong:
		return []finding{found(warning, "semi-synchronous replication that becomes asynchronous when no replica answers for %s", r.Falls).
			remedy("%s from then on; set rpl_semi_sync_master_timeout (MySQL: rpl_semi_sync_source_timeout) to some days", mayLose)}
	case r.SemiSync:
		return []finding{found(good, "semi-synchronous replication to %d replicas; commits wait %s for one", max(r.Replicas, 0), r.Falls)}
	case r.Replicas > 0:
		return []finding{found(warning, "asynchronous replication to %d replicas", r.Replicas).
			remedy("%s; for a replica that takes over choose Galera, or semi-synchronous replication that never falls back", mayLose)}
	case r.Binlog && r.Replicas < 0:
		return []finding{found(unknown, "the server keeps a binary log; whether it has replicas it does not say").
			remedy("if it has, they are asynchronous: %s", mayLose)}
	}
	return []finding{found(good, "no replica is connected; the server alone keeps the books")}
}

func checkGalera(r *mysql.Replication) []finding {
	waits := "sessions of holdfast read what the cluster has ordered before (wsrep_sync_wait)"
	if !r.Waits {
		waits = "sessions do not wait for what the cluster has ordered (wsrep_sync_wait)"
	}
	f := found(good, "%s is a node of a Galera cluster of %d nodes, %s; %s", r.Host, r.Nodes, r.State, waits)
	switch {
	case !r.Waits:
		f.Verdict = wrong
		f = f.remedy("reads may be stale; the server does not take wsrep_sync_wait=1")
	case !r.Synced:
		f.Verdict = warning
		f = f.remedy("it does not keep up with its cluster; name the other nodes in the DSN too")
	case r.Nodes < 3:
		f.Verdict = warning
		f = f.remedy("when one of two nodes is lost the other one stops; a third node, or an arbitrator (garbd), keeps the majority")
	}
	return []finding{f}
}

// checkPostgres evaluates the answers of a PostgreSQL server.
func checkPostgres(r *postgres.Replication) (all []finding) {
	switch {
	case r.Standby:
		return []finding{found(wrong, "the server is a standby").remedy("servers need the primary: target_session_attrs=read-write, and all hosts in the DSN")}
	case r.Names == "" && len(r.Async) == 0:
		all = append(all, found(good, "no standby is connected, and commits wait for none (synchronous_standby_names is empty)"))
	case r.Names == "":
		all = append(all, found(warning, "asynchronous replication to %s (synchronous_standby_names is empty)", firstFew(r.Async)).
			remedy("%s; set synchronous_standby_names", mayLose))
	case r.Hidden:
		all = append(all, found(unknown, "commits wait for standbys (synchronous_standby_names = '%s'); which ones are synchronous this user is not told", r.Names).
			remedy("GRANT pg_monitor to it"))
	case len(r.Sync) == 0:
		all = append(all, found(wrong, "commits wait for standbys (synchronous_standby_names = '%s'), and none is synchronous now", r.Names).
			remedy("writes stand still until one is: bring a standby back"))
	default:
		all = append(all, found(good, "commits wait for standbys (synchronous_standby_names = '%s'): now %s", r.Names, firstFew(r.Sync)))
	}
	if r.Names == "" {
		return all
	}
	switch r.Commit {
	case "local":
		all = append(all, found(wrong, "synchronous_commit = local: commits do not wait for the standbys").remedy("%s; set it to on", mayLose))
	case "off":
		all = append(all, found(warning, "synchronous_commit = off; sessions of holdfast set it to on").remedy("set it to on for everybody"))
	case "remote_write":
		all = append(all, found(warning, "synchronous_commit = remote_write: a standby has a commit in memory, not on its disk, when it is acknowledged").
			remedy("set it to on: primary and standby may lose power together"))
	}
	return all
}

// firstFew lists the first few of the names.
func firstFew(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), len(names)-few)
}
