package kafka

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"holdfast.dev/holdfast/relay"
)

// Look asks the brokers for their version, and for the settings of the topic.
func (l *leaf) Look(ctx context.Context) (relay.Sight, error) {
	var s relay.Sight
	client, err := l.connect(ctx)
	if err != nil {
		return s, err
	}
	versions, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, client)
	if err != nil {
		return s, fmt.Errorf("ask for its version: %w", err)
	}
	s.Version = "Kafka " + kversion.FromApiVersionsResponse(versions).VersionGuess()
	replicas, err := l.replicas(ctx, client)
	if err != nil {
		return s, err
	}
	if replicas < 3 {
		s.Unsafe = append(s.Unsafe, fmt.Sprintf("topic %s has fewer than 3 replicas: what is on one disk is lost with it, and a power cut takes the last moments", l.topic))
	}
	// A user that may not read settings gets no warning about them.
	settings, err := l.settings(ctx, client, "min.insync.replicas", "unclean.leader.election.enable")
	if err != nil {
		return s, err
	}
	if n, err := strconv.Atoi(settings["min.insync.replicas"]); err == nil && n < 2 && replicas > 1 {
		s.Unsafe = append(s.Unsafe, "min.insync.replicas is 1: one broker alone acknowledges")
	}
	if settings["unclean.leader.election.enable"] == "true" {
		s.Unsafe = append(s.Unsafe, "unclean.leader.election.enable is true: a replica that is behind may become the leader")
	}
	return s, nil
}

// replicas is the smallest number of replicas of a partition of the topic.
func (l *leaf) replicas(ctx context.Context, client *kgo.Client) (int, error) {
	ask := kmsg.NewMetadataRequest()
	topic := kmsg.NewMetadataRequestTopic()
	topic.Topic = kmsg.StringPtr(l.topic)
	ask.Topics = append(ask.Topics, topic)
	found, err := ask.RequestWith(ctx, client)
	if err != nil {
		return 0, err
	}
	least := -1
	for i := range found.Topics {
		if err := kerr.ErrorForCode(found.Topics[i].ErrorCode); err != nil {
			return 0, err
		}
		for j := range found.Topics[i].Partitions {
			if n := len(found.Topics[i].Partitions[j].Replicas); least < 0 || n < least {
				least = n
			}
		}
	}
	return least, nil
}

// settings are those of the topic, none when reading them is not allowed.
func (l *leaf) settings(ctx context.Context, client *kgo.Client, names ...string) (map[string]string, error) {
	ask := kmsg.NewDescribeConfigsRequest()
	of := kmsg.NewDescribeConfigsRequestResource()
	of.ResourceType, of.ResourceName, of.ConfigNames = kmsg.ConfigResourceTypeTopic, l.topic, names
	ask.Resources = append(ask.Resources, of)
	found, err := ask.RequestWith(ctx, client)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for i := range found.Resources {
		for j := range found.Resources[i].Configs {
			if c := &found.Resources[i].Configs[j]; c.Value != nil {
				all[c.Name] = *c.Value
			}
		}
	}
	return all, nil
}
