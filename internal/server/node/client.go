package node

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"fmt"

	"google.golang.org/protobuf/proto"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/slot"
)

// Forward lets the node carry out the group.
func (n *Node) Forward(ctx context.Context, node string, f *ledger.Forwarded) ([]ledger.Result, error) {
	to := n.fleet.find(node)
	if to == nil {
		return nil, fmt.Errorf("node %q is gone: %w", node, ledger.ErrNotSent)
	}
	l, err := n.link(to)
	if err != nil {
		return nil, fmt.Errorf("reach node %q: %w: %w", node, ledger.ErrNotSent, err)
	}
	r := &nodev1.ForwardRequest{Group: slot.AppendForwarded(nil, f)}
	if n.seal != nil {
		r.To, r.ToStarted = to.ID, to.Started.UnixMilli()
		r.SentAt = n.seal.now().UnixMilli()
		r.Nonce = make([]byte, nonceSize)
		rand.Read(r.Nonce) // it never fails
		r.Mac = n.seal.asked(to, r)
	}
	if size := proto.Size(r); size > maxMessage {
		return nil, fmt.Errorf("a group of %d bytes, %d are the most: %w", size, maxMessage, ledger.ErrNotSent)
	}
	a, err := l.ask(ctx, r, func(a *nodev1.ForwardResponse) error {
		if n.seal != nil && !hmac.Equal(a.Mac, n.seal.answered(r, a)) {
			return fmt.Errorf("its answer: %w", errForged)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("ask node %q: %w", node, err)
	}
	return slot.ReadResults(a.Results)
}
