package dbtest

import (
	"context"
	"testing"
)

// Replica starts a second server that follows s by streaming (PostgreSQL) or by
// the binary log (MariaDB), and returns when it has caught up. It ends with the
// test, too.
func (s *Server) Replica(tb testing.TB) *Server {
	tb.Helper()
	replica, err := start(s.product, s.settings, func(replica *Server) error {
		replica.primary = s
		return s.product.replicate(replica)
	})
	if err != nil {
		tb.Fatal(err)
	}
	replica.endWith(tb)
	if err := s.product.follow(replica); err != nil {
		tb.Fatal(err)
	}
	replica.CatchUp()
	return replica
}

// CatchUp returns when the replica has applied all its primary had committed
// when it was called.
func (s *Server) CatchUp() {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	position, err := s.product.position(ctx, s.primary)
	s.must(err)
	s.must(poll("catch up with the primary", func() (bool, error) {
		return s.product.reached(ctx, s, position)
	}))
}

// PauseReplay keeps the replica where it is: it still receives, and answers
// from what it has.
func (s *Server) PauseReplay() { s.replay(false) }

// ResumeReplay ends PauseReplay.
func (s *Server) ResumeReplay() { s.replay(true) }

func (s *Server) replay(on bool) {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.must(s.product.replay(ctx, s, on))
}
