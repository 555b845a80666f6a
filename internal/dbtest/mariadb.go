package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// mariadb is MariaDB as the machine has it.
type mariadb struct{}

var _ product = mariadb{}

func (mariadb) name() string            { return "mysql" }
func (mariadb) account() string         { return "mysql" }
func (mariadb) maintenance() string     { return "mysql" }
func (mariadb) goodbye() syscall.Signal { return syscall.SIGTERM }
func (mariadb) template() (*scratch, error) {
	return mariadbTemplate()
}

// storage must be the same when a data folder is made and when it is used.
var storage = []string{"--innodb-log-file-size=48M", "--innodb-undo-tablespaces=0"}

// Once per process: a copy takes a tenth of the time.
var mariadbTemplate = sync.OnceValues(func() (*scratch, error) {
	return makeTemplate(mariadb{})
})

func (mariadb) install(dir *scratch) error {
	program, err := mariadbProgram("mariadb-install-db")
	if err != nil {
		return err
	}
	return dir.do(nil, program, append([]string{
		"--no-defaults", "--datadir=" + dir.data(), "--skip-test-db",
		"--auth-root-authentication-method=normal", "--innodb-flush-method=nosync",
	}, storage...)...)
}

// welcome makes the one account there is. It is no part of the binary log: a
// replica has the same from its own start.
const welcome = `SET sql_log_bin = 0;
CREATE USER IF NOT EXISTS '%[1]s'@'%%' IDENTIFIED BY '%[2]s';
GRANT ALL PRIVILEGES ON *.* TO '%[1]s'@'%%' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User IN ('', 'root');
FLUSH PRIVILEGES;
`

func (mariadb) client(s *Server) ([]string, error) {
	// In the folder that is HOME to the script.
	_, err := s.scratch.write(".my.cnf", fmt.Sprintf("[client]\nhost=127.0.0.1\nport=%d\nuser=%s\npassword=%s\n", s.port, admin, password()))
	return nil, err
}

func (mariadb) serve(s *Server) (string, []string, error) {
	program, err := mariadbProgram("mariadbd")
	if err != nil {
		return "", nil, err
	}
	first, err := s.scratch.write("first.sql", fmt.Sprintf(welcome, admin, password()))
	if err != nil {
		return "", nil, err
	}
	arguments := append([]string{
		"--no-defaults",
		"--datadir=" + s.scratch.data(),
		"--tmpdir=" + s.scratch.dir,
		"--socket=" + filepath.Join(s.scratch.dir, "socket"),
		"--pid-file=" + filepath.Join(s.scratch.dir, "pid"),
		"--init-file=" + first,
		"--bind-address=127.0.0.1",
		"--port=" + strconv.Itoa(s.port),
		// Different on every server, as replication needs it.
		"--server-id=" + strconv.Itoa(s.port),
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--max-connections=300",
		"--innodb-buffer-pool-size=64M",
		"--innodb-flush-log-at-trx-commit=1",
	}, storage...)
	if s.primary != nil {
		arguments = append(arguments, "--read-only")
	}
	for _, setting := range s.settings {
		arguments = append(arguments, "--"+setting)
	}
	return program, arguments, nil
}

// replicate begins with an empty server: the binary log of the primary goes
// back to its beginning.
func (mariadb) replicate(replica *Server) error { return replica.copyTemplate() }

func (mariadb) follow(replica *Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if on, err := ask(ctx, replica.primary.Admin(), "SELECT @@log_bin"); err != nil || on != "1" {
		return errors.Join(errors.New("a replica needs a primary with a binary log"), err)
	}
	return run(replica.Admin(),
		fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='%s', MASTER_PASSWORD='%s', MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1",
			replica.primary.port, admin, password()),
		"START SLAVE")
}

func (mariadb) position(ctx context.Context, primary *Server) (string, error) {
	return ask(ctx, primary.Admin(), "SELECT @@gtid_binlog_pos")
}

func (mariadb) reached(ctx context.Context, replica *Server, position string) (bool, error) {
	// 0: it is there. -1: it was not within the time, of which none is given.
	answer, err := ask(ctx, replica.Admin(), "SELECT MASTER_GTID_WAIT(?, 0.01)", position)
	return answer == "0", err
}

func (mariadb) replay(_ context.Context, replica *Server, on bool) error {
	if on {
		return run(replica.Admin(), "START SLAVE SQL_THREAD")
	}
	return run(replica.Admin(), "STOP SLAVE SQL_THREAD")
}

// mariadbProgram finds a program of MariaDB. The server itself is where only
// root looks.
func mariadbProgram(name string) (string, error) {
	if program, err := exec.LookPath(name); err == nil {
		return program, nil
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/usr/local/bin"} {
		program := filepath.Join(dir, name)
		if _, err := os.Stat(program); err == nil {
			return program, nil
		}
	}
	return "", errors.New("MariaDB (" + name + ") is not on this machine: install it (on Debian: scripts/setup as root, or apt-get install mariadb-server)")
}
