package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	grpchealth "google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
)

// Listeners are where the server answers. A nil one is not served.
type Listeners struct{ HTTP, GRPC, Ops net.Listener }

// Bounds on connections. A client that is slower is cut off.
const (
	headerWait  = 5 * time.Second
	requestWait = 30 * time.Second
	answerWait  = 60 * time.Second
	idleWait    = 2 * time.Minute
	maxHeader   = 32 << 10
	maxMessage  = 32 << 20
	maxStreams  = 1024 // calls under way on one gRPC connection
	// Goroutines that take calls in turn and keep their grown stacks: they save a tenth of
	// the CPU of a call (docs/adr/0003). When all are busy, a call gets a goroutine of its
	// own.
	streamWorkers = 64
	pingAfter     = time.Minute
	pingWait      = 20 * time.Second
	pingsAtLeast  = 10 * time.Second
)

// stopWait is how long calls under way may take after the server starts to
// stop. The process has 10 s in all; the books need the rest.
const stopWait = 8 * time.Second

// Run serves until ctx ends. Then it is no longer ready, stops accepting, finishes
// the calls under way and returns nil. It returns the error of a listener that fails
// before.
func (s *Server) Run(ctx context.Context, l Listeners) error {
	status := s.healthStatus()
	g, shared := s.grpcServer(status, s.ownPort()...), s.grpcServer(status)
	public := s.httpServer(&sharedPort{rest: s.handler, grpc: shared})
	public.WriteTimeout = answerWait
	speaksBoth(public)
	ops := s.httpServer(s.ops())
	serveHTTP := public.Serve
	if s.certificates != nil {
		public.TLSConfig = s.certificates.Config()
		serveHTTP = func(ln net.Listener) error { return public.ServeTLS(ln, "", "") }
	}

	all, failed := errgroup.WithContext(ctx)
	if s.certificates != nil {
		all.Go(func() error { return s.certificates.Run(failed, s.reload) })
	}
	serve := func(name string, ln net.Listener, f func(net.Listener) error) {
		if ln == nil {
			return
		}
		all.Go(func() error {
			if err := f(ln); err != nil && !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, grpc.ErrServerStopped) {
				return fmt.Errorf("serve %s on %s: %w", name, ln.Addr(), err)
			}
			return nil
		})
	}
	serve("http", l.HTTP, serveHTTP)
	serve("ops", l.Ops, ops.Serve)
	serve("grpc", l.GRPC, g.Serve)
	all.Go(func() error { return s.files.run(failed) })
	all.Go(func() error { return s.traffic.Run(failed) })
	all.Go(func() error { return s.watchHealth(failed, status) })
	all.Go(func() error { return s.stays.run(failed) })
	all.Go(func() error {
		<-failed.Done()
		s.health.stopping.Store(true)
		s.watches.watching.stop()
		status.Shutdown()
		s.drain(public, ops, g)
		shared.Stop() // its calls have ended with those of the port
		return nil
	})
	return all.Wait()
}

// drain stops accepting, waits for the calls under way and cuts off those that do not end
// in time. The ops port closes last: an operator may want to see the reason.
func (s *Server) drain(public, ops *http.Server, g *grpc.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), stopWait)
	defer cancel()
	var both errgroup.Group
	both.Go(func() error {
		if err := public.Shutdown(ctx); err != nil {
			s.core.Log.Warn("calls were cut off", "transport", "rest", "err", err)
			return public.Close()
		}
		s.watches.watching.own.Wait() // their context has ended, and none of their writes takes longer than sendWait
		return nil
	})
	both.Go(func() error {
		done := make(chan struct{})
		go func() {
			g.GracefulStop()
			close(done)
		}()
		select {
		case <-done:
		case <-ctx.Done():
			s.core.Log.Warn("calls were cut off", "transport", "grpc")
			g.Stop()
			<-done
		}
		return nil
	})
	if err := errors.Join(both.Wait(), ops.Close()); err != nil {
		s.core.Log.Warn("closing connections", "err", err)
	}
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerWait,
		ReadTimeout:       requestWait,
		IdleTimeout:       idleWait,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.core.Log.Handler(), slog.LevelDebug),
	}
}

// ownPort are the options of the gRPC server with a port of its own. For the other one,
// net/http keeps the connections.
func (s *Server) ownPort() []grpc.ServerOption {
	with := []grpc.ServerOption{
		grpc.NumStreamWorkers(streamWorkers),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxHeaderListSize(maxHeader),
		grpc.ConnectionTimeout(headerWait),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingWait}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingsAtLeast, PermitWithoutStream: true}),
	}
	if s.certificates != nil {
		with = append(with, grpc.Creds(credentials.NewTLS(s.certificates.Config())))
	}
	return with
}

// healthStatus is the state of each service for gRPC's health service.
func (s *Server) healthStatus() *grpchealth.Server {
	status := grpchealth.NewServer()
	for _, service := range s.services {
		status.SetServingStatus(string(service.FullName()), grpc_health_v1.HealthCheckResponse_SERVING)
	}
	return status
}

// healthEvery is the time between two looks at what the node needs.
const healthEvery = time.Second

// watchHealth lets gRPC's health service, and the log, say whether the node is ready,
// until ctx ends.
func (s *Server) watchHealth(ctx context.Context, status *grpchealth.Server) error {
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	for was := ready; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		looks, cancel := context.WithTimeout(ctx, readyPatience)
		err := s.health.check(looks)
		cancel()
		is, serving := describeReady(err), grpc_health_v1.HealthCheckResponse_SERVING
		if ctx.Err() != nil || is == was {
			continue
		}
		if was = is; err != nil {
			serving = grpc_health_v1.HealthCheckResponse_NOT_SERVING
			s.core.Log.Warn("the node is not ready", "err", err)
		} else {
			s.core.Log.Info("the node is ready again")
		}
		status.SetServingStatus("", serving)
		for _, service := range s.services {
			status.SetServingStatus(string(service.FullName()), serving)
		}
	}
}

// grpcServer makes a gRPC server with reflection and health.
func (s *Server) grpcServer(status *grpchealth.Server, with ...grpc.ServerOption) *grpc.Server {
	g := grpc.NewServer(append(with, grpc.MaxRecvMsgSize(maxMessage))...)
	s.RegisterGRPC(g)
	grpc_health_v1.RegisterHealthServer(g, status)
	reflection.Register(g)
	return g
}

// ServeInside answers gRPC on a listener of this process until ctx ends, also while
// Run finishes outside calls. It cuts off calls that are under way then.
func (s *Server) ServeInside(ctx context.Context, ln net.Listener) error {
	g := s.grpcServer(s.healthStatus())
	end := context.AfterFunc(ctx, g.Stop)
	defer end()
	if err := g.Serve(ln); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("serve inside: %w", err)
	}
	return nil
}
