package dbtest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// kinds are the two servers, as a test meets them.
var kinds = []struct {
	name     string
	database func(testing.TB) string
	server   func(testing.TB, ...string) *Server
	setting  string // a setting, and how it is read
	reads    string
	want     string
	tables   string
}{
	{
		"PostgreSQL", Postgres, StartPostgres, "work_mem=5MB", "SHOW work_mem", "5MB",
		"SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
	},
	{
		"MariaDB", MySQL, StartMySQL, "max-heap-table-size=1M", "SELECT @@max_heap_table_size", "1048576",
		"SELECT count(*) FROM information_schema.tables WHERE table_schema = database()",
	},
}

func one(t *testing.T, dsn, query string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answer, err := ask(ctx, dsn, query)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func do(t *testing.T, dsn string, statements ...string) {
	t.Helper()
	if err := run(dsn, statements...); err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseIsEmptyAndGoneAfterwards(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			var dsn string
			t.Run("while the test runs", func(t *testing.T) {
				dsn = kind.database(t)
				if other := kind.database(t); other == dsn {
					t.Errorf("two databases are the same one: %s", dsn)
				}
				if n := one(t, dsn, kind.tables); n != "0" {
					t.Errorf("a new database has %s tables", n)
				}
				do(t, dsn, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)")
				leaveOpen(t, dsn)
			})
			if err := run(dsn, "SELECT 1"); err == nil {
				t.Error("the database is still there after its test")
			}
		})
	}
}

// leaveOpen leaves a transaction behind that holds on to the table t.
func leaveOpen(t *testing.T, dsn string) {
	t.Helper()
	db, err := open(dsn)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO t VALUES (2)"); err != nil {
		t.Fatal(err)
	}
}

func TestAKilledServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := kind.server(t, kind.setting)
			dsn := s.DSN(t)
			if got := one(t, dsn, kind.reads); got != kind.want {
				t.Errorf("%s is %s, want %s", kind.setting, got, kind.want)
			}
			do(t, dsn, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)")
			s.Kill()
			if pids, err := working(s.Data()); err != nil || len(pids) > 0 {
				t.Errorf("after a kill processes %v are left (%v)", pids, err)
			}
			if s.answers() {
				t.Error("a killed server answers")
			}
			s.Start()
			do(t, dsn, "INSERT INTO t VALUES (2)")
			s.Pause()
			s.Kill()
			s.Start()
			do(t, dsn, "INSERT INTO t VALUES (3)")
			s.Stop()
			s.Start()
			if n := one(t, dsn, "SELECT count(*) FROM t"); n != "3" {
				t.Errorf("%s rows are left of 3", n)
			}
		})
	}
}

func TestAPausedServerAnswersWhenItGoesOn(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			s := kind.server(t)
			s.Pause()
			answer := make(chan bool)
			go func() { answer <- s.answers() }()
			select {
			case <-answer:
				t.Error("a paused server answers")
			case <-time.After(100 * time.Millisecond):
				s.Resume()
				if !<-answer {
					t.Error("a server that goes on does not answer")
				}
			}
		})
	}
}

func TestAReplicaFollows(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			primary := kind.server(t)
			dsn := primary.DSN(t)
			do(t, dsn, "CREATE TABLE t (n int)", "INSERT INTO t VALUES (1)")
			replica := primary.Replica(t)
			there := replica.Same(dsn)
			if n := one(t, there, "SELECT count(*) FROM t"); n != "1" {
				t.Errorf("a new replica has %s rows of 1", n)
			}
			replica.PauseReplay()
			do(t, dsn, "INSERT INTO t VALUES (2)")
			if n := one(t, there, "SELECT count(*) FROM t"); n != "1" {
				t.Errorf("a replica that does not replay has %s rows, want 1", n)
			}
			replica.ResumeReplay()
			replica.CatchUp()
			primary.Kill()
			if n := one(t, there, "SELECT count(*) FROM t"); n != "2" {
				t.Errorf("a replica whose primary died has %s rows of 2", n)
			}
			primary.Start()
			do(t, dsn, "INSERT INTO t VALUES (3)")
			replica.CatchUp()
			if n := one(t, there, "SELECT count(*) FROM t"); n != "3" {
				t.Errorf("after its primary came back a replica has %s rows of 3", n)
			}
		})
	}
}

// TestVictim is the process TestAKilledTestLeavesNothing kills.
func TestVictim(t *testing.T) {
	if os.Getenv("DBTEST_VICTIM") == "" {
		return
	}
	t.Setenv(PostgresEnv, "")
	t.Setenv(MySQLEnv, "")
	Postgres(t)
	StartMySQL(t)
	folder, end, err := Folder("own")
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	own := exec.Command("sleep", "1000")
	own.Dir = folder
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	os.Stdout.WriteString("ready\n")
	<-t.Context().Done()
}

func TestAKilledTestLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The servers' users must be able to pass the two folders that the test was given.
	for _, at := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	victim := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	victim.Env = append(os.Environ(), "DBTEST_VICTIM=1", "TMPDIR="+dir)
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	defer victim.Process.Kill()
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "ready" {
		t.Log(lines.Text())
	}
	if pids, err := working(dir); err != nil || len(pids) < 6 {
		t.Fatalf("only %d processes work in the folder (%v)", len(pids), err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	victim.Wait()
	err = poll("see everything gone", func() (bool, error) {
		pids, err := working(dir)
		if err != nil {
			return false, err
		}
		left, err := os.ReadDir(dir)
		return len(pids) == 0 && len(left) == 0, err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAShellFindsTheServerAndSurvivesIt(t *testing.T) {
	t.Parallel()
	for kind, ask := range map[int]string{0: `psql -qAtc "SELECT 'it is '||1"`, 1: `mariadb -Ne "SELECT 'it is 1'"`} {
		t.Run(kinds[kind].name, func(t *testing.T) {
			t.Parallel()
			s := kinds[kind].server(t)
			out, err := s.Shell(ask).CombinedOutput()
			if string(out) != "it is 1\n" || err != nil {
				t.Errorf("%s prints %q (%v)", ask, out, err)
			}
			waiting := s.Shell("read _; echo still here")
			in, _ := waiting.StdinPipe()
			said, _ := waiting.StdoutPipe()
			if err := waiting.Start(); err != nil {
				t.Fatal(err)
			}
			s.Kill()
			in.Close()
			if text, err := bufio.NewReader(said).ReadString('\n'); text != "still here\n" {
				t.Errorf("a script says %q (%v) after a kill of its server", text, err)
			}
			waiting.Wait()
		})
	}
}
