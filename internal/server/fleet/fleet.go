// Package fleet shows the servers and databases of the installation.
package fleet

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Fleet describes the servers and databases of the installation.
type Fleet interface {
	// Self is the node id of this server.
	Self() string
	// Nodes are all servers, by id.
	Nodes(ctx context.Context) ([]Node, error)
	// Slots are all slots, by number.
	Slots(ctx context.Context) ([]Slot, error)
	// Moves are the buckets that are being moved, by number.
	Moves(ctx context.Context) ([]catalog.Move, error)
	// Replicas are those that this server reads.
	Replicas() []view.ReplicaState
	// Tenants returns at most that many tenants with ids after the id, by id.
	Tenants(ctx context.Context, after string, limit int) ([]catalog.ListedTenant, error)
	// Check examines this server and its books.
	Check(ctx context.Context) ([]Finding, error)
}

// Node is a server of the installation.
type Node struct {
	catalog.Node
	Serving bool     // it reported itself a moment ago
	Home    []uint16 // the slots that it is home of
}

// Slot is a slot and what it has.
type Slot struct {
	catalog.SlotPlace
	Kind    string         // of its database
	Home    string         // the node that is its home, "": none is
	Head    *engine.Seq    // nil: its database does not answer
	Buckets []stock.Bucket // in order
}

// Chapter shows the servers and databases of the installation.
type Chapter struct {
	core  *kit.Core
	fleet Fleet // nil: that is not known
	// ready says in words whether this server takes calls.
	ready func(ctx context.Context) (said string, ok bool)
}

// New returns the chapter.
func New(core *kit.Core, fleet Fleet, ready func(ctx context.Context) (said string, ok bool)) *Chapter {
	return &Chapter{core, fleet, ready}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListNodes":    kit.Unary(installed(s, s.listNodes)),
		"ListSlots":    kit.Unary(installed(s, s.listSlots)),
		"ListReplicas": kit.Unary(installed(s, s.listReplicas)),
		"ListTenants":  kit.Unary(installed(s, s.listTenants)),
		"ListFindings": kit.Unary(installed(s, s.listFindings)),
	}
}

// OfInstallation are the operations about what all tenants share.
var OfInstallation = []string{"ListNodes", "ListSlots", "ListReplicas", "ListTenants", "ListFindings"}

// installed carries out a call where the fleet is known.
func installed[Q, R any](s *Chapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		if s.fleet == nil {
			var none R
			return none, kit.Unavailable("this server does not know what the installation runs on", nil)
		}
		return f(ctx, c, q)
	}
}

func (s *Chapter) listNodes(ctx context.Context, _ *kit.Call, _ *holdfastv1.ListNodesRequest) (*holdfastv1.ListNodesResponse, error) {
	all, err := s.fleet.Nodes(ctx)
	if err != nil {
		return nil, err
	}
	self := s.fleet.Self()
	return &holdfastv1.ListNodesResponse{Items: kit.Each(all, func(n Node) *holdfastv1.Node { return renderNode(&n, self) })}, nil
}

func renderNode(n *Node, self string) *holdfastv1.Node {
	m := &holdfastv1.Node{
		NodeId: n.ID, Address: n.Address, Host: n.Facts.Host, Version: n.Facts.Version,
		StartedAt: timestamppb.New(n.Started), SeenAt: timestamppb.New(n.Seen), State: "silent", Answers: n.ID == self,
		Slots: kit.Each(n.Home, func(slot uint16) int32 { return int32(slot) }), CertificateExpiresAt: kit.OptionalTime(n.Facts.CertificateEnds),
	}
	if n.Serving {
		m.State = "serving"
	}
	if n.Facts.DiskAll > 0 {
		m.DiskFreeBytes, m.DiskBytes = &n.Facts.DiskFree, &n.Facts.DiskAll
	}
	return m
}

func (s *Chapter) listSlots(ctx context.Context, _ *kit.Call, _ *holdfastv1.ListSlotsRequest) (*holdfastv1.ListSlotsResponse, error) {
	slots, err := s.fleet.Slots(ctx)
	if err != nil {
		return nil, err
	}
	moves, err := s.fleet.Moves(ctx)
	if err != nil {
		return nil, err
	}
	return &holdfastv1.ListSlotsResponse{Items: kit.Each(slots, renderSlot), Moves: kit.Each(moves, renderBucketMove)}, nil
}

func renderSlot(s Slot) *holdfastv1.Slot {
	m := &holdfastv1.Slot{
		Slot: int32(s.Number), Kind: s.Kind, Database: s.Database, Set: int32(s.Set), HomeNodeId: s.Home,
		BucketCount: int32(len(s.Buckets)), Buckets: rangesOf(s.Buckets),
	}
	if s.Head != nil {
		m.HeadSeq = new(int64(*s.Head))
	}
	return m
}

// rangesOf joins buckets with consecutive numbers.
func rangesOf(buckets []stock.Bucket) (all []*holdfastv1.BucketRange) {
	for _, b := range buckets {
		if n := len(all); n > 0 && all[n-1].Last+1 == int32(b) {
			all[n-1].Last++
			continue
		}
		all = append(all, &holdfastv1.BucketRange{First: int32(b), Last: int32(b)})
	}
	return all
}

func renderBucketMove(m catalog.Move) *holdfastv1.BucketMove {
	return &holdfastv1.BucketMove{
		Bucket: int32(m.Bucket), FromSlot: int32(m.From), ToSlot: int32(m.To), Step: m.Step,
		StartedAt: timestamppb.New(m.Started), UpdatedAt: timestamppb.New(m.At),
	}
}

func (s *Chapter) listTenants(ctx context.Context, _ *kit.Call, r *holdfastv1.ListTenantsRequest) (*holdfastv1.ListTenantsResponse, error) {
	const list = "tenants"
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	page, err := s.fleet.Tenants(ctx, after, size+1)
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListTenantsResponse{}
	if len(page) > size {
		page = page[:size]
		out.NextPageToken = new(kit.PageToken(list, page[size-1].ID))
	}
	out.Items = kit.Each(page, func(t catalog.ListedTenant) *holdfastv1.Tenant {
		return &holdfastv1.Tenant{TenantId: t.ID, CreatedAt: timestamppb.New(t.Created), ValidKeys: int32(t.ValidKeys)}
	})
	return out, nil
}
