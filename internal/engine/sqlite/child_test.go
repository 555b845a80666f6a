//go:build unix

package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/failstop"
)

// childDir names the folder in which this very program, started again, is to
// append to a slot until something stops it.
const childDir = "HOLDFAST_TEST_SQLITE_CHILD"

// childKeeps, when set, keeps the child from moving the log into the file,
// which it otherwise does often, so that it happens before the end.
const childKeeps = "HOLDFAST_TEST_SQLITE_KEEP"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Println("end", child(dir))
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child appends the groups of enginetest.Nth and prints the seq of each that
// was acknowledged. It ends with the first error that is not a lost race.
func child(dir string) error {
	// A file that would grow over its limit is then an error and no signal.
	signal.Ignore(syscall.SIGXFSZ)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	moveAt := 20
	if os.Getenv(childKeeps) != "" {
		moveAt = 1 << 30
	}
	file := &failstop.File{}
	e, err := sqlite.Open(ctx, filepath.Join(dir, "slot.db"), sqlite.WithMoveAt(moveAt), sqlite.WithFile(file))
	if err != nil {
		return err
	}
	h, err := e.Head(ctx)
	for err == nil {
		switch err = e.Append(ctx, h, enginetest.Nth(h+1)); {
		case err == nil:
			h++
			fmt.Println(h)
			err = project(ctx, e, h)
		case errors.Is(err, engine.ErrMoved):
			h, err = e.Head(ctx)
		}
	}
	if again := e.Append(ctx, h, enginetest.Nth(h+1)); errors.Is(err, engine.ErrBroken) && !errors.Is(again, engine.ErrBroken) {
		return fmt.Errorf("a slot that was broken (%w) was written again: %w", err, again)
	}
	if errors.Is(err, engine.ErrBroken) && file.Writable() == nil {
		return fmt.Errorf("others may write the file of a slot that is broken (%v)", err)
	}
	return err
}

// project adds to the journal, whose commits are not synced.
func project(ctx context.Context, e *sqlite.Engine, h engine.Seq) error {
	at, err := e.JournalCursor(ctx)
	if err != nil || h < at+5 {
		return err
	}
	g := enginetest.Nth(h)
	err = e.AddJournal(ctx, at, h, []engine.JournalRow{{Item: g.Items[0].Key, Seq: h}})
	if errors.Is(err, engine.ErrMoved) {
		return nil
	}
	return err
}

// process is a child under way.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan engine.Seq
	last  engine.Seq // the newest seq that it reported as stored
	end   string     // the last line that it wrote
}

// start starts a child, behind the words of a wrapping command.
func start(t *testing.T, dir string, wrap ...string) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := append(wrap, self)
	p := &process{t: t, cmd: exec.Command(words[0], words[1:]...), lines: make(chan engine.Seq)}
	p.cmd.Env = append(os.Environ(), childDir+"="+dir)
	p.cmd.Stderr = os.Stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			n, err := strconv.ParseUint(s.Text(), 10, 64)
			if err != nil {
				p.end = s.Text()
				continue
			}
			p.lines <- engine.Seq(n)
		}
	}()
	return p
}

// acknowledge waits until the child has been told n more times that a group
// is stored.
func (p *process) acknowledge(n int) {
	p.t.Helper()
	for range n {
		seq, ok := <-p.lines
		if !ok {
			p.t.Fatalf("the child ended: %s", p.end)
		}
		p.last = seq
	}
}

// wait reads the child to its end, however that comes.
func (p *process) wait() {
	for seq := range p.lines {
		p.last = seq
	}
	_ = p.cmd.Wait() // it was killed, or says itself how it ended
}

// stop lets the child end by itself; the signal is for all that the terminal
// would reach, so that it passes by a wrapping command.
func (p *process) stop() {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGINT); err != nil {
		p.t.Error(err)
	}
	p.wait()
}

func (p *process) kill() {
	p.t.Helper()
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		p.t.Error(err)
	}
	p.wait()
}
