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
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/relay"
	reach "holdfast.dev/holdfast/relay/dial"
)

const (
	// sinkAskFor is how long a system that a sink names may take.
	sinkAskFor = 5 * time.Second
	// untendedFor is how long nobody may have a sink: a relay takes it over in 3 s.
	untendedFor = 10 * time.Second
)

// sinks says how each sink is, and asks the system that it delivers to.
func (d *doctor) sinks(ctx context.Context) []finding {
	if d.catErr != nil || len(d.catalog.Sinks) == 0 {
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
	all := make([][]finding, len(d.catalog.Sinks))
	var asked sync.WaitGroup
	for i := range d.catalog.Sinks {
		s := &d.catalog.Sinks[i]
		all[i] = d.sink(s, d.catalog.Parked[i])
		if s.State() == catalog.SinkPaused {
			continue
		}
		asked.Go(func() { all[i] = append(all[i], d.askSink(ctx, s, sealer, leaves)...) })
	}
	asked.Wait()
	var flat []finding
	for i := range all {
		name := fmt.Sprintf("%s of tenant %s", d.catalog.Sinks[i].Name, d.catalog.Sinks[i].Tenant)
		for _, f := range all[i] {
			f.Found = name + ": " + f.Found
			flat = append(flat, f)
		}
	}
	return flat
}

// sink is what the books know of a sink.
func (d *doctor) sink(s *catalog.Sink, parked int64) (all []finding) {
	switch s.State() {
	case catalog.SinkPaused:
		return []finding{found(good, "it is paused").remedy("holdfast sinks resume %s delivers again", s.Name)}
	case catalog.SinkDisabled:
		all = append(all, found(wrong, "it is disabled: %s", s.Disabled).remedy("mend the receiver, then holdfast sinks resume %s", s.Name))
	case catalog.SinkFailing:
		all = append(all, found(wrong, "it has failed since %s: %s", s.FailingSince.UTC().Format(time.RFC3339), s.LastError).remedy("nothing is lost: it is tried again for ever"))
	default:
		if s.Lease.IsZero() || d.now.Sub(s.Lease.Time) > untendedFor {
			all = append(all, found(warning, "no relay delivers it").remedy("let a server run without --relay=off, or holdfast relay"))
		}
	}
	if parked > 0 {
		all = append(all, found(warning, "%d events are parked", parked).remedy("holdfast sinks parked %s says why; requeue or discard them", s.Name))
	}
	return all
}

// askSink asks the system that a sink delivers to.
func (d *doctor) askSink(ctx context.Context, s *catalog.Sink, sealer *server.Sealer, leaves relay.Leaves) []finding {
	ctx, cancel := context.WithTimeout(ctx, sinkAskFor)
	defer cancel()
	secrets, err := sealer.Secrets(s)
	if err != nil {
		return []finding{found(unknown, "its secret cannot be read").remedy("give the doctor the %s of the servers", secretKeyEnv)}
	}
	kind, ok := leaves[s.Kind]
	if !ok {
		return []finding{found(wrong, "there is no way to sinks of kind %s", s.Kind)}
	}
	leaf, err := kind.Open(ctx, relay.Target{Tenant: s.Tenant, Sink: s.Name, URL: s.Target, Topic: s.Topic, Format: s.Format, Secrets: secrets, Epoch: s.Epoch})
	if err != nil {
		return []finding{found(wrong, "%v", err)}
	}
	defer leaf.Close()
	asks, ok := leaf.(relay.Looker)
	if !ok {
		return d.reached(ctx, s)
	}
	began := time.Now()
	sight, err := asks.Look(ctx)
	if err != nil {
		return []finding{found(wrong, "%s does not answer: %v", s.Target, err).remedy("is it up, and may this machine reach it? A private address needs --webhook-allow")}
	}
	took := time.Since(began)
	all := []finding{found(good, "%s at %s", sight.Version, s.Target)}
	for _, why := range sight.Unsafe {
		all = append(all, found(warning, "%s", why))
	}
	if skew := time.Since(sight.Clock); !sight.Clock.IsZero() && (skew > skewToWorry+took || skew < -skewToWorry) {
		all = append(all, found(warning, "its clock and this one are %s apart", skew.Abs().Round(time.Second)).remedy("let NTP keep both"))
	}
	return all
}

// reached connects to a receiver that cannot be asked. A file has no address.
func (d *doctor) reached(ctx context.Context, s *catalog.Sink) []finding {
	at, err := url.Parse(s.Target)
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
		return []finding{found(wrong, "%s cannot be reached: %v", host, err)}
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
