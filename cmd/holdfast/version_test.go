package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersionNamesWhatWasStamped(t *testing.T) {
	t.Parallel()
	recorded := &debug.BuildInfo{
		Main: debug.Module{Version: "v0.9.0"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "fedcba9876543210"}, {Key: "vcs.time", Value: "2026-01-01T00:00:00Z"},
		},
	}
	for _, test := range []struct {
		name    string
		stamped build
		info    *debug.BuildInfo
		printed string
	}{
		{
			"a build of the Makefile",
			build{Version: "v1.2.3", Commit: "0123456789abcdef", CommitTime: "2026-02-03T04:05:06Z"},
			recorded,
			"holdfast v1.2.3 (0123456789ab of 2026-02-03T04:05:06Z) go",
		},
		{"go build in a checkout", build{}, recorded, "holdfast v0.9.0 (fedcba987654 of 2026-01-01T00:00:00Z) go"},
		{"a build that knows nothing", build{}, new(debug.BuildInfo), "holdfast unknown go"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := described(test.stamped, test.info).String(); !strings.HasPrefix(got, test.printed) {
				t.Errorf("printed %q, want it to begin with %q", got, test.printed)
			}
		})
	}
}
