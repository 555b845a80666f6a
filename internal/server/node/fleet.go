package node

import (
	"context"
	"hash/fnv"
	"log/slog"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// Registry is the table of nodes in the main database. Nodes of a catalog.Catalog is
// one.
type Registry interface {
	// Beat records that the node is alive.
	Beat(ctx context.Context, n catalog.Node) error
	// Nodes lists the nodes that were seen within that time.
	Nodes(ctx context.Context, within time.Duration) ([]catalog.Node, error)
	// Leave records that the node has ended.
	Leave(ctx context.Context, id string) error
}

const (
	// beatEvery is how often a node sends a heartbeat and reads those of the others.
	beatEvery = 500 * time.Millisecond
	// aliveFor is how long it counts as alive after a heartbeat.
	aliveFor = 2 * time.Second
	// beatWait bounds one access to the table.
	beatWait = 2 * time.Second
	// leaveWait bounds the last report.
	leaveWait = time.Second
	// troubleEvery is how often an unreachable table is logged.
	troubleEvery = 30 * time.Second
)

// Fleet is what a node knows of the others. It is safe for concurrent use.
type Fleet struct {
	registry Registry
	self     catalog.Node
	facts    func() catalog.NodeFacts // nil: it tells nothing of itself
	log      *slog.Logger
	members  atomic.Pointer[[]member]
	left     atomic.Bool
}

// member is a node and the number for its id in the hash.
type member struct {
	catalog.Node
	hash uint64
}

// NewFleet returns the fleet as the node self knows it: without others, until Run has read the table.
func NewFleet(registry Registry, self catalog.Node, facts func() catalog.NodeFacts, log *slog.Logger) *Fleet {
	f := &Fleet{registry: registry, self: self, facts: facts, log: log}
	f.members.Store(&[]member{})
	return f
}

// Run sends heartbeats and reads those of the others, until ctx ends; then it reports that the node
// is gone. It calls changed with every new list of nodes.
func (f *Fleet) Run(ctx context.Context, changed func([]catalog.Node)) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	var complained time.Time
	for {
		if err := f.beat(ctx, changed); err != nil && ctx.Err() == nil && time.Since(complained) > troubleEvery {
			f.log.WarnContext(ctx, "node table not reached, using the nodes known so far", "err", err)
			complained = time.Now()
		}
		select {
		case <-ctx.Done():
			f.leave(ctx)
			return nil
		case <-tick.C:
		}
	}
}

// beat sends a heartbeat and takes over the other nodes. An unreachable table changes nothing: the
// nodes may well reach each other.
func (f *Fleet) beat(ctx context.Context, changed func([]catalog.Node)) error {
	ctx, cancel := context.WithTimeout(ctx, beatWait)
	defer cancel()
	self := f.self
	if f.facts != nil {
		self.Facts = f.facts()
	}
	if err := f.registry.Beat(ctx, self); err != nil {
		return err
	}
	nodes, err := f.registry.Nodes(ctx, aliveFor)
	if err != nil {
		return err
	}
	if f.take(nodes) {
		changed(nodes)
	}
	return nil
}

// take stores the nodes and reports whether they differ from the earlier ones.
func (f *Fleet) take(nodes []catalog.Node) (changed bool) {
	before := *f.members.Load()
	members := make([]member, len(nodes))
	changed = len(members) != len(before)
	for i, n := range nodes {
		members[i] = member{n, hashOf(n.ID)}
		changed = changed || n.ID != before[i].ID || n.Address != before[i].Address || !n.Started.Equal(before[i].Started)
	}
	f.members.Store(&members)
	return changed
}

// leave reports that the node is gone, so that the others need not detect it.
func (f *Fleet) leave(ctx context.Context) {
	f.left.Store(true)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWait)
	defer cancel()
	if err := f.registry.Leave(ctx, f.self.ID); err != nil {
		f.log.WarnContext(ctx, "the other nodes were not told of the stop, they find out", "err", err)
	}
}

// Nodes returns the nodes that are alive, by id.
func (f *Fleet) Nodes() []catalog.Node {
	members := *f.members.Load()
	nodes := make([]catalog.Node, len(members))
	for i := range members {
		nodes[i] = members[i].Node
	}
	return nodes
}

// Home returns the node that is home of the slot: the living node with the highest score. So only the
// slots of a node that leaves or joins move. Own reports that it is this node. That is always so for a
// node that knows no other, or has left.
func (f *Fleet) Home(slot uint16) (node string, own bool) {
	home := f.home(slot)
	if home == nil {
		return f.self.ID, true
	}
	return home.ID, home.ID == f.self.ID
}

func (f *Fleet) home(slot uint16) *catalog.Node {
	if f.left.Load() {
		return nil
	}
	members := *f.members.Load()
	var home *catalog.Node
	best := uint64(0)
	for i := range members {
		if s := score(members[i].hash, slot); home == nil || s > best {
			home, best = &members[i].Node, s
		}
	}
	return home
}

// find returns the node with the id, nil when it is not alive.
func (f *Fleet) find(id string) *catalog.Node {
	members := *f.members.Load()
	for i := range members {
		if members[i].ID == id {
			return &members[i].Node
		}
	}
	return nil
}

func hashOf(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id)) // it never fails
	return h.Sum64()
}

// score mixes node and slot (the finalizer of splitmix64).
func score(node uint64, slot uint16) uint64 {
	x := node + 0x9e3779b97f4a7c15*(uint64(slot)+1)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
