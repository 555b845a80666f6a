package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/client"
)

// child is a server that runs as a process of this program's binary.
type child struct {
	grpc   string // its address
	client *client.Client

	cancel context.CancelFunc
	log    string
	ended  chan struct{}
	err    error // how it ended, once ended is closed
}

const (
	// childStart is how long a child may take until it serves.
	childStart = time.Minute
	// childStop is how long a child may take to end when it is asked to, before it is killed.
	childStop = 20 * time.Second
)

// startChild starts a server on free ports of this machine and waits until it serves. Its log
// goes to the file.
func startChild(ctx context.Context, log string, command, environ []string, key string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	file, err := os.Create(log) //nolint:gosec // in the demo's own folder
	if err != nil {
		return nil, err
	}
	const free = "127.0.0.1:0"
	args := append(slices.Clone(command), "--http", free, "--grpc", free, "--ops", free, "--log-format", "json", "--log-level", "info")
	// After its last call, the demo itself asks the children to stop.
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	cmd := exec.CommandContext(running, program, args...) //nolint:gosec // this program
	cmd.Env = childEnviron(environ, key)
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil { // Windows has none
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = childStop
	said, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		_ = file.Close()
		return nil, err
	}
	c := &child{cancel: cancel, log: log, ended: make(chan struct{})}
	serving := make(chan string, 1)
	go func() {
		defer close(c.ended)
		lines := bufio.NewReader(said)
		for {
			line, err := lines.ReadBytes('\n')
			_, _ = file.Write(line) // the log helps to find out what went wrong
			if address := servesAt(line); address != "" {
				serving <- address
			}
			if err != nil {
				break
			}
		}
		_ = file.Close()
		c.err = cmd.Wait()
	}()
	late := time.NewTimer(childStart)
	defer late.Stop()
	select {
	case c.grpc = <-serving:
		return c, nil
	case <-c.ended:
		err = fmt.Errorf("it ended, %v", cmd.ProcessState)
	case <-late.C:
		err = fmt.Errorf("it does not serve after %s", childStart)
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = c.stop()
	return nil, fmt.Errorf("%w; its log: %s", err, c.tail())
}

// servesAt is the gRPC address in the line in which a server reports that it serves, "" for
// another line.
func servesAt(line []byte) string {
	if !bytes.Contains(line, []byte(`"msg":"serving"`)) {
		return ""
	}
	var says struct{ GRPC string }
	if err := json.Unmarshal(line, &says); err != nil {
		return ""
	}
	return says.GRPC
}

// childEnviron removes the settings of this process: the child has its own.
func childEnviron(environ []string, key string) []string {
	own := slices.DeleteFunc(slices.Clone(environ), func(v string) bool { return strings.HasPrefix(v, envPrefix) })
	return append(own, bootstrapKeyEnv+"="+key)
}

// stop ends the child and waits for its end.
func (c *child) stop() error {
	select {
	case <-c.ended: // by itself, or by the Ctrl-C that the whole terminal hears
		c.cancel()
		if c.err == nil {
			return nil
		}
		return fmt.Errorf("a server of the demo ended before its time: %w; its log: %s", c.err, c.tail())
	default:
	}
	c.cancel()
	<-c.ended
	return nil
}

// tail is the end of the child's log.
func (c *child) tail() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	const most = 2000
	return strings.TrimSpace(string(text[max(0, len(text)-most):]))
}
