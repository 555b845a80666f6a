package main

import (
	"context"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/server"
)

// insideChecks are the checks that a server runs on itself. Ports and the environment belong to the
// process that starts it. The targets of sinks and sources are asked when those are tested.
var insideChecks = []string{"file", "disk", "schema", "journal-mode", "records", "view", "keys", "clock", "replication", "files"}

// Check examines this server and its books, as the doctor does.
func (i *installation) Check(ctx context.Context) ([]server.Finding, error) {
	select {
	case i.examining <- struct{}{}:
		defer func() { <-i.examining }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	d := &doctor{doctorConfig: doctorConfig{books: i.books}, now: time.Now()}
	all := d.make(ctx, func(check string) bool { return slices.Contains(insideChecks, check) })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if ends := i.front.CertificateEnds(); !ends.IsZero() {
		f := d.expiry("the certificate", ends)
		f.Check = "certificate"
		all = append(all, f)
	}
	shown := make([]server.Finding, len(all))
	for k, f := range all {
		shown[k] = server.Finding{Check: f.Check, Verdict: string(f.Verdict), Found: f.Found, Remedy: f.Remedy}
	}
	return shown, nil
}
