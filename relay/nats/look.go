package nats

import (
	"context"

	"holdfast.dev/holdfast/relay"
)

// Look asks the server for its version, and for the settings of its stream.
func (l *leaf) Look(ctx context.Context) (relay.Sight, error) {
	js, err := l.connect(ctx)
	if err != nil {
		return relay.Sight{}, err
	}
	s := relay.Sight{Version: "NATS " + l.conn.ConnectedServerVersion()}
	name, err := js.StreamNameBySubject(ctx, l.subject)
	if err != nil {
		return s, err
	}
	stream, err := js.Stream(ctx, name)
	if err != nil {
		return s, err
	}
	switch c := stream.CachedInfo().Config; {
	case c.Storage.String() != "File":
		s.Unsafe = append(s.Unsafe, "stream "+name+" is in memory: it is gone when the server ends")
	case c.Replicas < 3:
		s.Unsafe = append(s.Unsafe, "stream "+name+" has fewer than 3 replicas: it is gone with a disk, and a power cut takes the last moments unless sync_interval is always")
	}
	return s, nil
}
