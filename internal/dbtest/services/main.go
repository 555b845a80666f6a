// Command services starts the database servers that tests share, in scratch
// folders on free ports, and ends them. With "-- COMMAND" it runs the command
// with the environment set and ends with its status; without, it prints the
// environment as export lines and waits. It ends upon SIGTERM and SIGINT, and
// when the process that started it is gone.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	status, err := serve(ctx, os.Getppid(), os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "services:", err)
		status = max(status, 1)
	}
	os.Exit(status)
}

func serve(ctx context.Context, parent int, arguments []string) (status int, err error) {
	if len(arguments) > 0 && (arguments[0] != "--" || len(arguments) == 1) {
		return 2, errors.New("usage: services [-- COMMAND...]")
	}
	env, stop, err := dbtest.Services()
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		orphaned(ctx, parent)
		cancel()
	}()
	if len(arguments) == 0 {
		for _, variable := range env {
			fmt.Printf("export %s\n", quoted(variable))
		}
		<-ctx.Done()
		return 0, nil
	}
	return command(ctx, env, arguments[1:])
}

// command runs the command to its end; when ctx ends before, it is asked to.
func command(ctx context.Context, env, arguments []string) (int, error) {
	cmd := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	err := cmd.Run()
	if ended := (*exec.ExitError)(nil); errors.As(err, &ended) && ended.Exited() {
		return ended.ExitCode(), nil
	}
	return 0, err
}

// orphaned returns when the parent of this process is another than it was.
func orphaned(ctx context.Context, parent int) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for os.Getppid() == parent {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// quoted is NAME='VALUE' for a shell.
func quoted(variable string) string {
	name, value, _ := strings.Cut(variable, "=")
	return name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
