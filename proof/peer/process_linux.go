package peer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// process is the first process of a server on this machine.
type process struct{ pid int }

// processNamed finds a process with one of the names, nil when no process has that number: the
// server may run elsewhere or in a container.
func processNamed(pid int, names ...string) *process {
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || !slices.Contains(names, strings.TrimSpace(string(name))) {
		return nil
	}
	return &process{pid}
}

// parentNamed finds the parent of a process; both must have that name.
func parentNamed(pid int, name string) *process {
	if processNamed(pid, name) == nil {
		return nil
	}
	stat, ok := readStat(pid)
	if !ok {
		return nil
	}
	return processNamed(stat.parent, name)
}

// cpu is what the process and its children have used, including ended
// children.
func (p *process) cpu() (used time.Duration, ok bool) {
	// A child that ends during the count is counted twice or not at all.
	const tries = 10
	before, ok := readStat(p.pid)
	if !ok {
		return 0, false
	}
	for range tries {
		if used, ok = p.count(before); !ok {
			return 0, false
		}
		after, _ := readStat(p.pid)
		if after == before {
			break
		}
		before = after
	}
	return used, true
}

// count adds up the use of the process, its living children and its ended
// children.
func (p *process) count(own procStat) (time.Duration, bool) {
	sum, ok := cpuClock(p.pid)
	if !ok {
		return 0, false
	}
	sum += own.reaped
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, false
	}
	for _, folder := range all {
		pid, err := strconv.Atoi(filepath.Base(folder))
		if err != nil {
			continue
		}
		if stat, ok := readStat(pid); ok && stat.parent == p.pid {
			used, _ := cpuClock(pid) // one that has just ended is among the reaped the next time
			sum += used
		}
	}
	return sum, true
}

// cpuClock reads the CPU clock of a process, to the nanosecond: /proc counts in hundredths of a
// second, too coarse for hundreds of processes.
func cpuClock(pid int) (time.Duration, bool) {
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &t); err != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}

type procStat struct {
	parent int
	// reaped is the use of ended children.
	reaped time.Duration
}

// tick is the unit of times in /proc on every Linux that Go runs on.
const tick = 10 * time.Millisecond

func readStat(pid int) (s procStat, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, false
	}
	// The name may contain blanks and brackets.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return s, false
	}
	s.parent, err = strconv.Atoi(fields[1])
	if err != nil {
		return s, false
	}
	for _, f := range fields[13:15] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return s, false
		}
		s.reaped += time.Duration(n) * tick
	}
	return s, true
}
