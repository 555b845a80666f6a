package peer

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/engine"
)

// Group is what the floor stores at once: the rows of one commit of Holdfast.
type Group = engine.Group

// Floor stores groups as multi-row inserts, one round trip and one transaction each, over one
// connection: the same bytes as Holdfast, but without decisions, heads, and look-ups of
// keys.
type Floor struct{ c conn }

// OpenFloor empties the floor's tables.
func (s *Server) OpenFloor(ctx context.Context) (*Floor, error) {
	if err := s.d.clear(ctx); err != nil {
		return nil, fmt.Errorf("make fresh tables: %w", err)
	}
	conns, err := s.connect(ctx, 1)
	if err != nil {
		return nil, err
	}
	return &Floor{c: conns[0]}, nil
}

// Write stores one group.
func (f *Floor) Write(ctx context.Context, g *Group) error { return f.c.write(ctx, g) }
