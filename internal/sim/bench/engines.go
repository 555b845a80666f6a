package bench

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/sim/bench/peer"
)

// slotsOn keeps the slots of a run in the scratch database of the server.
func slotsOn(s *peer.Server) func(context.Context, int) (engine.Engine, error) {
	return func(ctx context.Context, n int) (engine.Engine, error) {
		u, err := url.Parse(s.DSN())
		if err != nil {
			return nil, err
		}
		query := u.Query()
		query.Set("set", strconv.Itoa(n))
		u.RawQuery = query.Encode()
		switch s.Engine() {
		case "postgres":
			return postgres.Open(ctx, u.String())
		case "mysql":
			return mysql.Open(ctx, u.String())
		}
		return nil, fmt.Errorf("no engine for %s", s.Engine())
	}
}
