package redis

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/relay"
)

// Look asks the server for its version, and how it stores data.
func (l *leaf) Look(ctx context.Context) (relay.Sight, error) {
	var s relay.Sight
	client, err := l.connect()
	if err != nil {
		return s, err
	}
	info, err := client.Do(ctx, client.B().Info().Section("server").Build()).ToString()
	if err != nil {
		return s, fmt.Errorf("ask for its version: %w", err)
	}
	for line := range strings.Lines(info) {
		if version, is := strings.CutPrefix(line, "redis_version:"); is {
			s.Version = "Redis " + strings.TrimSpace(version)
		}
	}
	if now, err := client.Do(ctx, client.B().Time().Build()).AsIntSlice(); err == nil && len(now) == 2 {
		s.Clock = time.Unix(now[0], now[1]*int64(time.Microsecond))
	}
	// A user that may not read settings gets no warning about them.
	settings, err := client.Do(ctx, client.B().ConfigGet().Parameter("appendonly", "appendfsync", "maxmemory-policy").Build()).AsStrMap()
	if _, refused := rueidis.IsRedisErr(err); err != nil && !refused {
		return s, err
	}
	switch {
	case settings == nil:
	case settings["appendonly"] == "no":
		s.Unsafe = append(s.Unsafe, "appendonly is no: what came since the last snapshot is gone when the server ends")
	case settings["appendfsync"] != "always":
		s.Unsafe = append(s.Unsafe, "appendfsync is "+settings["appendfsync"]+": a power cut takes the last moments")
	}
	if policy := settings["maxmemory-policy"]; strings.HasPrefix(policy, "allkeys") {
		s.Unsafe = append(s.Unsafe, "maxmemory-policy is "+policy+": a full server throws the stream away")
	}
	return s, nil
}
