// Package progress shows how far a long command is: a bar on a terminal, plain
// lines in a log.
package progress

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// Progress receives how far a command is. Calls come from one goroutine at a
// time, but for Note.
type Progress interface {
	Begin(name string, total, done int)
	Advance(n int)
	End()
	// Note says something in a line of its own. Safe for concurrent use.
	Note(text string)
}

// On draws a bar on a terminal and writes plain lines elsewhere.
func On(out io.Writer) Progress {
	if f, ok := out.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return &bar{out: out}
	}
	return &lines{out: out, every: 5 * time.Second}
}

type bar struct {
	out  io.Writer
	mu   sync.Mutex
	pool *mpb.Progress
	bar  *mpb.Bar
}

func (b *bar) Begin(name string, total, done int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pool = mpb.New(mpb.WithOutput(b.out), mpb.WithAutoRefresh())
	b.bar = b.pool.AddBar(int64(total),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR), decor.CountersNoUnit("%d / %d", decor.WCSyncWidth)),
		mpb.AppendDecorators(decor.Percentage(decor.WC{W: 5}), decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO, decor.WC{W: 8}), "")),
	)
	b.bar.SetRefill(int64(done))
	b.bar.SetCurrent(int64(done))
}

func (b *bar) Advance(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		b.bar.IncrBy(n)
	}
}

func (b *bar) End() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil {
		return
	}
	if !b.bar.Completed() {
		b.bar.Abort(false)
	}
	b.pool.Wait()
	b.bar, b.pool = nil, nil
}

// Note writes above the bar.
func (b *bar) Note(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out io.Writer = b.out
	if b.pool != nil {
		out = b.pool
	}
	fmt.Fprintln(out, text)
}

// lines writes a plain line at most every so often, for logs and pipes.
type lines struct {
	out   io.Writer
	every time.Duration
	mu    sync.Mutex
	name  string
	total int
	done  int
	told  time.Time
}

func (l *lines) Begin(name string, total, done int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.name, l.total, l.done, l.told = name, total, done, time.Now()
	if done > 0 && done < total {
		l.printLine("continued")
	}
}

func (l *lines) Advance(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done += n
	if time.Since(l.told) >= l.every {
		l.told = time.Now()
		l.printLine("done")
	}
}

func (l *lines) End() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printLine("done")
}

func (l *lines) Note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.out, text)
}

func (l *lines) printLine(what string) {
	percent := 100
	if l.total > 0 {
		percent = l.done * 100 / l.total
	}
	fmt.Fprintf(l.out, "%s: %s of %s %s (%d %%)\n", l.name, Number(int64(l.done)), Number(int64(l.total)), what, percent)
}

// Number writes n with a comma between thousands.
func Number(n int64) string {
	digits := strconv.FormatInt(max(n, -n), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n < 0 {
		return "-" + digits
	}
	return digits
}
