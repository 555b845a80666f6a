package test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// port matches the parts of a command's output that differ between runs.
var port = regexp.MustCompile(`127\.0\.0\.1:\d+|test_\w+|\d+->`)

// damage matches messages that no fault may cause in a command.
var damage = regexp.MustCompile(`storage is broken|slot has stopped|is frozen|malformed|is missing|does not fit`)

// say notes the reason a command was broken off, and waits a moment.
func (m *movers) say(out *outcome) {
	if damage.MatchString(out.stderr) {
		m.note("a command was broken off: %s", out.stderr)
	}
	m.mu.Lock()
	m.broken[port.ReplaceAllString(lastLine(out.stderr), "…")]++
	m.mu.Unlock()
	wait(200 * time.Millisecond)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// command runs a command and kills it when it has not ended within d.
func (m *movers) command(d time.Duration, args []string) (*outcome, bool) {
	ctx, cancel := context.WithTimeout(m.t.Context(), d)
	defer cancel()
	return m.commandWithin(ctx, args)
}

// commandWithin runs a command and kills it when ctx ends before.
func (m *movers) commandWithin(ctx context.Context, args []string) (*outcome, bool) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, append(args, "--config", m.config)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	o := &outcome{stdout.String(), stderr.String(), 0}
	if cmd.ProcessState == nil {
		m.note("%v: %v", args, err)
		return o, true
	}
	if o.code = cmd.ProcessState.ExitCode(); o.code == -1 {
		return o, false
	}
	if o.code > 1 {
		m.note("%v: exit code %d: %s", args, o.code, o.stderr)
	}
	return o, true
}

// journey is a bucket that is on its way.
type journey struct {
	Bucket, From, To int
	Step             string
}

// over says whether the bucket is already in its new slot, and only stale rows are left in the old
// one.
func (j *journey) over() bool { return j.Step == "moved" || j.Step == "dropping" }

// ways are the buckets on their way.
func (m *movers) ways() ([]journey, error) {
	out, ended := m.command(commandPatience, []string{"shards", "list", "--json"})
	if !ended || out.code != 0 {
		return nil, fmt.Errorf("list the slots: %s", out.stderr)
	}
	var slots []struct{ Arriving []journey }
	if err := json.Unmarshal([]byte(out.stdout), &slots); err != nil {
		return nil, err
	}
	var all []journey
	for _, s := range slots {
		all = append(all, s.Arriving...)
	}
	return all, nil
}

// wayOf is the move of the bucket. It is nil when there is none or, with await, when none begins
// within ctx. It asks until there is an answer.
func (m *movers) wayOf(ctx context.Context, bucket int, await bool) *journey {
	for ctx.Err() == nil {
		all, err := m.ways()
		if err == nil {
			if i := slices.IndexFunc(all, func(j journey) bool { return j.Bucket == bucket }); i >= 0 {
				return &all[i]
			}
			if !await {
				return nil
			}
		}
		wait(200 * time.Millisecond)
	}
	return nil
}

// settle waits until every bucket is where it goes and, when whole, until nothing of it is left
// elsewhere.
func (m *movers) settle(patience time.Duration, whole bool) {
	m.t.Helper()
	for begun := time.Now(); ; wait(500 * time.Millisecond) {
		all, err := m.ways()
		under := slices.DeleteFunc(slices.Clone(all), func(j journey) bool { return !whole && j.over() })
		if err == nil && len(under) == 0 {
			m.t.Logf("moves: all over %v after the faults, stale rows left of %d buckets", time.Since(begun).Round(100*time.Millisecond), len(all))
			return
		}
		if time.Since(begun) > patience {
			m.note("moves are under way %v after the faults: %+v %v", patience, under, err)
			return
		}
	}
}

func (m *movers) count(what string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[what]++
}

func (m *movers) counted(what string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts[what]
}

func (m *movers) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
}

// report says how many moves there were, when the nodes have been stopped.
func (m *movers) report() {
	m.t.Helper()
	taken := 0
	for _, n := range m.nodes {
		taken += strings.Count(n.log.String(), "resuming a bucket's move")
	}
	all := []string{fmt.Sprintf("taken over by nodes %d times", taken)}
	for _, what := range slices.Sorted(maps.Keys(m.counts)) {
		all = append(all, fmt.Sprintf("%s %d", what, m.counts[what]))
	}
	m.t.Logf("moves: %s", strings.Join(all, ", "))
	for said, n := range m.broken {
		m.t.Logf("moves broken off %d times: %s", n, said)
	}
	for _, wrong := range m.wrong {
		m.t.Error(wrong)
	}
	if m.counts[movesEnded] == 0 || m.counts[movesLeft] == 0 || taken == 0 {
		m.t.Error("moves must be ended by commands and by nodes for this to mean anything")
	}
}
