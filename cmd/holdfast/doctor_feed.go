package main

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/outside"
	"holdfast.dev/holdfast/relay"
	reach "holdfast.dev/holdfast/relay/dial"
)

const (
	// systemAskFor is how long the system behind a sink or a source may take.
	systemAskFor = 5 * time.Second
	// untendedFor is how long a sink or a source may be without a relay: another takes it over in 3 s.
	untendedFor = 10 * time.Second
)

// fed is a sink or a source for the doctor.
type fed struct {
	known  []finding // what the books say of it
	kind   string
	target relay.Target
	sealed error // why its secret cannot be read
	idle   bool  // it is paused: the system behind it is not asked
}

// sinks checks each sink, and asks the system that it delivers to.
func (d *doctor) sinks(ctx context.Context) []finding {
	return d.feed(ctx, func(sealer *outside.Sealer) (all []fed) {
		for i := range d.catalog.Sinks {
			s := &d.catalog.Sinks[i]
			secrets, err := sealer.Secrets(&s.Sink)
			all = append(all, fed{
				known: d.sink(s), kind: s.Kind, sealed: err, idle: s.State() == catalog.SinkPaused,
				target: relay.Target{Tenant: s.Tenant, Sink: s.Name, URL: s.Target, Topic: s.Topic, Format: s.Format, Secrets: secrets, Epoch: s.Epoch},
			})
		}
		return all
	})
}

// sources checks each source, and asks the broker that it consumes from.
func (d *doctor) sources(ctx context.Context) []finding {
	return d.feed(ctx, func(sealer *outside.Sealer) (all []fed) {
		for i := range d.catalog.Sources {
			s := &d.catalog.Sources[i]
			secret, err := sealer.SourceSecret(&s.Source)
			f := fed{
				known: d.source(s), kind: s.Kind, sealed: err, idle: s.Paused,
				target: relay.Target{Tenant: s.Tenant, Sink: s.Name, URL: s.Target, Topic: s.Topic, Epoch: s.Epoch},
			}
			if secret != "" {
				f.target.Secrets = []string{secret}
			}
			all = append(all, f)
		}
		return all
	})
}

// feed asks the systems behind sinks or sources, all at the same time.
func (d *doctor) feed(ctx context.Context, read func(*outside.Sealer) []fed) (flat []finding) {
	if d.catErr != nil {
		return nil
	}
	sealer, err := sealerOf(d.environ)
	if err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	leaves, _, err := d.leaves.leaves()
	if err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	all := read(sealer)
	var asked sync.WaitGroup
	for i := range all {
		if f := &all[i]; !f.idle {
			asked.Go(func() { f.known = append(f.known, d.askSystem(ctx, f, leaves)...) })
		}
	}
	asked.Wait()
	for i := range all {
		for _, f := range all[i].known {
			f.Found = fmt.Sprintf("%s of tenant %s: %s", all[i].target.Sink, all[i].target.Tenant, f.Found)
			flat = append(flat, f)
		}
	}
	return flat
}

// sink checks a sink from the books.
func (d *doctor) sink(s *catalog.ExaminedSink) (all []finding) {
	switch s.State() {
	case catalog.SinkPaused:
		return []finding{found(good, "it is paused").remedy("holdfast sinks resume %s delivers again", s.Name)}
	case catalog.SinkDisabled:
		all = append(all, found(wrong, "it is disabled: %s", s.Disabled).remedy("mend the receiver, then holdfast sinks resume %s", s.Name))
	case catalog.SinkFailing:
		all = append(all, found(wrong, "it has failed since %s: %s", s.FailingSince.UTC().Format(time.RFC3339), s.LastError).remedy("nothing is lost: it is tried again for ever"))
	default:
		if d.untended(s.Lease) {
			all = append(all, found(warning, "no relay delivers it").remedy("let a server run without --relay=off, or holdfast relay"))
		}
	}
	if s.Parked > 0 {
		all = append(all, found(warning, "%d events are parked", s.Parked).remedy("holdfast sinks parked %s says why; requeue or discard them", s.Name))
	}
	return all
}

// source checks a source from the books.
func (d *doctor) source(s *catalog.ExaminedSource) (all []finding) {
	switch s.State() {
	case catalog.SinkPaused:
		return []finding{found(good, "it is paused").remedy("holdfast sources resume %s consumes again", s.Name)}
	case catalog.SinkFailing:
		all = append(all, found(wrong, "it has failed since %s: %s", s.FailingSince.UTC().Format(time.RFC3339), s.LastError).remedy("nothing is lost: it is tried again for ever"))
	default:
		if d.untended(s.Lease) {
			all = append(all, found(warning, "no relay consumes it").remedy("let a server run without --relay=off, or holdfast relay with a key of the scopes relay and internal"))
		}
	}
	if s.Parked > 0 {
		all = append(all, found(warning, "%d messages are parked", s.Parked).remedy("holdfast sources parked %s says why; requeue or discard them", s.Name))
	}
	return all
}

// untended reports whether no relay has a sink or a source.
func (d *doctor) untended(lease catalog.Moment) bool {
	return lease.IsZero() || d.now.Sub(lease.Time) > untendedFor
}

// askSystem asks the system behind a sink or a source.
func (d *doctor) askSystem(ctx context.Context, f *fed, leaves relay.Leaves) []finding {
	ctx, cancel := context.WithTimeout(ctx, systemAskFor)
	defer cancel()
	if f.sealed != nil {
		return []finding{found(unknown, "its secret cannot be read").remedy("give the doctor the %s of the servers", secretKeyEnv)}
	}
	kind, ok := leaves[f.kind]
	if !ok {
		return []finding{found(wrong, "there is no way to systems of kind %s", f.kind)}
	}
	leaf, err := kind.Open(ctx, f.target)
	if err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	defer leaf.Close()
	asks, ok := leaf.(relay.Looker)
	if !ok {
		return d.reached(ctx, f.target.URL)
	}
	began := time.Now()
	sight, err := asks.Look(ctx)
	if err != nil {
		return []finding{found(wrong, "%s does not answer: %v", f.target.URL, reach.Detail(err)).remedy("is it up, and may this machine reach it? A private address needs --webhook-allow")}
	}
	took := time.Since(began)
	all := []finding{found(good, "%s at %s", sight.Version, f.target.URL)}
	for _, why := range sight.Unsafe {
		all = append(all, found(warning, "%s", why))
	}
	if skew := time.Since(sight.Clock); !sight.Clock.IsZero() && (skew > skewToWorry+took || skew < -skewToWorry) {
		all = append(all, found(warning, "its clock and this one are %s apart", skew.Abs().Round(time.Second)).remedy("let NTP keep both"))
	}
	return all
}

// reached only connects to a system that it cannot question. A file has no address.
func (d *doctor) reached(ctx context.Context, target string) []finding {
	at, err := url.Parse(target)
	if err != nil || at.Host == "" {
		return nil
	}
	host := at.Host
	if at.Port() == "" {
		host = net.JoinHostPort(strings.Trim(host, "[]"), portOf(at.Scheme))
	}
	allowed, err := reach.Parse(d.leaves.allowed)
	if err != nil {
		return []finding{found(wrong, "--webhook-allow: %v", err)}
	}
	c, err := allowed.Dialer(at.Scheme == "http" || at.Scheme == "rocketmq").DialContext(ctx, "tcp", host)
	if err != nil {
		return []finding{found(wrong, "%s cannot be reached: %v", host, reach.Detail(err))}
	}
	c.Close() //nolint:errcheck // nothing was sent
	return []finding{found(good, "%s can be reached", host)}
}

// portOf is the port of a scheme when the address names none.
func portOf(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return "8081" // of a proxy of RocketMQ
}
