package mysql

import (
	"fmt"
	"strings"
	"testing"
)

func TestDialectOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ version, comment, want string }{
		{"10.11.19-MariaDB-0+deb12u1", "Debian 12", "MariaDB"},
		{"11.8.2-MariaDB-ubu2404", "mariadb.org binary distribution", "MariaDB"},
		{"5.5.5-10.11.6-MariaDB", "MariaDB Server", "MariaDB"},
		{"10.6.1", "MariaDB Server", "MariaDB"},
		{"8.0.19", "MySQL Community Server - GPL", "MySQL"},
		{"8.4.6", "MySQL Community Server - GPL", "MySQL"},
		{"8.0.35-27", "Percona Server (GPL), Release 27", "MySQL"},
		{"9.1", "Source distribution", "MySQL"},
		{"10.5.29-MariaDB", "", "too old: 10.6.0"},
		{"8.0.18", "MySQL Community Server - GPL", "too old: 8.0.19"},
		{"5.7.44-log", "MySQL Community Server (GPL)", "too old"},
		{"", "", "cannot be read"},
		{"eight", "", "cannot be read"},
	} {
		d, err := dialectOf(tc.version, tc.comment)
		got := fmt.Sprint(err)
		if err == nil {
			got = d.name
		}
		if !strings.Contains(got, tc.want) {
			t.Errorf("%q, %q: %s, want %s", tc.version, tc.comment, got, tc.want)
		}
	}
}

// The text of both dialects is part of the tests because only MariaDB is there
// to try it on.
func TestWhatTheDialectsSay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name      string
		d         *dialect
		duplicate string
		has       []string // in the settings of a writer
		reader    string
		begin     string
		end       string
		undo      string
	}{
		{
			name: "MariaDB", d: &mariaDB,
			duplicate: " ON DUPLICATE KEY UPDATE a=VALUES(a),b=VALUES(b)",
			has:       []string{"sql_mode='STRICT_ALL_TABLES", "tx_isolation='READ-COMMITTED'", ",idle_transaction_timeout=1", "innodb_lock_wait_timeout=5", ",lock_wait_timeout=2"},
			reader:    ",max_statement_time=10", begin: "START TRANSACTION", end: "COMMIT", undo: "ROLLBACK",
		},
		{
			name: "MySQL", d: &mySQL,
			duplicate: " AS new ON DUPLICATE KEY UPDATE a=new.a,b=new.b",
			has:       []string{"sql_mode='STRICT_ALL_TABLES", "transaction_isolation='READ-COMMITTED'", "innodb_lock_wait_timeout=5", ",lock_wait_timeout=2"},
			reader:    ",max_execution_time=10000", begin: "SET SESSION wait_timeout=1;BEGIN",
			end: "COMMIT;SET SESSION wait_timeout=28800", undo: "ROLLBACK;SET SESSION wait_timeout=28800",
		},
	} {
		if got := tc.d.onDuplicate("a", "b"); got != tc.duplicate {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.duplicate)
		}
		if tc.d.reader != tc.reader || tc.d.begin != tc.begin || tc.d.end != tc.end || tc.d.undo != tc.undo {
			t.Errorf("%s: %q %q %q %q", tc.name, tc.d.reader, tc.d.begin, tc.d.end, tc.d.undo)
		}
		for _, s := range tc.has {
			if !strings.Contains(tc.d.session+tc.d.writer, s) {
				t.Errorf("%s: %q is missing in %q", tc.name, s, tc.d.session+tc.d.writer)
			}
		}
		if strings.Contains(tc.d.session+tc.d.writer+tc.d.reader, "write_transaction_timeout") {
			t.Errorf("%s: the limit that does not count while nothing has been written", tc.name)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		binlog string
		values []string // of promises
		want   []string
	}{
		{"a safe server", "1", []string{"1", "1", "O_DIRECT", "1"}, nil},
		{"a safe server without a binary log", "0", []string{"1", "ON", "fsync", "0"}, nil},
		{"MySQL in words", "ON", []string{"1", "DETECT_AND_RECOVER", "O_DIRECT", "1"}, nil},
		{"commits that are not synced", "0", []string{"2", "1", "fsync", "0"}, []string{"innodb_flush_log_at_trx_commit is 2"}},
		{"pages that are written once", "0", []string{"1", "OFF", "fsync", "0"}, []string{"innodb_doublewrite is OFF"}},
		{"half a doublewrite", "0", []string{"1", "DETECT_ONLY", "fsync", "0"}, []string{"innodb_doublewrite"}},
		{"a method that syncs nothing", "0", []string{"1", "1", "nosync", "0"}, []string{"innodb_flush_method is nosync"}},
		{"a binary log that is not synced", "ON", []string{"1", "1", "fsync", "1000"}, []string{"sync_binlog is 1000"}},
		{"all of it", "1", []string{"0", "0", "nosync", "0"}, []string{"trx_commit", "doublewrite", "flush_method", "sync_binlog", "unsafe=1"}},
	} {
		err := judge(tc.binlog, func(i int) string { return tc.values[i] })
		if (err == nil) != (tc.want == nil) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.want)
			continue
		}
		for _, w := range tc.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v, want %q in it", tc.name, err, w)
			}
		}
	}
}
