package main

import (
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
)

func TestDoctorSaysWhatAFailoverMayLose(t *testing.T) {
	t.Parallel()
	galera := mysql.Replication{Host: "h:1", Galera: true, Nodes: 3, State: "Synced", Synced: true, Waits: true}
	two, donor, dirty := galera, galera, galera
	two.Nodes, donor.State, donor.Synced, dirty.Waits = 2, "Donor/Desynced", false, false
	for name, c := range map[string]struct {
		all     []finding
		verdict verdict
		says    string
	}{
		"a Galera cluster":             {checkMySQL(&galera), good, "cluster of 3 nodes, Synced"},
		"one of two nodes":             {checkMySQL(&two), warning, "third node"},
		"one that gives another all":   {checkMySQL(&donor), warning, "Donor"},
		"one whose reads do not wait":  {checkMySQL(&dirty), wrong, "wsrep_sync_wait"},
		"a MariaDB server alone":       {checkMySQL(&mysql.Replication{Binlog: true}), good, "no replica"},
		"one with replicas":            {checkMySQL(&mysql.Replication{Binlog: true, Replicas: 2}), warning, "asynchronous replication to 2"},
		"one that falls back":          {checkMySQL(&mysql.Replication{SemiSync: true, Waiting: true, Falls: 10 * time.Second, Replicas: 1}), warning, "for 10s"},
		"one that has fallen back":     {checkMySQL(&mysql.Replication{SemiSync: true, Falls: 10 * time.Second}), warning, "do not wait now"},
		"one that waits for days":      {checkMySQL(&mysql.Replication{SemiSync: true, Waiting: true, Falls: 240 * time.Hour, Replicas: 1}), good, "wait 240h"},
		"a replica":                    {checkMySQL(&mysql.Replication{ReadOnly: true}), wrong, "read-only"},
		"a PostgreSQL server alone":    {checkPostgres(&postgres.Replication{Commit: "on"}), good, "no standby"},
		"asynchronous standbys":        {checkPostgres(&postgres.Replication{Commit: "on", Async: []string{"s1", "s2"}}), warning, "s1, s2"},
		"a synchronous standby":        {checkPostgres(&postgres.Replication{Commit: "on", Names: "*", Sync: []string{"s1"}}), good, "now s1"},
		"none of those that are named": {checkPostgres(&postgres.Replication{Commit: "on", Names: "nobody"}), wrong, "stand still"},
		"a user who is told nothing":   {checkPostgres(&postgres.Replication{Commit: "on", Names: "*", Hidden: true}), unknown, "pg_monitor"},
		"commits that do not wait":     {checkPostgres(&postgres.Replication{Commit: "local", Names: "*", Sync: []string{"s1"}}), wrong, "do not wait"},
		"commits that wait for memory": {checkPostgres(&postgres.Replication{Commit: "remote_write", Names: "*", Sync: []string{"s1"}}), warning, "in memory"},
	} {
		f := c.all[len(c.all)-1]
		if f.Verdict != c.verdict || !strings.Contains(f.Found+f.Remedy, c.says) {
			t.Errorf("%s: %+v, want %s and %q", name, f, c.verdict, c.says)
		}
	}
}

func TestDoctorAsksDatabaseServersForTheirReplicas(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{dbtest.Postgres(t), dbtest.MySQL(t)} {
		all, code := examined(t, "--only", "replication", "--db", dsn)
		if f := all["replication"]; code != 0 || f.Verdict != good {
			t.Errorf("%s: exit code %d, %+v", kindOf(dsn), code, f)
		}
	}
}

func TestDSNsOfSeveralHosts(t *testing.T) {
	t.Parallel()
	const dsn = "mysql://u:secret@h1:1,h2:2/d?set=3"
	if err := checkDSN(dsn); err != nil {
		t.Error(err)
	}
	if got := redacted(dsn); got != "mysql://u:xxxxx@h1:1,h2:2/d?set=3" {
		t.Errorf("shown as %s", got)
	}
	if got := inSet(dsn, 4); got != "mysql://u:secret@h1:1,h2:2/d?set=4" || setOf(got) != 4 {
		t.Errorf("in another set: %s", got)
	}
}
