package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/relay"
	reach "holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/file"
	post "holdfast.dev/holdfast/relay/http"
	"holdfast.dev/holdfast/relay/kafka"
	"holdfast.dev/holdfast/relay/nats"
	"holdfast.dev/holdfast/relay/rabbitmq"
	"holdfast.dev/holdfast/relay/redis"
	"holdfast.dev/holdfast/relay/rocketmq"
	"holdfast.dev/holdfast/relay/search"
	"holdfast.dev/holdfast/relay/webhook"
)

// leavesConfig bounds what a relay may reach.
type leavesConfig struct {
	files   string
	allowed []string
}

func (c *leavesConfig) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.files, "sink-files", "", "folder that sinks of kind file write in (default: none does)")
	cmd.Flags().StringSliceVar(&c.allowed, "webhook-allow", nil, "private networks (CIDR) that sinks, sources and receivers of alerts may reach, also without TLS (default: none)")
}

// networks are the private networks in which receivers may be.
func (c *leavesConfig) networks() (reach.Allowed, error) {
	allowed, err := reach.Parse(c.allowed)
	if err != nil {
		return nil, fmt.Errorf("--webhook-allow: %w", err)
	}
	return allowed, nil
}

// receiverWait is how long a receiver may take for an answer.
const receiverWait = 15 * time.Second

// leaves are the leaves for the systems that sinks may name, and the inlets for the brokers that
// sources may name.
func (c *leavesConfig) leaves() (relay.Leaves, relay.Inlets, error) {
	allowed, err := c.networks()
	if err != nil {
		return nil, nil, err
	}
	if c.files != "" {
		info, err := os.Stat(c.files)
		if err == nil && !info.IsDir() {
			err = errors.New("it is not a folder")
		}
		if err != nil {
			return nil, nil, fmt.Errorf("--sink-files %s: %w", c.files, err)
		}
	}
	client := allowed.Client(receiverWait, nil)
	leaves := relay.Leaves{
		"file": file.Kind(c.files), "http": post.Kind(client), "webhook": webhook.Kind(client),
		"kafka": kafka.Kind(allowed), "nats": nats.Kind(allowed), "redis": redis.Kind(allowed),
		"rabbitmq": rabbitmq.Kind(allowed), "rocketmq": rocketmq.Kind(allowed),
		"search": search.Kind(client),
	}
	inlets := relay.Inlets{
		"kafka": kafka.Inlets(allowed), "nats": nats.Inlets(allowed), "rabbitmq": rabbitmq.Inlets(allowed),
		"rocketmq": rocketmq.Inlets(allowed),
	}
	return leaves, inlets, nil
}
