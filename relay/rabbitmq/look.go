package rabbitmq

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/relay"
)

// Look asks the broker for its version.
func (l *leaf) Look(ctx context.Context) (relay.Sight, error) {
	to, err := l.connect(ctx)
	if err != nil {
		return relay.Sight{}, err
	}
	return relay.Sight{Version: fmt.Sprint("RabbitMQ ", to.conn.Properties["version"])}, nil
}
