package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
)

const (
	// maxSending is how many alerts are sent of at once.
	maxSending = 16
	// sendMost is how long a receiver may take. lease is for how long nobody else sends a
	// claimed notice: longer than all receivers of an alert take, one after another.
	sendMost = 10 * time.Second
	lease    = 3 * time.Minute
	// firstPause and lastPause are the pauses between attempts, giveUp is how long attempts
	// continue.
	firstPause = 5 * time.Second
	lastPause  = 15 * time.Minute
	giveUp     = 24 * time.Hour
)

// Sending sends the notices that are due.
func (d *Desk) Sending() duty.Kind {
	return &duty.Duty[catalog.Alert]{
		Failing: "notices of an alert are not sent", Every: lookEvery, Most: maxSending,
		Due: func(ctx context.Context, limit int) ([]catalog.Alert, error) {
			return d.rooms.Kept.Alerts.Due(ctx, d.now(), limit)
		},
		Name: func(a *catalog.Alert) duty.Name {
			return duty.Name{Key: a.Tenant + "/" + a.ID, About: []any{"tenant", a.Tenant, "alert", a.ID}}
		},
		CarryOut: func(ctx context.Context, due []catalog.Alert) []error {
			outcomes := make([]error, len(due))
			var all errgroup.Group
			for i := range due {
				all.Go(func() error {
					outcomes[i] = d.send(ctx, &due[i])
					return nil
				})
			}
			_ = all.Wait() // none of them returns one
			return outcomes
		},
	}
}

// send sends the due notices of an alert. Only the process that claims a notice sends it.
// After a crash the notice is sent again, under the same id.
func (d *Desk) send(ctx context.Context, due *catalog.Alert) error {
	var a catalog.Alert
	var mine []catalog.AlertNotice
	now := d.now()
	err := d.rooms.Kept.Alerts.Keep(ctx, due.Tenant, due.ID, func(is *catalog.Alert) bool {
		mine = claim(is, now)
		a = *is
		return len(mine) > 0
	})
	if err != nil {
		return err
	}
	results := make([]error, len(mine))
	for i := range mine {
		results[i] = d.deliver(ctx, &a, &mine[i])
	}
	if ctx.Err() != nil {
		return ctx.Err() // the rest is sent when the lease is over
	}
	err = d.rooms.Kept.Alerts.Keep(ctx, a.Tenant, a.ID, func(is *catalog.Alert) bool {
		changed := false
		for i := range mine {
			changed = settle(is, &mine[i], results[i], d.now()) || changed
		}
		return changed
	})
	if errors.Is(err, catalog.ErrStale) {
		return err
	}
	for i := range mine {
		if err == nil && results[i] != nil {
			err = duty.Refused(fmt.Errorf("receiver %q: %w", mine[i].To, notice.Detail(results[i])))
		}
	}
	return err
}

// claim returns the notices that are due, of each receiver the oldest, and keeps others from
// sending them for a while.
func claim(a *catalog.Alert, now time.Time) (mine []catalog.AlertNotice) {
	outbox := slices.Clone(a.Outbox)
	seen := map[string]bool{}
	for i := range outbox {
		n := &outbox[i]
		if first := !seen[n.To]; first && !n.Due.After(now) {
			n.Due = catalog.Moment{Time: now.Add(lease)}
			n.Tries++
			mine = append(mine, *n)
		}
		seen[n.To] = true
	}
	a.Outbox = outbox
	return mine
}

// settle notes the outcome of an attempt, and reports whether it still matters.
func settle(a *catalog.Alert, n *catalog.AlertNotice, failed error, now time.Time) bool {
	i := slices.IndexFunc(a.Outbox, func(o catalog.AlertNotice) bool { return o.ID == n.ID && o.To == n.To })
	if i < 0 {
		return false // it was given up meanwhile: the alert was muted, or its rule is gone
	}
	if failed != nil && a.Outbox[i].Tries != n.Tries {
		return false // this attempt took longer than its lease: another one is under way, and says how it ends
	}
	outbox := slices.Clone(a.Outbox)
	moment := catalog.AlertMoment{At: catalog.Moment{Time: now}, What: momentSent, To: n.To, Notice: n.ID}
	switch {
	case failed == nil:
		a.Error = ""
	case !notice.Permanent(failed) && now.Sub(n.At.Time) < giveUp:
		a.Error = failed.Error()
		outbox[i].Due = catalog.Moment{Time: now.Add(pauseAfter(n.Tries))}
		a.Outbox = outbox
		return true
	default:
		a.Error = failed.Error()
		moment.What, moment.Note = momentFailed, failed.Error()
	}
	a.Unpost(func(o catalog.AlertNotice) bool { return o.ID == n.ID && o.To == n.To })
	a.Note(moment)
	return true
}

// pauseAfter is how long it waits after so many attempts.
func pauseAfter(tries int) time.Duration {
	return min(firstPause<<min(max(tries-1, 0), 10), lastPause)
}

// deliver sends a notice to its receiver.
func (d *Desk) deliver(ctx context.Context, a *catalog.Alert, n *catalog.AlertNotice) error {
	told := notice.Notice{
		ID: n.ID, Tenant: a.Tenant, Rule: a.Rule, Title: a.Title, Severity: a.Severity, State: n.State, Subject: subjectOf(a), Text: n.Text,
		Value: number(n.Value), At: n.At.Time, Since: n.Since.Time, Link: d.link(a.ID),
	}
	listAlerts(&told, n.Count, a.Listed(n.ID))
	return d.sendTo(ctx, a.Tenant, n.To, &told)
}

// sendTo sends a notice to a receiver.
func (d *Desk) sendTo(ctx context.Context, tenant, receiver string, n *notice.Notice) error {
	r, err := d.rooms.Kept.AlertReceivers.Get(ctx, tenant, receiver)
	if err != nil {
		return err
	}
	settings, err := d.rooms.Settings(&r)
	if err != nil {
		return err
	}
	sender, err := d.senders(r.Kind, settings)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendMost)
	defer cancel()
	return sender.Send(ctx, *n)
}

// Test sends a notice that says that it is a test to a receiver.
func (d *Desk) Test(ctx context.Context, tenant, receiver, id string) (took time.Duration, err error) {
	began := d.now()
	err = d.sendTo(ctx, tenant, receiver, &notice.Notice{
		ID: id, Tenant: tenant, Rule: "test", Title: "Test", Severity: "info", State: catalog.AlertFiring, Subject: "test",
		Text: "This is a test: nothing has happened.", Value: "0", At: began, Since: began,
	})
	return d.now().Sub(began), err
}
