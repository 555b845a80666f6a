package peer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Setting is a setting that decides whether acknowledged data survives.
type Setting struct {
	Name, Value string
	// Unsafe is what may be lost with this value, "" when nothing may.
	Unsafe string
}

// Settings returns the durability settings of a plain connection to the scratch database, and
// those of the connections of the forms. It returns an error when acknowledged data may be
// lost with either.
func (s *Server) Settings(ctx context.Context) (anybody, forms []Setting, err error) {
	for _, side := range []struct {
		connect  func(context.Context) (conn, error)
		settings *[]Setting
	}{{s.d.plainConn, &anybody}, {s.d.connect, &forms}} {
		if *side.settings, err = s.settings(ctx, side.connect); err != nil {
			return anybody, forms, err
		}
	}
	return anybody, forms, nil
}

func (s *Server) settings(ctx context.Context, connect func(context.Context) (conn, error)) (all []Setting, err error) {
	c, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if all, err = c.settings(ctx); err != nil {
		return nil, fmt.Errorf("read the durability settings: %w", err)
	}
	for _, one := range judged(all) {
		if one.Unsafe != "" {
			return all, fmt.Errorf("%s runs with %s = %s, which %s: a rate measured like that says nothing",
				s.Engine(), one.Name, one.Value, one.Unsafe)
		}
	}
	return all, nil
}

// Describe lists the settings in a line.
func Describe(all []Setting) string {
	var parts []string
	for _, one := range all {
		parts = append(parts, one.Name+"="+one.Value)
	}
	return strings.Join(parts, ", ")
}

// Differ lists the settings in which the two sides differ, "" when there are none.
func Differ(a, b []Setting) string {
	var parts []string
	for _, one := range a {
		i := slices.IndexFunc(b, func(o Setting) bool { return o.Name == one.Name })
		if i < 0 || b[i].Value != one.Value {
			parts = append(parts, one.Name)
		}
	}
	if len(a) != len(b) {
		parts = append(parts, "their number")
	}
	return strings.Join(parts, ", ")
}

// judged fills in what may be lost with each value.
func judged(all []Setting) []Setting {
	for i := range all {
		one := &all[i]
		value := strings.ToLower(one.Value)
		switch one.Name {
		case "fsync":
			one.Unsafe = explainUnless(value == "on", "loses everything in a crash of the machine")
		case "synchronous_commit":
			one.Unsafe = explainUnless(value != "off", "loses the last commits in a crash")
		case "full_page_writes", "innodb_doublewrite":
			one.Unsafe = explainUnless(value == "on" || value == "1", "leaves torn pages after a crash of the machine")
		case "innodb_flush_log_at_trx_commit":
			one.Unsafe = explainUnless(value == "1", "loses the last commits in a crash")
		case "sync_binlog":
			one.Unsafe = explainUnless(value == "1", "loses the end of the binary log in a crash of the machine")
		case "innodb_flush_method":
			one.Unsafe = explainUnless(value != "nosync" && value != "littlesync", "does not wait for the disk")
		}
	}
	return all
}

func explainUnless(safe bool, what string) string {
	if safe {
		return ""
	}
	return what
}

func middle(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}
