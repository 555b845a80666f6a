package dbtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// daemon is a program that works in a folder of a scratch folder. Every process
// that works in that folder belongs to it.
type daemon struct {
	scratch *scratch
	folder  string
	log     string // the file it prints to

	process *os.Process   // nil when it was ended
	gone    chan struct{} // closed when the process has ended
}

// newDaemon returns a daemon with a folder and a log of that name.
func newDaemon(dir *scratch, name string) (*daemon, error) {
	folder, err := dir.folder(name)
	return &daemon{scratch: dir, folder: folder, log: folder + ".log"}, err
}

// start starts the program and returns when it answers.
func (d *daemon) start(env []string, program string, arguments []string, answers func() bool) error {
	if err := d.spawn(env, program, arguments); err != nil {
		return err
	}
	gone := d.gone
	return poll("start "+filepath.Base(program), func() (bool, error) {
		select {
		case <-gone:
			text, err := os.ReadFile(d.log)
			return false, errors.Join(fmt.Errorf("it ended: %s", tail(string(text))), err)
		default:
		}
		return answers(), nil
	})
}

// spawn starts the program and does not wait for it.
func (d *daemon) spawn(env []string, program string, arguments []string) error {
	if d.running() {
		return errors.New("it runs already")
	}
	log, err := os.OpenFile(d.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := d.scratch.command(env, program, arguments...)
	cmd.Dir = d.folder
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", filepath.Base(program), err)
	}
	gone := make(chan struct{})
	go func() {
		// How it ended stands in its log; that it did is all that counts here.
		_ = cmd.Wait()
		close(gone)
	}()
	d.process, d.gone = cmd.Process, gone
	return nil
}

// running reports whether the process was started and has not ended.
func (d *daemon) running() bool {
	if d.process == nil {
		return false
	}
	select {
	case <-d.gone:
		return false
	default:
		return true
	}
}

// kill ends all processes of the daemon at once, as a power cut would.
func (d *daemon) kill() error {
	if d.process == nil {
		return nil
	}
	// The first one first: it must not see its children die and tidy up.
	if err := d.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill: %w", err)
	}
	if err := killIn(d.folder); err != nil {
		return err
	}
	<-d.gone
	d.process = nil
	return nil
}

// stop asks the process to end and waits for it.
func (d *daemon) stop(goodbye syscall.Signal) error {
	if d.process == nil {
		return nil
	}
	if err := d.process.Signal(goodbye); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop: %w", err)
	}
	err := poll("stop", func() (bool, error) { return !d.running(), nil })
	if err != nil {
		return err
	}
	d.process = nil
	return nil
}

// killIn ends every process that works in the folder.
func killIn(folder string) error {
	return poll("kill", func() (bool, error) {
		left, err := signalIn(folder, syscall.SIGKILL)
		return left == 0, err
	})
}

// pauseIn stops every process that works in the folder where it is.
func pauseIn(folder string) error {
	before := -1
	// A second look finds what was started while the first one went round.
	return poll("pause", func() (bool, error) {
		now, err := signalIn(folder, syscall.SIGSTOP)
		same := now == before
		before = now
		return same, err
	})
}

// resumeIn ends pauseIn.
func resumeIn(folder string) error {
	_, err := signalIn(folder, syscall.SIGCONT)
	return err
}

// signalIn sends sig to every process that works in the folder and returns how
// many there are.
func signalIn(folder string, sig syscall.Signal) (int, error) {
	pids, err := working(folder)
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return 0, fmt.Errorf("signal process %d: %w", pid, err)
		}
	}
	return len(pids), nil
}
