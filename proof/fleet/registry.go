package fleet

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/node"
)

// registry is the table of nodes, which otherwise is in the main database.
type registry struct {
	mu   sync.Mutex
	rows map[string]catalog.Node
	dead map[string]bool
}

var _ node.Registry = (*registry)(nil)

// Beat records that the node is alive.
func (r *registry) Beat(_ context.Context, n catalog.Node) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead[n.ID] {
		return nil
	}
	if r.rows == nil {
		r.rows = map[string]catalog.Node{}
	}
	n.Seen = time.Now()
	r.rows[n.ID] = n
	return nil
}

// Nodes lists the nodes that were seen within that time.
func (r *registry) Nodes(_ context.Context, within time.Duration) ([]catalog.Node, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []catalog.Node
	for _, n := range r.rows {
		if time.Since(n.Seen) <= within {
			all = append(all, n)
		}
	}
	slices.SortFunc(all, func(a, b catalog.Node) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

// Leave records that the node has ended.
func (r *registry) Leave(_ context.Context, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.dead[id] {
		delete(r.rows, id)
	}
	return nil
}

// silence makes the table ignore a node: the others must find out by themselves that it is
// gone.
func (r *registry) silence(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead == nil {
		r.dead = map[string]bool{}
	}
	r.dead[id] = true
}
