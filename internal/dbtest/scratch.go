package dbtest

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

//go:embed watcher.sh
var watcherScript string

// scratch is a folder that a server works in, guarded by a watcher: a small
// process that ends the server's processes and removes the folder when this
// process closes the leash or is gone.
type scratch struct {
	dir     string
	owner   *syscall.Credential // nil: the user of this process
	leash   io.Closer           // closed by the garbage collector, too: keep the scratch
	watcher *exec.Cmd
}

func (s *scratch) data() string { return filepath.Join(s.dir, "data") }
func (s *scratch) log() string  { return filepath.Join(s.dir, "log") }

// newScratch makes a folder. The servers refuse to run as root, so as root
// the folder and the processes in it belong to account.
func newScratch(name, account string) (*scratch, error) {
	if runtime.GOOS != "linux" {
		return nil, errors.New("database servers for tests are started on Linux only")
	}
	s := &scratch{}
	if os.Getuid() == 0 {
		owner, err := credential(account)
		if err != nil {
			return nil, err
		}
		s.owner = owner
	}
	// The context never ends, as with exec.Command: a cancelled test must not
	// end the watcher.
	s.watcher = exec.CommandContext(context.Background(), "/bin/sh", "-c", watcherScript, "watcher",
		filepath.Join(os.TempDir(), "holdfast-"+name+"-XXXXXXXX"))
	// A signal to our process group must not reach it.
	s.watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	leash, err := s.watcher.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	said, err := s.watcher.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	if err := s.watcher.Start(); err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	s.leash = leash
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make a scratch folder in %s: %w", os.TempDir(), err), s.end())
	}
	s.dir = strings.TrimSuffix(line, "\n")
	if err := s.chown(s.dir); err != nil {
		return nil, errors.Join(err, s.end())
	}
	return s, nil
}

// scratchOf is a scratch folder for servers of the product, gone with the test.
func scratchOf(tb testing.TB, name string, p product) *scratch {
	tb.Helper()
	dir, err := newScratch(name, p.account())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := dir.end(); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

// end kills what works in the folder, removes it, and returns when both is done.
func (s *scratch) end() error {
	if err := s.leash.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("end %s: %w", s.dir, err)
	}
	if err := s.watcher.Wait(); err != nil {
		return fmt.Errorf("end %s: %w", s.dir, err)
	}
	return nil
}

// command prepares a program that runs in the folder as its owner. Its
// environment is only what is given, so that nobody's PG* or MYSQL* counts.
func (s *scratch) command(env []string, program string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), program, arguments...)
	cmd.Dir = s.dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TMPDIR=" + s.dir, "LC_ALL=C", "TZ=UTC"}, env...)
	// Ctrl-C is for the tests; their servers end when they have ended.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.owner}
	return cmd
}

// do runs a program to its end.
func (s *scratch) do(env []string, program string, arguments ...string) error {
	if out, err := s.command(env, program, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(program), err, tail(string(out)))
	}
	return nil
}

// folder makes a folder in the folder, for its owner alone.
func (s *scratch) folder(name string) (string, error) {
	folder := filepath.Join(s.dir, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	return folder, s.chown(folder)
}

// write makes a file that the owner of the folder may read.
func (s *scratch) write(name, text string) (string, error) {
	file := filepath.Join(s.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return "", err
	}
	return file, s.chown(file)
}

// chown gives what was made to the owner.
func (s *scratch) chown(path string) error {
	if s.owner == nil {
		return nil
	}
	return os.Chown(path, int(s.owner.Uid), int(s.owner.Gid))
}

// working returns the processes that work in a folder. A server's own are
// known by that alone: PostgreSQL's leave the process group they began in.
func working(dir string) ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		// Another's process may not be looked at, an ended one has no folder.
		at, err := os.Readlink("/proc/" + entry.Name() + "/cwd")
		if err == nil && (at == dir || strings.HasPrefix(at, dir+"/")) {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

func credential(account string) (*syscall.Credential, error) {
	found, err := user.Lookup(account)
	if err != nil {
		return nil, fmt.Errorf("the server refuses to run as root and there is no user %s: run scripts/setup: %w", account, err)
	}
	uid, err := strconv.ParseUint(found.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", account, err)
	}
	gid, err := strconv.ParseUint(found.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("user %s: %w", account, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// tail returns the end of a log, which is where the reason stands.
func tail(log string) string {
	const enough = 2000
	log = strings.TrimSpace(log)
	return log[max(0, len(log)-enough):]
}
