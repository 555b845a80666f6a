package test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// outcome is how a run of the program ended.
type outcome struct {
	stdout, stderr string
	code           int
}

// runWith runs the program to its end, which must come within a minute, with vars
// added to the environment.
func runWith(t testing.TB, vars []string, args ...string) outcome {
	t.Helper()
	return runProgram(t, binary, vars, args...)
}

// runProof runs holdfast-proof to its end.
func runProof(t testing.TB, args ...string) outcome {
	t.Helper()
	program, err := proofBinary()
	if err != nil {
		t.Fatal(err)
	}
	return runProgram(t, program, nil, args...)
}

func runProgram(t testing.TB, program string, vars []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), vars...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		t.Fatalf("run %s %v: %v, %v\n%s%s", filepath.Base(program), args, err, ctx.Err(), &stdout, &stderr)
	}
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// holdfast runs the program to its end and returns what it printed and its
// exit code.
func holdfast(t testing.TB, args ...string) (string, int) {
	t.Helper()
	o := runWith(t, nil, args...)
	return o.stdout + o.stderr, o.code
}

// wantSentence wants a run that was refused: exit code 1, nothing on standard
// output, and on standard error, after what a server logs, one sentence that
// has every one of the words.
func (o outcome) wantSentence(t *testing.T, words ...string) {
	t.Helper()
	var said []string
	for line := range strings.Lines(o.stderr) {
		if !strings.HasPrefix(line, "{") { // the log
			said = append(said, line)
		}
	}
	if o.code != 1 || o.stdout != "" || len(said) != 1 || !strings.HasPrefix(said[0], "holdfast: ") {
		t.Errorf("exit code %d, want 1 and one sentence; standard output %q, standard error:\n%s", o.code, o.stdout, o.stderr)
	}
	for _, w := range words {
		if !strings.Contains(strings.Join(said, ""), w) {
			t.Errorf("the sentence says nothing of %q:\n%s", w, o.stderr)
		}
	}
}

// serveArgs starts a server on the database at addresses nobody uses.
func serveArgs(t *testing.T, path string) []string {
	t.Helper()
	return []string{"serve", "--db", "sqlite:" + path, "--http", freeAddress(t), "--grpc", freeAddress(t), "--ops", freeAddress(t)}
}
