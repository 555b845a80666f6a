package dbtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Program is a server of one test that is no database, such as a message broker. It
// is gone when the test ends. Its methods may be called from any goroutine; one that
// goes wrong ends the test that started the program.
type Program struct {
	tb   testing.TB
	run  Run
	path string
	port int

	mu sync.Mutex // of the daemon
	daemon
}

// Run says how a program is started.
type Run struct {
	// Name is the program, as Debian calls it, or the file that it is.
	Name string
	// Ports is how many ports the program takes, those after the one that it listens on;
	// 0: that one only.
	Ports int
	// Files are made in the folder that the program works in, by name. It listens at
	// this address.
	Files func(addr string) map[string]string
	// Environment is what the program finds in its environment, each "NAME=VALUE"; nil:
	// nothing of its own.
	Environment func(folder string, port int) []string
	// Arguments are those of the program, which works in folder and listens on port.
	Arguments func(folder string, port int) []string
	// Answers reports whether the program at this address serves.
	Answers func(addr string) bool
}

// StartProgram starts a program in a scratch folder on a free port and returns when
// it answers.
func StartProgram(tb testing.TB, run Run) *Program {
	tb.Helper()
	p := &Program{tb: tb, run: run}
	p.must(p.install())
	tb.Cleanup(func() {
		if err := p.scratch.end(); err != nil {
			tb.Error(err)
		}
	})
	p.must(p.launch())
	return p
}

func (p *Program) install() error {
	for _, place := range []string{p.run.Name, "/usr/sbin/" + p.run.Name} {
		if found, err := exec.LookPath(place); err == nil {
			p.path = found
		}
	}
	if p.path == "" {
		return fmt.Errorf("%s is not on this machine: scripts/setup installs it", p.run.Name)
	}
	dir, err := newScratch(filepath.Base(p.run.Name), "nobody")
	if err != nil {
		return err
	}
	p.daemon = daemon{scratch: dir, folder: dir.data(), log: dir.log()}
	if p.port, err = freeRow(max(p.run.Ports, 1)); err != nil {
		return err
	}
	if err := os.Mkdir(p.folder, 0o700); err != nil {
		return err
	}
	if err := dir.chown(p.folder); err != nil || p.run.Files == nil {
		return err
	}
	for name, text := range p.run.Files(p.Addr()) {
		if err := p.write(name, text); err != nil {
			return err
		}
	}
	return nil
}

// write makes a file in the folder of the program, and the folders that it is in.
func (p *Program) write(name, text string) error {
	at := p.folder
	for _, part := range strings.Split(filepath.Dir(filepath.Clean(name)), "/") {
		at = filepath.Join(at, part)
		if err := os.MkdirAll(at, 0o700); err != nil {
			return err
		}
		if err := p.scratch.chown(at); err != nil {
			return err
		}
	}
	_, err := p.scratch.write(filepath.Join(filepath.Base(p.folder), name), text)
	return err
}

func (p *Program) launch() error {
	var env []string
	if p.run.Environment != nil {
		env = p.run.Environment(p.folder, p.port)
	}
	return p.start(env, p.path, p.run.Arguments(p.folder, p.port), func() bool { return p.run.Answers(p.Addr()) })
}

// Addr returns the host and port that the program listens on.
func (p *Program) Addr() string { return local(p.port) }

// Find returns the files in the folder of the program whose names match the pattern.
func (p *Program) Find(pattern string) []string {
	p.tb.Helper()
	found, err := filepath.Glob(filepath.Join(p.folder, pattern))
	if err != nil {
		p.tb.Fatal(err)
	}
	return found
}

// Kill ends the program with SIGKILL and returns when it is gone.
func (p *Program) Kill() { p.locked(p.kill) }

// Start starts a program that was killed, on the same data and port, and
// returns when it answers.
func (p *Program) Start() { p.locked(p.launch) }

// Pause stops the program where it is (SIGSTOP). Its connections stay open.
func (p *Program) Pause() { p.locked(func() error { return pauseIn(p.folder) }) }

// Resume resumes a paused program.
func (p *Program) Resume() { p.locked(func() error { return resumeIn(p.folder) }) }

func (p *Program) locked(do func() error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.must(do())
}

func (p *Program) must(err error) {
	if err != nil {
		p.tb.Fatalf("%s: %v", p.run.Name, err)
	}
}
