package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"holdfast.dev/holdfast/api"
	"holdfast.dev/holdfast/internal/server/figures"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/relays"

	"github.com/prometheus/client_golang/prometheus"
)

// maxVisitors is how many addresses each of the two generations of the public
// limit stores: about 10 MB when both are full.
const maxVisitors = 32_768

// codesPerSecond is how many codes an address may try, with bursts of twice that: each of them is
// looked up in the database. A code has 43 bits.
const codesPerSecond = 5

// New returns a server over the rooms. It returns an error when the definition has a
// method without a scope or without a function: no method is served by default.
func New(rooms Rooms, opts ...Option) (*Server, error) {
	o := options{log: slog.New(slog.DiscardHandler), publicRate: 1000, deadline: 10 * time.Second, watchers: 20_000, watchersOfOne: 15_000, beat: beatEvery}
	for _, set := range opts {
		set(&o)
	}
	if o.registry == nil {
		o.registry = prometheus.NewRegistry()
	}
	contract, err := theContract()
	if err != nil {
		return nil, err
	}
	s := &Server{
		core: &kit.Core{
			Books: rooms.Books, Directory: rooms.Directory, Lists: rooms.Levels, Journal: rooms.Journal, Held: rooms.Reservations, Cases: rooms.Cases, Late: rooms.Late, Orders: rooms.Orders, Door: rooms.Door, Answers: rooms.Facts.Answers, Reasons: rooms.Facts.Reasons,
			Memory: o.memory, Replicas: o.replicas, Road: rooms.Redis, Histories: o.histories, Log: o.log,
		},
		keys: rooms.Keys, sessions: rooms.Sessions,
		services: contract.services,
		visitors: newVisitors(o.publicRate, maxVisitors), codes: newVisitors(codesPerSecond, maxVisitors),
		health: health{needs: rooms.Ready}, fenced: relays.NewFencedReports(),
		deadline: o.deadline, registry: o.registry, traffic: figures.NewTraffic(),
		paths: paths{proxies: o.proxies, prefix: o.pathPrefix}, audit: newAuditor(o.log),
		certificates: o.certificates, reload: o.reload,
	}
	s.stays = newStays(s)
	s.batches = &batchChapter{core: s.core}
	s.watches = &watchChapter{server: s, feed: rooms.Feed, tills: rooms.Tills, watching: newWatching(o.watchers, o.watchersOfOne, o.beat)}
	if o.traces != nil {
		s.tracer = &tracer{Tracer: o.traces.Tracer(scope)}
	}
	if err := CheckPathPrefix(o.pathPrefix); err != nil {
		return nil, err
	}
	if s.origins, err = newCORS(o.origins); err != nil {
		return nil, err
	}
	if s.methods, err = kit.Methods(s.services, functionsOf(chaptersOf(s, &rooms, &o))); err != nil {
		return nil, fmt.Errorf("join the services and their definition: %w", err)
	}
	if err := s.batches.learn(s.methods); err != nil {
		return nil, err
	}
	s.handler = &rest{server: s, router: contract.router, codec: contract.codec}
	s.plain = map[string]http.HandlerFunc{
		"/healthz":      s.health.alive,
		"/readyz":       s.health.readable,
		"/openapi.yaml": document,
	}
	s.files = newFiles(s, o.desk)
	s.signing = newSigning(s, o.signOn, o.publicRate)
	if s.console, err = newConsolePages(s, o.console); err != nil {
		return nil, err
	}
	if s.store, err = newStorePages(s, &o); err != nil {
		return nil, err
	}
	s.addDocuments(contract.site, o.version)
	if err := s.measure(o.registry); err != nil {
		return nil, err
	}
	return s, nil
}

// document serves the OpenAPI document.
func document(w http.ResponseWriter, r *http.Request) {
	if !reading(w, r) {
		return
	}
	w.Header()["Content-Type"] = []string{"application/yaml"}
	_, _ = w.Write(api.OpenAPI)
}
