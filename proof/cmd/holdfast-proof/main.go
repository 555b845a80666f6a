// Command holdfast-proof measures Holdfast: its long runs, its competitors (the forms
// in which people write reservations today), and nodes that share the books. It also
// replays the history of a shop against a server. It is not distributed with the
// product, and the product does not know it.
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
	err := execute(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	os.Exit(report(os.Stderr, err))
}
