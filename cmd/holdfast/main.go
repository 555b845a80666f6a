// Command holdfast is the inventory centre: one binary whose subcommands serve
// the API, look after the database, replay data sets and check the books. This
// package only wires: each subcommand is one file that turns flags into a
// configuration and hands it to the rooms under internal/.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for a clean stop. After it, the default behaviour is back, so a
	// second one ends the process at once.
	context.AfterFunc(ctx, stop)
	err := execute(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	os.Exit(report(os.Stderr, err))
}
