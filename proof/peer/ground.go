package peer

import (
	"context"
	"fmt"
	"time"
)

// Ground describes the server of a comparison.
type Ground struct {
	// Says names the server, its settings and the time of a small commit.
	Says string
	// Room is how many more connections the server takes.
	Room int
	// KnowsCPU reports that the server's processes are on this machine.
	KnowsCPU bool
}

// Examine refuses a server on which a comparison would prove nothing: one whose sides
// would run with different settings, or one that commits faster than its fsync allows.
// fsyncDelay is the delay that its fsync is declared to have.
func (s *Server) Examine(ctx context.Context, fsyncDelay time.Duration) (Ground, error) {
	ours, theirs, err := s.Settings(ctx)
	if err != nil {
		return Ground{}, err
	}
	// Holdfast connects as any user would; it refuses unsafe settings by itself.
	if differ := Differ(ours, theirs); differ != "" {
		return Ground{}, fmt.Errorf("%s: the two sides differ in %s", s.Engine(), differ)
	}
	commit, err := s.CommitTime(ctx)
	if err != nil {
		return Ground{}, err
	}
	if commit < fsyncDelay {
		return Ground{}, fmt.Errorf("%s commits in %v, so its fsync is not delayed by %v: start it with the shim preloaded", s.Engine(), commit, fsyncDelay)
	}
	var g Ground
	if g.Room, err = s.Room(ctx); err != nil {
		return Ground{}, err
	}
	g.Says = fmt.Sprintf("%s; %s; a small commit takes %v", s.Version(), Describe(theirs), commit.Round(10*time.Microsecond))
	if fsyncDelay > 0 {
		g.Says += fmt.Sprintf(", with %v added to every fsync", fsyncDelay)
	}
	_, g.KnowsCPU = s.CPU()
	return g, nil
}
