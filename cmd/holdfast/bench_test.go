package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

func TestBenchmarksThatCannotBeRun(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, line, says string }{
		{"no slots", "bench --slots 0", "--slots 0"},
		{"an engine of holdfast-proof", "bench --engine postgres", "unknown flag --engine"},
	} {
		wantUsage(t, test.name, test.line, test.says)
	}
}

// wantUsage checks that a command line is refused with a word about why.
func wantUsage(t *testing.T, name, line, says string) {
	t.Helper()
	var out bytes.Buffer
	err := execute(context.Background(), strings.Fields(line), nil, &out, &out)
	var usage *usageError
	if !errors.As(err, &usage) || !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %v, want a usage error that says %q", name, err, says)
	}
}
