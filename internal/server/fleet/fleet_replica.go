package fleet

import (
	"cmp"
	"context"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/server/kit"
)

func (s *Chapter) listReplicas(ctx context.Context, _ *kit.Call, _ *holdfastv1.ListReplicasRequest) (*holdfastv1.ListReplicasResponse, error) {
	nodes, err := s.fleet.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListReplicasResponse{}
	self, heads := s.fleet.Self(), map[string]map[uint16]engine.Seq{}
	for _, r := range s.fleet.Replicas() {
		heads[r.Name] = r.Heads
	}
	for i := range nodes {
		if !nodes[i].Serving {
			continue
		}
		for _, r := range nodes[i].Facts.Replicas {
			shown := renderReplica(nodes[i].ID, &r)
			if nodes[i].ID == self {
				shown.Positions = positionsOf(heads[r.Name])
			}
			out.Items = append(out.Items, shown)
		}
	}
	slices.SortFunc(out.Items, func(a, b *holdfastv1.Replica) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.NodeId, b.NodeId))
	})
	return out, nil
}

func renderReplica(node string, r *catalog.ReplicaFacts) *holdfastv1.Replica {
	m := &holdfastv1.Replica{Name: r.Name, NodeId: node, State: "serving", Reason: r.Reason}
	if r.Reason != "" {
		m.State = "left_out"
	}
	if r.Records >= 0 {
		m.LagRecords = &r.Records
	}
	if r.Behind >= 0 {
		m.LagSeconds = new(time.Duration(r.Behind).Seconds())
	}
	return m
}

func positionsOf(heads map[uint16]engine.Seq) (all []*holdfastv1.ReplicaPosition) {
	for slot, head := range heads {
		all = append(all, &holdfastv1.ReplicaPosition{Slot: int32(slot), HeadSeq: int64(head)})
	}
	slices.SortFunc(all, func(a, b *holdfastv1.ReplicaPosition) int { return cmp.Compare(a.Slot, b.Slot) })
	return all
}
