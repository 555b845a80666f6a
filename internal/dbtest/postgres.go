package dbtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// postgres is PostgreSQL as the machine has it.
type postgres struct{}

var _ product = postgres{}

func (postgres) name() string            { return "postgres" }
func (postgres) account() string         { return "postgres" }
func (postgres) maintenance() string     { return "postgres" }
func (postgres) goodbye() syscall.Signal { return syscall.SIGINT }
func (postgres) template() (*scratch, error) {
	return postgresTemplate()
}

// Once per process: a copy takes a tenth of the time.
var postgresTemplate = sync.OnceValues(func() (*scratch, error) {
	return makeTemplate(postgres{})
})

func (postgres) install(dir *scratch) error {
	initdb, err := postgresProgram("initdb")
	if err != nil {
		return err
	}
	secret, err := dir.write("password", password())
	if err != nil {
		return err
	}
	return dir.do(nil, initdb, "--pgdata="+dir.data(), "--username="+admin, "--pwfile="+secret, "--auth=scram-sha-256",
		"--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions")
}

func (postgres) client(s *Server) ([]string, error) {
	program, err := postgresProgram("postgres")
	return []string{
		"PATH=" + os.Getenv("PATH") + ":" + filepath.Dir(program),
		"PGHOST=127.0.0.1", "PGPORT=" + strconv.Itoa(s.port), "PGUSER=" + admin, "PGPASSWORD=" + password(), "PGDATABASE=postgres",
	}, err
}

func (postgres) serve(s *Server) (string, []string, error) {
	program, err := postgresProgram("postgres")
	if err != nil {
		return "", nil, err
	}
	arguments := []string{"-D", s.scratch.data()}
	for _, setting := range append([]string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(s.port),
		"unix_socket_directories=" + s.scratch.dir,
		"max_connections=200",
		"shared_buffers=64MB",
		// In the data folder, not in /dev/shm: nothing is left after a kill.
		"dynamic_shared_memory_type=mmap",
		"wal_retrieve_retry_interval=100ms",
	}, s.settings...) {
		arguments = append(arguments, "-c", setting)
	}
	return program, arguments, nil
}

func (postgres) replicate(replica *Server) error {
	program, err := postgresProgram("pg_basebackup")
	if err != nil {
		return err
	}
	return replica.scratch.do([]string{"PGPASSWORD=" + password()}, program,
		"--pgdata="+replica.scratch.data(), "--host=127.0.0.1", "--port="+strconv.Itoa(replica.primary.port),
		"--username="+admin, "--wal-method=stream", "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
}

// follow has nothing to do: what pg_basebackup wrote says whom to follow.
func (postgres) follow(*Server) error { return nil }

func (postgres) position(ctx context.Context, primary *Server) (string, error) {
	return ask(ctx, primary.Admin(), "SELECT pg_current_wal_flush_lsn()::text")
}

func (postgres) reached(ctx context.Context, replica *Server, position string) (bool, error) {
	answer, err := ask(ctx, replica.Admin(), "SELECT (pg_last_wal_replay_lsn() >= $1::pg_lsn)::text", position)
	return answer == "true", err
}

func (postgres) replay(ctx context.Context, replica *Server, on bool) error {
	call, want := "SELECT pg_wal_replay_pause()", "paused"
	if on {
		call, want = "SELECT pg_wal_replay_resume()", "not paused"
	}
	if err := run(replica.Admin(), call); err != nil {
		return err
	}
	return poll("pause or resume the replay", func() (bool, error) {
		state, err := ask(ctx, replica.Admin(), "SELECT pg_get_wal_replay_pause_state()")
		return state == want, err
	})
}

// postgresProgram finds a program of the newest PostgreSQL on the machine.
// Debian keeps each version in a folder of its own that is in nobody's PATH.
func postgresProgram(name string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	newest, version := "", -1
	for _, program := range found {
		number, _, _ := strings.Cut(strings.TrimPrefix(program, "/usr/lib/postgresql/"), "/")
		if major, err := strconv.Atoi(number); err == nil && major > version {
			newest, version = program, major
		}
	}
	if newest != "" {
		return newest, nil
	}
	if program, err := exec.LookPath(name); err == nil {
		return program, nil
	}
	return "", errors.New("PostgreSQL (" + name + ") is not on this machine: install it (on Debian: scripts/setup as root, or apt-get install postgresql)")
}
