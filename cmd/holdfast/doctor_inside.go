package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/fleet"
)

// insideChecks are the checks that a server runs on itself. Ports and the environment belong to the
// process that starts it. The targets of sinks and sources are asked when those are tested.
var insideChecks = []string{"file", "disk", "schema", "journal-mode", "records", "view", "keys", "clock", "replication", "files"}

// Check examines this server and its books, as the doctor does.
func (i *installation) Check(ctx context.Context) ([]fleet.Finding, error) {
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
	if len(i.house.books.Deliveries()) > 0 {
		all = append(all, undecidedLegs(i.house.books.Undecided(legsWait)))
	}
	shown := make([]fleet.Finding, len(all))
	for k, f := range all {
		shown[k] = fleet.Finding{Check: f.Check, Verdict: string(f.Verdict), Found: f.Found, Remedy: f.Remedy}
	}
	return shown, nil
}

const (
	// legsWait is how long a leg may wait for a decision before it is listed: longer than
	// its home is asked.
	legsWait = 20 * time.Second
	// legsListed is how many of them are named.
	legsListed = 10
)

// undecidedLegs finds units that are held in other slots for calls that their homes have
// not decided.
func undecidedLegs(legs []ledger.Undecided) finding {
	if len(legs) == 0 {
		f := found(good, "no units in other slots wait for a decision")
		f.Check = "legs"
		return f
	}
	var named []string
	for _, l := range legs[:min(len(legs), legsListed)] {
		named = append(named, fmt.Sprintf("order %q of tenant %q: product %q at location %q in slot %d, for %s",
			l.Order.Order, l.Order.Tenant, l.Item.Product, l.Item.Location, l.Slot, l.For.Round(time.Second)))
	}
	if more := len(legs) - len(named); more > 0 {
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	f := found(warning, "%d lines hold units for calls without a decision: %s", len(legs), strings.Join(named, "; ")).
		remedy("they are given back as soon as the slots that decide answer: see which are away")
	f.Check = "legs"
	return f
}
